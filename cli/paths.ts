import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Domain } from "../protocol/typedData.ts";

/**
 * Where `plasma-cli` keeps things. Directories are 0700 and files 0600.
 *
 *     <data>/
 *       profile.json                     which chain: RPC address, operator, contract, default account
 *       accounts/<name>.json             one encrypted key (keystore v3)
 *       chains/<chain id>-<contract>/
 *         tokens.json                    symbols and decimals, read from L1
 *         <address>/proofs/<position>.json   proof files: enough to exit with nobody's help
 *         <address>/spends/<output id>.json  what the wallet signed, kept for ever (R24)
 *       operator/                        the operator's store
 *       dev/                             logs and the key of a development network
 */
export interface DataPaths {
  readonly root: string;
  readonly profile: string;
  readonly accounts: string;
  account(name: string): string;
  chain(domain: Domain): string;
  readonly operator: string;
  readonly dev: string;
}

export function dataPaths(directory: string): DataPaths {
  const root = resolve(directory);
  return {
    root,
    profile: join(root, "profile.json"),
    accounts: join(root, "accounts"),
    account: (name) => join(root, "accounts", `${name}.json`),
    chain: (domain) => join(root, "chains", `${domain.chainId}-${domain.contract}`),
    operator: join(root, "operator"),
    dev: join(root, "dev"),
  };
}

export function defaultDataDirectory(): string {
  return join(homedir(), ".plasma");
}
