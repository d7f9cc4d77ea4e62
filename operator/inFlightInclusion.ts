import type { Hex } from "viem";
import { fromHex } from "../protocol/bytes.ts";
import { competitorDeadline } from "../protocol/exit.ts";
import { ApiError } from "../runtime/apiError.ts";
import type { InFlightExits, InFlightTransaction } from "../runtime/inFlightExits.ts";
import type { Ledger } from "../runtime/ledger.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Sequencer } from "./sequencer.ts";

interface Modules {
  readonly exits: InFlightExits;
  readonly ledger: Pick<Ledger, "placeOf">;
  readonly submit: Sequencer["submit"];
  readonly logger: Logger;
}

/** Refusals that time may cure: a deposit or a condition becomes final, another exit ends, a condition can be run again. */
const PASSING: ReadonlySet<string> = new Set([
  "TX_DEPOSIT_NOT_IN_BLOCK",
  "TX_CONDITION_NOT_REGISTERED",
  "TX_INPUT_EXITING",
  "TX_NOT_YET_VALID",
  "CONDITION_UNAVAILABLE",
]);

/**
 * Gives transactions that L1 was shown in flight their place in the chain while they can still have one (R28), on the path of
 * all transactions: what is valid is included, what another spend has overtaken is not. In time: see EntryContext.
 */
export function createInFlightInclusion({ exits, ledger, submit, logger }: Modules, minExitPeriod: number) {
  const waiting = new Set<Hex>();

  /** Bytes of the transactions that still want a place. Forgets the others. */
  const wanted = (l1Time: number): InFlightTransaction[] =>
    [...waiting].flatMap((txId) => {
      const exit = exits.get(txId);
      const inTime = exit?.status === "open" && l1Time < competitorDeadline(exit.terms.startedAt, minExitPeriod);
      if (inTime && ledger.placeOf(txId) === undefined) return [exit];
      waiting.delete(txId);
      return [];
    });

  return {
    /** Takes notice of in-flight exits that have started. */
    add(txIds: readonly Hex[]): void {
      for (const txId of txIds) waiting.add(txId);
    },

    /** Submits what waits; what the service cannot take now waits for the next step. */
    async step(l1Time: number): Promise<void> {
      const transactions = wanted(l1Time);
      if (transactions.length === 0) return;
      try {
        const answers = await submit(transactions.map(({ body, witness }) => fromHex(`${body}${witness.slice(2)}`)));
        for (const [index, { txId }] of transactions.entries()) {
          const answer = answers[index];
          if (answer instanceof Error && PASSING.has(answer.code)) continue;
          waiting.delete(txId);
          if (answer instanceof Error) logger.info("Left a transaction in flight", { txId, code: answer.code });
          else logger.info("Included a transaction in flight", { ...answer });
        }
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
      }
    },
  };
}
