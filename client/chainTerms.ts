import type { Address } from "viem";
import { ETH } from "../protocol/output.ts";
import { currentBond } from "./bond.ts";
import type { Client } from "./client.ts";
import { eventPages } from "./events.ts";
import { atL1, rootChain } from "./l1.ts";

/** What the contract itself says that its users are in for; nothing of it is anybody's word. Times are L1's, seconds. */
export interface ChainTerms {
  readonly now: number;
  readonly minExitPeriod: number;
  /** Commits blocks, and nothing else. */
  readonly operator: Address;
  /** May name another operator, and nothing else. */
  readonly owner: Address;
  readonly newestBlock: bigint;
  /** When it was committed; undefined before the first. */
  readonly newestBlockAt: number | undefined;
  readonly depositCount: number;
  /** What the contract owes owners of outputs in ETH, in wei, and whether deposits of it are refused after a shortfall. */
  readonly ethPot: bigint;
  readonly isEthClosed: boolean;
  /** Wei that the contract holds, bonds and credits too. */
  readonly balance: bigint;
  /** Wei that an exit started now puts up. */
  readonly bond: bigint;
}

export async function readChainTerms(client: Client): Promise<ChainTerms> {
  const contract = rootChain(client);
  const [head, minExitPeriod, operator, owner, newestBlock, depositCount, [ethPot, isEthClosed], balance, bond] =
    await atL1(
      Promise.all([
        client.l1.getBlock({ blockTag: "latest" }),
        client.l1.readContract({ ...contract, functionName: "minExitPeriod" }),
        client.l1.readContract({ ...contract, functionName: "operator" }),
        client.l1.readContract({ ...contract, functionName: "owner" }),
        client.l1.readContract({ ...contract, functionName: "newestBlock" }),
        client.l1.readContract({ ...contract, functionName: "depositCount" }),
        client.l1.readContract({ ...contract, functionName: "pot", args: [ETH] }),
        client.l1.getBalance({ address: contract.address }),
        currentBond(client),
      ]),
    );
  return {
    now: Number(head.timestamp),
    minExitPeriod: Number(minExitPeriod),
    operator: operator.toLowerCase() as Address,
    owner: owner.toLowerCase() as Address,
    newestBlock,
    newestBlockAt: newestBlock === 0n ? undefined : await commitTime(client, newestBlock, head.number),
    depositCount,
    ethPot,
    isEthClosed,
    balance,
    bond,
  };
}

async function commitTime(client: Client, number: bigint, toBlock: bigint): Promise<number | undefined> {
  for await (const [log] of eventPages(client, "BlockSubmitted", { number }, toBlock)) {
    if (log) return Number((await atL1(client.l1.getBlock({ blockNumber: log.blockNumber }))).timestamp);
  }
  return undefined;
}
