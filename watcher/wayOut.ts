import { isWithinWindow } from "../protocol/inclusion.ts";
import { IN_NO_BLOCK } from "../protocol/inFlight.ts";
import type { ExitState } from "../protocol/ledger.ts";
import type { CompleteSpend } from "./spends.ts";

/** An unspent output of the valid chain whose owner wants it on L1. */
export interface Leaving {
  /** Whether it has no standard exit (R18). */
  readonly isConditional: boolean;
  /** The exits that it takes part in. */
  readonly exits: ExitState | undefined;
  /** What spends it outside of the valid chain. */
  readonly spends: readonly CompleteSpend[];
  /** L1 time, seconds. */
  readonly now: number;
  /** When the newest valid block was sealed: what expired by then, and is in no block so far, can be in none (R3). */
  readonly validatedUntil: number;
  readonly minExitPeriod: number;
}

export type WayOut =
  | { readonly kind: "standard" }
  /** The in-flight exit of a transaction that spends it. */
  | { readonly kind: "inFlight"; readonly spend: CompleteSpend };

/** Exit periods within which a standard exit that starts now is over: it waits two at most, and A1 gives it a quarter to be processed. */
const LONGEST_EXIT_PERIODS = 3;

/**
 * How an output leaves now (R24): where a spend of it exists that counts, or may count before a standard exit is over, by the in-flight
 * exit of that spend, the oldest that is included or else one in no block. Undefined where it is leaving already, is gone, has to
 * wait for its spend to become valid, or is conditional and has none.
 */
export function wayOut({
  isConditional,
  exits,
  spends,
  now,
  validatedUntil,
  minExitPeriod,
}: Leaving): WayOut | undefined {
  if (exits?.finalised !== undefined) return undefined;
  const open = exits?.open ?? [];
  const counts = ({ place, transaction }: CompleteSpend) => place !== IN_NO_BLOCK || isWithinWindow(transaction, now);
  const mayCount = ({ transaction: { validAfter, validBefore } }: CompleteSpend) =>
    validAfter <= now + LONGEST_EXIT_PERIODS * minExitPeriod && (validBefore === 0 || validBefore > validatedUntil);
  const turn = (one: CompleteSpend) => (counts(one) ? 0 : one.transaction.validAfter <= now ? 1 : 2);

  const [spend] = spends
    .filter((one) => counts(one) || mayCount(one))
    .sort((a, b) => turn(a) - turn(b) || compare(a.place, b.place));
  if (spend === undefined) return open.length === 0 && !isConditional ? { kind: "standard" } : undefined;
  if (spend.transaction.validAfter > now) return undefined;
  const isLeaving = open.some((exit) =>
    exit.kind === "standard" ? !counts(spend) : exit.kind === "input" && exit.txId === spend.txId,
  );
  return isLeaving ? undefined : { kind: "inFlight", spend };
}

const compare = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0);
