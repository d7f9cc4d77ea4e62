import { createPublicClient, createWalletClient, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { type Client, createClient } from "../../client/client.ts";
import type { TestNetwork } from "./devNetwork.ts";

/** The client library with the key of an account, for what no command would do. */
export async function clientOf(network: TestNetwork, name: string): Promise<Client> {
  const { rpcUrl, operatorUrl, contract, node } = network;
  const transport = http(rpcUrl, { retryCount: 0 });
  const account = privateKeyToAccount(await network.privateKey(name));
  return createClient({
    domain: { chainId: BigInt(await node.getChainId()), contract },
    l1: createPublicClient({ transport, pollingInterval: 50, cacheTime: 0 }),
    operatorUrl,
    wallet: createWalletClient({ account, transport }),
  });
}
