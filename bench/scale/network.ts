import { findFreePort } from "../../cli/childProgram.ts";
import { DEV_DEFAULTS, type DevNetwork, startDevNetwork } from "../../cli/devNetwork.ts";
import type { DataPaths } from "../../cli/paths.ts";
import type { Crypto } from "../../protocol/hashing.ts";
import { type OpenAccount, openAccounts } from "../support/accounts.ts";
import type { Reporter } from "../support/report.ts";

/** A chain with one account that has money. */
export interface ScaleNetwork {
  readonly network: DevNetwork;
  readonly reader: OpenAccount["client"];
  readonly account: OpenAccount;
}

const HOST = "127.0.0.1";
/** Seconds. Writing a history takes minutes, and no operator commits a block that waited for an eighth of this. */
const EXIT_PERIOD = 7 * 24 * 3_600;

export async function startNetwork(
  title: string,
  paths: DataPaths,
  crypto: Crypto,
  { step }: Pick<Reporter, "step">,
): Promise<ScaleNetwork> {
  return step(title, async (progress) => {
    const network = await startDevNetwork(
      {
        ...DEV_DEFAULTS,
        watcherPort: undefined,
        rpcPort: await findFreePort(HOST),
        operatorPort: await findFreePort(HOST),
        minExitPeriod: EXIT_PERIOD,
        accountNames: ["payer"],
        operatorOptions: [
          ...["--rate-per-second", "1000000", "--rate-burst", "1000000"],
          ...["--max-wait-ms", "60000"], // what is measured is how much it takes, however long it stands still meanwhile
          ...["--l1-poll-ms", "1000"], // as on a real chain; a development network looks ten times as often
        ],
      },
      { paths, env: process.env, signal: new AbortController().signal, progress },
    );
    const { reader, accounts } = await openAccounts(network, paths, crypto, progress);
    return { network, reader, account: accounts[0] as OpenAccount };
  });
}
