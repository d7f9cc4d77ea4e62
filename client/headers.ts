import type { Hex } from "viem";
import { type BlockHeader, GENESIS } from "../protocol/block.ts";
import { ZERO_HASH } from "../protocol/hashing.ts";
import type { Client } from "./client.ts";
import { clientError } from "./errors.ts";
import { eventPages } from "./events.ts";
import { atL1, rootChain } from "./l1.ts";

/** The header of a committed block, put together from L1 alone (R3). Throws BLOCK_NOT_ON_L1. */
export async function findHeader(client: Client, number: bigint): Promise<BlockHeader> {
  if (number === 0n) return GENESIS;
  const head = await atL1(client.l1.getBlockNumber());
  for await (const [log] of eventPages(client, "BlockSubmitted", { number }, head)) {
    if (!log) continue;
    const { root, txCount, sealedAt, depositCount } = log.args;
    const depositHash: Hex = depositCount === 0 ? ZERO_HASH : await depositHashAt(client, depositCount - 1);
    const [parentHash, { timestamp }] = await Promise.all([
      blockHashAt(client, number - 1n),
      atL1(client.l1.getBlock({ blockNumber: log.blockNumber })),
    ]);
    return { number, parentHash, root, txCount, timestamp: Number(timestamp), sealedAt, depositCount, depositHash };
  }
  throw clientError("BLOCK_NOT_ON_L1", `L1 does not know block ${number}`, { number });
}

/** What L1 keeps of the `index`-th deposit: D(index + 1) (R4). */
export function depositHashAt(client: Client, index: number): Promise<Hex> {
  const args = [BigInt(index)] as const;
  return atL1(client.l1.readContract({ ...rootChain(client), functionName: "depositHashes", args }));
}

/** What L1 keeps of a block; zero for one that was never committed. */
export function blockHashAt(client: Client, number: bigint): Promise<Hex> {
  return atL1(client.l1.readContract({ ...rootChain(client), functionName: "blockHashes", args: [number] }));
}
