import type { Address, LocalAccount } from "viem";
import { createLogger } from "../../runtime/logger.ts";
import { type WatcherConfig, watcherOptions } from "../../watcher/options.ts";
import { startWatcher } from "../../watcher/service.ts";
import type { L1 } from "./l1.ts";
import { type Rpc, rpcTo, until } from "./rpc.ts";
import { type Ending, temporaryDirectory } from "./temporaryDirectory.ts";

export interface TestWatcher {
  readonly url: string;
  readonly rpc: Rpc;
  readonly config: WatcherConfig;
  stop(): Promise<void>;
}

export interface AlertJson {
  readonly code: string;
  readonly subject: string;
  readonly severity: string;
  readonly deadline: number | null;
  readonly raisedAt: number;
  readonly resolvedAt: number | null;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface MoveJson {
  readonly kind: string;
  readonly subject: string;
  readonly outcome: string;
}

export interface VerificationJson {
  readonly validBlock: string;
  readonly committedBlock: string;
  readonly fault: { readonly block: string; readonly txIndex: number | null; readonly rule: string } | null;
  readonly missing: readonly string[];
}

/** Options of a quick watcher on a free port. */
export function watcherConfig(
  l1: Pick<L1, "url">,
  contract: Address,
  dataDir: string,
  overrides: Readonly<Record<string, unknown>>,
): WatcherConfig {
  const quick = {
    l1PollMs: 40,
    port: 0,
    logLevel: "silent",
    finality: 0,
    verifierThreads: 1,
    ratePerSecond: 1e6,
    rateBurst: 1e6,
  };
  return watcherOptions.parse({ dataDir, l1Url: l1.url, contract, ...quick, ...overrides });
}

/** Runs the service in this process, in a fresh directory unless `overrides` names one, until the test ends. */
export async function startTestWatcher(
  test: Ending,
  l1: Pick<L1, "url">,
  contract: Address,
  overrides: Readonly<Record<string, unknown>>,
  account?: LocalAccount,
): Promise<TestWatcher> {
  const config = watcherConfig(l1, contract, temporaryDirectory(test), {
    ...overrides,
    ...(account && { act: true }),
  });
  const { url, stop } = await startWatcher(config, {
    ...(account && { account }),
    logger: createLogger(config.logLevel),
    clock: Date.now,
  });
  test.after(() => stop());
  return { url, rpc: rpcTo(url), config, stop };
}

/** Every alert that was ever raised. */
export async function alertsOf({ rpc }: Pick<TestWatcher, "rpc">): Promise<readonly AlertJson[]> {
  return ((await rpc("plasma_getAlerts", { all: true, limit: 1000 })) as { alerts: AlertJson[] }).alerts;
}

/** Waits until an alert of this code is open. */
export async function untilAlert(watcher: Pick<TestWatcher, "rpc">, code: string): Promise<AlertJson> {
  const open = async () => (await alertsOf(watcher)).find((alert) => alert.code === code && alert.resolvedAt === null);
  return (await until(`alert ${code}`, open, (alert) => alert !== undefined)) as AlertJson;
}

/** Waits until no alert of this code is open any more. */
export async function untilResolved(watcher: Pick<TestWatcher, "rpc">, code: string): Promise<void> {
  const open = async () => (await alertsOf(watcher)).some((alert) => alert.code === code && alert.resolvedAt === null);
  await until(`the end of alert ${code}`, open, (isOpen) => !isOpen);
}

export async function movesOf({ rpc }: Pick<TestWatcher, "rpc">): Promise<readonly MoveJson[]> {
  return ((await rpc("plasma_getMoves", { limit: 1000 })) as { moves: MoveJson[] }).moves;
}

/** Waits until a move of this kind has come so far. */
export async function untilMove(watcher: Pick<TestWatcher, "rpc">, kind: string, outcome: string): Promise<void> {
  const isMade = async () => (await movesOf(watcher)).some((move) => move.kind === kind && move.outcome === outcome);
  await until(`${kind} ${outcome}`, isMade, (made) => made);
}

/** Waits until the watcher has executed every block up to this one. */
export async function untilVerified({ rpc }: Pick<TestWatcher, "rpc">, block: bigint): Promise<void> {
  const status = () => rpc("plasma_getVerification") as Promise<VerificationJson>;
  await until(`verification of block ${block}`, status, ({ validBlock }) => BigInt(validBlock) >= block);
}
