import type { AbiEvent, ContractEventArgs, ContractEventName, GetContractEventsReturnType } from "viem";
import { parseEventLogs } from "viem";
import { rootChainAbi } from "../protocol/generated/rootChain.ts";
import type { Client } from "./client.ts";
import { atL1, rootChain } from "./l1.ts";

type Abi = typeof rootChainAbi;

export type RootChainEventName = ContractEventName<Abi>;

/** An event of the root-chain contract with all of its arguments. */
export type RootChainEvent<N extends RootChainEventName> = GetContractEventsReturnType<
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
export async function* eventPages<N extends RootChainEventName>(
  client: Client,
  eventName: N,
  args: ContractEventArgs<Abi, N>,
  toBlock: bigint,
): AsyncGenerator<RootChainEvent<N>[]> {
  for (const range of blockRanges(client, toBlock)) {
    const filter = { ...rootChain(client), eventName, args, ...range, strict: true } as const;
    yield (await atL1(client.l1.getContractEvents(filter))) as RootChainEvent<N>[];
  }
}

/** Events of several names in the order in which they happened, in pages like those of `eventPages`. */
export async function* mixedEventPages<N extends RootChainEventName>(
  client: Client,
  eventNames: readonly N[],
  toBlock: bigint,
): AsyncGenerator<RootChainEvent<N>[]> {
  const names: readonly string[] = eventNames;
  const events = rootChainAbi.filter((item): item is Extract<Abi[number], AbiEvent> => names.includes(nameOf(item)));
  for (const range of blockRanges(client, toBlock)) {
    const logs = await atL1(client.l1.getLogs({ address: client.domain.contract, events, ...range }));
    yield parseEventLogs({ abi: rootChainAbi, logs }) as unknown as RootChainEvent<N>[];
  }
}

function nameOf(item: Abi[number]): string {
  return item.type === "event" ? item.name : "";
}

/** Ranges of L1 blocks from the contract's deployment to `toBlock`, each short enough for one request. */
export function* blockRanges({ fromBlock: first, logRange }: Client, toBlock: bigint) {
  for (let fromBlock = first; fromBlock <= toBlock; fromBlock += logRange) {
    const end = fromBlock + logRange - 1n;
    yield { fromBlock, toBlock: end < toBlock ? end : toBlock };
  }
}
