import path from "node:path";
import { createPublicClient, createWalletClient, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { DevNetwork } from "../../cli/devNetwork.ts";
import { readTextFile } from "../../cli/files.ts";
import { unlockAccount } from "../../cli/keystore.ts";
import type { DataPaths } from "../../cli/paths.ts";
import { type Client, createClient } from "../../client/client.ts";
import type { Crypto } from "../../protocol/hashing.ts";
import type { Signer } from "../../protocol/signature.ts";
import { mapConcurrently } from "./mapConcurrently.ts";
import { createNativeSigner } from "./nativeSigner.ts";

/** Somebody with money on the development network, keystore opened. */
export interface OpenAccount {
  readonly client: Client;
  readonly signer: Signer;
}

export interface OpenNetwork {
  /** Reads only. */
  readonly reader: Client;
  readonly accounts: readonly OpenAccount[];
}

const AT_ONCE = 2;

/** Opens the keystores of everybody but the operator, in the order of the network's options. */
export async function openAccounts(
  { rpcUrl, operatorUrl, contract, accounts }: DevNetwork,
  paths: DataPaths,
  crypto: Crypto,
  progress: (text: string) => void,
): Promise<OpenNetwork> {
  const transport = http(rpcUrl);
  const l1 = createPublicClient({ transport, pollingInterval: 20 });
  const domain = { chainId: BigInt(await l1.getChainId()), contract };
  const password = (readTextFile(path.join(paths.dev, "password")) ?? "").trim();
  const [, ...holders] = accounts;
  return {
    reader: createClient({ domain, l1, operatorUrl, crypto }),
    accounts: await mapConcurrently(holders, AT_ONCE, async ({ name }, index) => {
      progress(`${index} of ${holders.length}`);
      const key = await unlockAccount(paths, name, password);
      const wallet = createWalletClient({ account: privateKeyToAccount(key), transport });
      return {
        client: createClient({ domain, l1, operatorUrl, crypto, wallet }),
        signer: createNativeSigner(key),
      };
    }),
  };
}
