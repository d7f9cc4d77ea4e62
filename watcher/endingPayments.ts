import type { Address, Hex } from "viem";
import { latestSoonEnd } from "../client/paymentEnd.ts";
import { decodeSignedTransaction, type Transaction } from "../protocol/transaction.ts";
import type { ChainParts } from "../runtime/chain.ts";
import type { Ledger } from "../runtime/ledger.ts";
import type { Finding } from "./events.ts";
import type { Evidence } from "./evidence.ts";
import type { Spends } from "./spends.ts";

interface Modules {
  readonly parts: ChainParts;
  readonly evidence: Evidence;
  readonly ledger: Ledger;
  readonly spends: Spends;
  /** Whose payments are pointed out. */
  readonly owners: () => ReadonlySet<Address>;
}

interface EndingPayment {
  readonly txId: Hex;
  readonly transaction: Transaction;
}

export type EndingPayments = ReturnType<typeof createEndingPayments>;

/** What was told of is gone through so many times in an exit period. */
const LOOKS_PER_PERIOD = 256;

/**
 * Payments of guarded owners that no valid block has and that end soon: their in-flight exits must start before they do (R24). Only
 * their owners can say whether they want that, or trust the operator's word that it has refused one.
 */
export function createEndingPayments({ parts, evidence, ledger, spends, owners }: Modules) {
  const { rootChain, contract } = parts;
  const { minExitPeriod } = contract;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let ending: readonly EndingPayment[] = [];

  const look = (now: number): readonly EndingPayment[] =>
    evidence
      .ending(now, latestSoonEnd(now, minExitPeriod))
      .filter((txId) => ledger.placeOf(txId) === undefined)
      .flatMap((txId) =>
        evidence.find(txId).map(({ raw }) => ({ txId, transaction: decodeSignedTransaction(raw).transaction })),
      );

  const isWaiting = (outputId: Hex): boolean =>
    ledger.outputById(outputId)?.spender === undefined && rootChain.exitOf(outputId)?.finalised === undefined;

  const concerns = ({ inputs }: Transaction): boolean =>
    inputs.some((input) => {
      const owner = spends.preimageOf(input)?.output.owner;
      return owner !== undefined && owners().has(owner) && isWaiting(input.outputId);
    });

  const isInFlight = (txId: Hex): boolean => rootChain.inFlightExits.get(txId)?.status === "open";

  return {
    /** What is to be said of them at L1 time `now`. */
    judge(now: number): Finding[] {
      if (now >= lookedAt + minExitPeriod / LOOKS_PER_PERIOD) {
        lookedAt = now;
        ending = look(now);
      }
      return ending
        .filter(({ txId, transaction }) => {
          const isOver = transaction.validBefore <= now || ledger.placeOf(txId) !== undefined || isInFlight(txId);
          return !isOver && concerns(transaction);
        })
        .map(({ txId, transaction: { validBefore } }) => ({
          code: "PAYMENT_ENDS_SOON",
          subject: `payment ${txId}`,
          deadline: validBefore,
          details: { txId },
        }));
    },
  };
}
