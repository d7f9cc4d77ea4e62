import { type WatcherConfig, watcherOptions } from "../watcher/options.ts";
import type { Context } from "./context.ts";
import { type Flags, loadServiceConfig, serviceParameters } from "./serviceConfig.ts";

export const watcherParameters = serviceParameters(watcherOptions);

/** Blocks come from the operator of the profile where nothing else is said. Throws like `loadServiceConfig`. */
export function loadWatcherConfig(context: Context, flags: Flags): WatcherConfig {
  const sources = watcherOptions.shape.sources.removeDefault().default([context.settings.operatorUrl]);
  const options = watcherOptions.extend({ sources });
  return loadServiceConfig(options, { name: "watcher", dataDir: context.paths.watcher }, context, flags);
}
