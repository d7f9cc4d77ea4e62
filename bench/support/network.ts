import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { findFreePort } from "../../cli/childProgram.ts";
import { DEV_DEFAULTS, type DevNetwork, type DevNetworkOptions, startDevNetwork } from "../../cli/devNetwork.ts";
import { type DataPaths, dataPaths } from "../../cli/paths.ts";
import { createNativeCrypto, type NativeCrypto } from "../../runtime/nativeCrypto.ts";
import { type OpenNetwork, openAccounts } from "./accounts.ts";
import type { Reporter } from "./report.ts";

/** A running development network, its accounts open. */
export interface BenchNetwork extends OpenNetwork {
  readonly network: DevNetwork;
  readonly paths: DataPaths;
  readonly crypto: NativeCrypto;
}

interface BenchNetworkOptions extends Partial<Pick<DevNetworkOptions, "minExitPeriod" | "operatorOptions">> {
  /** How many accounts with money, besides the operator's. */
  readonly accounts: number;
  readonly signal?: AbortSignal;
}

const HOST = "127.0.0.1";

/** Options of an operator that measures what it can do, not what one peer may ask for. */
export const NO_RATE_LIMIT = ["--rate-per-second", "1000000", "--rate-burst", "1000000"] as const;

/** What `run` gives with a network without a watcher, on free ports, in a directory that is removed afterwards. */
export async function withNetwork<T>(
  { accounts, signal = new AbortController().signal, ...options }: BenchNetworkOptions,
  { step }: Pick<Reporter, "step">,
  run: (running: BenchNetwork) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(path.join(tmpdir(), "plasma-bench-"));
  const paths = dataPaths(path.join(directory, "data"));
  let network: DevNetwork | undefined;
  try {
    const started = await step(`Start L1, contracts, ${accounts} accounts and the operator`, async (progress) =>
      startDevNetwork(
        {
          ...DEV_DEFAULTS,
          watcherPort: undefined,
          rpcPort: await findFreePort(HOST),
          operatorPort: await findFreePort(HOST),
          accountNames: Array.from({ length: accounts }, (_, index) => `account-${index}`),
          ...options,
        },
        { paths, env: process.env, signal, progress },
      ),
    );
    network = started;
    const crypto = await createNativeCrypto();
    const opened = await step(`Open ${accounts} keystores`, (progress) =>
      openAccounts(started, paths, crypto, progress),
    );
    return await run({ ...opened, network, paths, crypto });
  } finally {
    await network?.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}
