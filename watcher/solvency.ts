import type { Address } from "viem";
import { rootChainAbi } from "../protocol/generated/rootChain.ts";
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
  const select = store.prepare(
    `SELECT t.address AS token, o.amount FROM outputs o JOIN addresses t ON t.id = o.token
    WHERE o.spender IS NULL AND NOT EXISTS (SELECT 1 FROM finalised_outputs f WHERE f.output_id = o.id)`,
  );
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

  const owed = () => {
    const sums = new Map<Address, bigint>();
    for (const { token, amount } of select.all()) {
      const address: Address = `0x${Buffer.from(token as Uint8Array).toString("hex")}`;
      sums.set(address, (sums.get(address) ?? 0n) + BigInt(amount as string));
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
