import { clientError } from "./errors.ts";

/**
 * When what a deadline D ends can last be taken to L1 so that nothing wins against it: before D − MEP/2 its in-flight exit can start with all of
 * phase 1 before D. Times are L1's, seconds.
 */
export function lastSafeStart(deadline: number, minExitPeriod: number): number {
  return deadline - Math.ceil(minExitPeriod / 2);
}

/** A party's deadline on its chain. */
export interface Deadline {
  readonly deadline: number;
  /** Of its chain, in seconds. */
  readonly minExitPeriod: number;
}

/**
 * Requires that whoever must act before D − MEP/2 still can.
 * @throws `code`
 */
export function requireBefore(
  code: "LOCK_TOO_SHORT" | "CLAIM_TOO_LATE" | "CHANNEL_TOO_SHORT" | "CHANNEL_EXPIRING",
  { deadline, minExitPeriod }: Deadline,
  now: number,
): void {
  const last = lastSafeStart(deadline, minExitPeriod);
  if (now < last) return;
  const message = `it is safe before ${last}, half an exit period before the deadline ${deadline}, and L1 is at ${now}`;
  throw clientError(code, message, { last, deadline, now });
}

/**
 * The two time-locks of a swap: whoever locks second, until `second`, needs 2 exit periods from then until `first`, in which the
 * secret is shown and used.
 * @throws SWAP_MARGIN_TOO_SHORT
 */
export function requireSwapMargin(first: Deadline, second: Deadline): void {
  const period = Math.max(first.minExitPeriod, second.minExitPeriod);
  const latest = first.deadline - 2 * period;
  if (second.deadline <= latest) return;
  const message = `the answer to a lock until ${first.deadline} ends by ${latest}, two exit periods before, not at ${second.deadline}`;
  throw clientError("SWAP_MARGIN_TOO_SHORT", message, { latest, deadline: second.deadline });
}

/**
 * Requires that the time has come from which the owner may take the money back: no earlier block can hold it (R3).
 * @throws REFUND_TOO_EARLY
 */
export function requireReached(deadline: number, now: number): void {
  if (now >= deadline) return;
  throw clientError("REFUND_TOO_EARLY", `it goes back from ${deadline} on, and L1 is at ${now}`, { deadline, now });
}
