/** Seconds: on chains with a short exit period payments last this long all the same. */
const LEAST_VALIDITY = 3_600;

/**
 * When a payment signed at L1 time `now` ends, unless its owner wants something else: half an exit period later, so that there is time
 * to see that no block has it, and to start its in-flight exit before it ends (R24). Seconds.
 */
export function defaultEnd(now: number, minExitPeriod: number): number {
  return now + Math.max(LEAST_VALIDITY, Math.floor(minExitPeriod / 2));
}

/**
 * Whether the in-flight exit of a payment that no valid block has must start now: three eighths of an exit period before its end, a
 * quarter until its owner looks again and an eighth until L1 includes what she sends. Later it would start contested, and whoever then
 * shows a withheld block with the payment takes the bond (R10, R24).
 */
export function endsSoon(validBefore: number, now: number, minExitPeriod: number): boolean {
  return now < validBefore && validBefore <= latestSoonEnd(now, minExitPeriod);
}

/** The latest end that is soon at L1 time `now`; seconds. */
export function latestSoonEnd(now: number, minExitPeriod: number): number {
  return now + Math.floor((minExitPeriod * 3) / 8);
}
