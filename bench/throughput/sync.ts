import path from "node:path";
import { fileURLToPath } from "node:url";
import { findFreePort, startChildProgram } from "../../cli/childProgram.ts";
import type { DataPaths } from "../../cli/paths.ts";
import { createOperatorApi, type OperatorApi } from "../../client/operatorApi.ts";
import { createWatcherApi } from "../../client/watcherApi.ts";
import { readServiceTime } from "../support/cpuTime.ts";

const MAIN = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));
const HOST = "127.0.0.1";
const POLL_MS = 20;
/** Asking is work for the service, whose processor time is measured meanwhile. */
const COMMIT_POLL_MS = 250;

export interface Synced {
  /** From the start of the program, with an empty directory, until its newest block is that of L1. */
  readonly seconds: number;
  readonly transactions: number;
  readonly blocks: bigint;
  /** Microseconds of processor time a transaction, by SYNC_PARTS, its start included. */
  readonly cpu: readonly number[];
}

export const SYNC_PARTS = ["main thread", "verifiers", "others"];

/** Starts a watcher with an empty directory and waits until it has fetched and executed every committed block. */
export async function syncWatcher(
  paths: DataPaths,
  operatorUrl: string,
  progress: (text: string) => void,
): Promise<Synced> {
  const operator = createOperatorApi(operatorUrl);
  const blocks = await untilCommitted(operator);
  let transactions = 0;
  for (let number = 1n; number <= blocks; number++) {
    transactions += (await operator.call("plasma_getBlock", number))?.txCount ?? 0;
  }
  const port = await findFreePort(HOST);
  const url = `http://${HOST}:${port}`;
  const started = performance.now();
  const program = await startChildProgram({
    name: "the watcher",
    args: [MAIN, "watcher", "start", "--data", paths.root, "--port", String(port), "--l1-poll-ms", "100"],
    cwd: paths.root,
    env: process.env,
    logFile: path.join(paths.dev, "watcher.log"),
    isReady: () =>
      fetch(`${url}/metrics`).then(
        ({ ok }) => ok,
        () => false,
      ),
    signal: new AbortController().signal,
  });
  try {
    const watcher = createWatcherApi(url);
    for (;;) {
      const { validBlock } = await watcher.call("plasma_getVerification");
      if (validBlock >= blocks) break;
      progress(`block ${validBlock} of ${blocks}`);
      await pause();
    }
    const seconds = (performance.now() - started) / 1000;
    const cpu = readServiceTime(program.pid).map((time) => (time * 1e6) / transactions);
    return { seconds, transactions, blocks, cpu };
  } finally {
    await program.stop();
  }
}

/** Waits until everything that the operator took is on L1; the number of the last block. */
export async function untilCommitted(operator: OperatorApi): Promise<bigint> {
  for (;;) {
    const { latestBlock, committedBlock, pendingTransactions } = await operator.call("plasma_status");
    if (pendingTransactions === 0 && latestBlock === committedBlock) return committedBlock;
    await pause(COMMIT_POLL_MS);
  }
}

const pause = (milliseconds = POLL_MS) => new Promise((resolve) => setTimeout(resolve, milliseconds));
