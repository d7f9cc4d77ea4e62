import type { Address } from "viem";
import { rootChainAbi } from "../protocol/generated/rootChain.ts";
import { toHexText } from "../runtime/bytes.ts";
import type { Chain } from "../runtime/chain.ts";
import type { Finding } from "./events.ts";

export interface Solvency {
  /** Compares again when money has left the contract since, or after a while. Throws what the L1 node's client throws. */
  step(now: number): Promise<void>;
  findings(): readonly Finding[];
}

/** L1 seconds between comparisons when nothing was paid out. */
const INTERVAL = 3_600;

/** Compares what the contract holds for the owners of outputs with what the valid chain owes them, token by token (R21). */
export function createSolvency({ store, follower, contract, ledgerStore }: Chain): Solvency {
  const { client, domain } = contract;
  const selectFinalised = store.prepare("SELECT output_id FROM finalised_outputs");
  const countPayouts = store.prepare("SELECT count(*) AS count FROM finalised_outputs");
  let found: readonly Finding[] = [];
  let last: { readonly at: number; readonly payouts: number } | undefined;

  const potOf = async (token: Address, blockNumber: bigint) => {
    const read = {
      address: domain.contract,
      abi: rootChainAbi,
      functionName: "pot",
      args: [token],
      blockNumber,
    } as const;
    const [balance] = await client.readContract(read);
    return { token, balance };
  };

  /** What is unspent, without what has left by an exit. */
  const owed = () => {
    const sums = ledgerStore.unspentSums();
    for (const { output_id } of selectFinalised.all()) {
      const found = ledgerStore.findOutput(toHexText(output_id as Uint8Array));
      if (found === undefined || found.spender !== undefined) continue;
      const { token, amount } = found.output;
      sums.set(token, (sums.get(token) ?? 0n) - amount);
    }
    return sums;
  };

  return {
    async step(now) {
      const paid = countPayouts.get()?.count as number;
      const head = follower.head();
      if (head === undefined || (last !== undefined && paid === last.payouts && now < last.at + INTERVAL)) return;
      const height = ledgerStore.latestBlock()?.number;
      const sums = owed();
      const pots = await Promise.all([...sums.keys()].map((token) => potOf(token, head.number)));
      // What was summed and what was read must be of one moment.
      if (follower.head()?.hash !== head.hash || ledgerStore.latestBlock()?.number !== height) return;
      last = { at: now, payouts: paid };
      found = pots.flatMap(({ token, balance }): Finding[] => {
        const debt = sums.get(token) ?? 0n;
        if (balance >= debt) return [];
        const details = { token, pot: balance.toString(), owed: debt.toString(), missing: (debt - balance).toString() };
        return [{ code: "CONTRACT_POOR", subject: `token ${token}`, deadline: undefined, details }];
      });
    },
    findings: () => found,
  };
}
