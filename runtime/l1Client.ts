import { type Address, createPublicClient, http, type PublicClient } from "viem";
import { RuntimeError } from "./errors.ts";

export interface L1Connection {
  readonly client: PublicClient;
  readonly chainId: bigint;
}

export interface L1Options {
  readonly url: string;
  readonly contract: Address;
  /** The chain that the node must serve; undefined = whichever it serves. */
  readonly chainId?: bigint | undefined;
}

const REQUEST_TIMEOUT_MS = 15_000;

/**
 * Connects to an L1 node and makes sure that it serves the right chain and that there is a contract at the address.
 * A request is tried once: its caller polls, and knows better than a transport when to try again.
 * Throws L1_UNREACHABLE, L1_WRONG_CHAIN or CONTRACT_NOT_FOUND.
 */
export async function connectL1(options: L1Options): Promise<L1Connection> {
  const client = createPublicClient({ transport: http(options.url, { retryCount: 0, timeout: REQUEST_TIMEOUT_MS }) });
  const [chainId, code] = await Promise.all([client.getChainId(), client.getCode({ address: options.contract })]).catch(
    (cause: unknown) => {
      const host = new URL(options.url).host;
      const message = `The L1 node at ${host} does not answer: check the URL and that the node runs`;
      throw new RuntimeError("L1_UNREACHABLE", message, { host }, { cause });
    },
  );
  if (options.chainId !== undefined && BigInt(chainId) !== options.chainId) {
    const message = `The L1 node serves chain ${chainId}, not ${options.chainId}: use a node of the right chain`;
    throw new RuntimeError("L1_WRONG_CHAIN", message, { chainId, expected: options.chainId });
  }
  if (code === undefined || code === "0x") {
    const message = `There is no contract at ${options.contract} on chain ${chainId}: check the address`;
    throw new RuntimeError("CONTRACT_NOT_FOUND", message, { contract: options.contract, chainId });
  }
  return { client, chainId: BigInt(chainId) };
}
