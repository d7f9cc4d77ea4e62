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
 *         <address>/proofs/<position>.json     proof files: enough to exit with nobody's help
 *         <address>/payments/<tx id>.json      what the wallet signed, with the proofs of its inputs: enough to take it to L1
 *                                              with nobody's help; kept for ever (R24)
 *         <address>/spends/<output id>/<tx id> which of them spend an output
 *         <address>/guards/<condition hash>.json  which condition guards outputs, on what terms: the chain has only the hash
 *         <address>/salts/<hash>.json          of what the secret of a hash time-lock is made, with the key; never the secret
 *         <address>/channels/<output id>.json  the last payment in a payment channel, sent or received
 *       operator/                        the operator's store
 *       watcher/                         the watcher's store
 *       dev/                             logs of a development network, and the password of its accounts
 */
export interface DataPaths {
  readonly root: string;
  readonly profile: string;
  readonly accounts: string;
  account(name: string): string;
  readonly chains: string;
  chain(domain: Domain): string;
  tokens(domain: Domain): string;
  readonly operator: string;
  readonly watcher: string;
  readonly dev: string;
}

export function dataPaths(directory: string): DataPaths {
  const root = resolve(directory);
  const chain = (domain: Domain) => join(root, "chains", `${domain.chainId}-${domain.contract}`);
  return {
    root,
    profile: join(root, "profile.json"),
    accounts: join(root, "accounts"),
    account: (name) => join(root, "accounts", `${name}.json`),
    chains: join(root, "chains"),
    chain,
    tokens: (domain) => join(chain(domain), "tokens.json"),
    operator: join(root, "operator"),
    watcher: join(root, "watcher"),
    dev: join(root, "dev"),
  };
}

export function defaultDataDirectory(): string {
  return join(homedir(), ".plasma");
}
