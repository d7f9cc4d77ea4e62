import type { ContractEventArgs, ContractEventName, GetContractEventsReturnType } from "viem";
import type { rootChainAbi } from "../protocol/generated/rootChain.ts";
import type { Client } from "./client.ts";
import { atL1, rootChain } from "./l1.ts";

type Abi = typeof rootChainAbi;

/** An event of the root-chain contract with all of its arguments. */
export type RootChainEvent<N extends ContractEventName<Abi>> = GetContractEventsReturnType<
  Abi,
  N,
  true,
  bigint,
  bigint
>[number];

/**
 * Events of one name and indexed arguments, oldest first, from the contract's deployment to `toBlock`: a page for each range
 * of L1 blocks, because nodes cap what one request may span. Whoever has found what he looks for stops asking.
 */
export async function* eventPages<N extends ContractEventName<Abi>>(
  client: Client,
  eventName: N,
  args: ContractEventArgs<Abi, N>,
  toBlock: bigint,
): AsyncGenerator<RootChainEvent<N>[]> {
  for (let fromBlock = client.fromBlock; fromBlock <= toBlock; fromBlock += client.logRange) {
    const end = fromBlock + client.logRange - 1n;
    const range = { fromBlock, toBlock: end < toBlock ? end : toBlock };
    const filter = { ...rootChain(client), eventName, args, ...range, strict: true } as const;
    yield (await atL1(client.l1.getContractEvents(filter))) as RootChainEvent<N>[];
  }
}
