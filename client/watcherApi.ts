import { WATCHER_API } from "../protocol/watcherApi.ts";
import { createServiceApi, type ServiceApi } from "./operatorApi.ts";

/** A watcher's JSON-RPC over HTTP: everything that an operator answers, and what it found. */
export type WatcherApi = ServiceApi<typeof WATCHER_API>;

export function createWatcherApi(url: string): WatcherApi {
  const service = { name: "watcher", unreachable: "WATCHER_UNREACHABLE", invalid: "WATCHER_ANSWER_INVALID" } as const;
  return createServiceApi(url, WATCHER_API, service);
}
