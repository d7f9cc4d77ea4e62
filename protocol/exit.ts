import type { Hex } from "viem";
import { BOND_FACTOR, EXIT_STEPS_PER_PERIOD, MIN_BOND_GAS_PRICE } from "./generated/constants.ts";
import type { Finalisation } from "./ledger.ts";

/** Exit arithmetic, the twin of the contract's. Times are Unix seconds; `minExitPeriod` is the contract's MEP. */

export interface ExitTimes {
  /** L1 time at which the exit starts. */
  readonly startedAt: number;
  readonly minExitPeriod: number;
  /**
   * Timestamp of the block that created the output; absent for a deposit. Of an in-flight exit, T(B) for the block part B of
   * its youngest input's position, also where that is a deposit; T(0) = 0.
   */
  readonly blockTimestamp?: number;
}

/**
 * When an exit may be processed (R12): max(T(N) + 2·MEP, now + MEP), for a deposit now + MEP, rounded up to a multiple
 * of max(1, MEP/168) so that exits of one period share a time and are ordered by age.
 */
export function exitableAt({ startedAt, minExitPeriod, blockTimestamp }: ExitTimes): number {
  const earliest = startedAt + minExitPeriod;
  const time = blockTimestamp === undefined ? earliest : Math.max(blockTimestamp + 2 * minExitPeriod, earliest);
  const step = Math.max(1, Math.floor(minExitPeriod / EXIT_STEPS_PER_PERIOD));
  return Math.ceil(time / step) * step;
}

/**
 * What the contract answers to `flagOf` of an output (R13): zero, one where it was paid, else the low 240 bits of the id of the
 * transaction that spends it for ever.
 */
export function flagOf(finalised: Finalisation | undefined): Hex {
  if (finalised?.kind === "spent") return `0x0000${finalised.txId.slice(6)}`;
  return `0x${"00".repeat(31)}${finalised === undefined ? "00" : "01"}`;
}

/** The order in which exits are paid, smallest first (R25): exitableAt (40 bits) | position (104 bits). */
export function orderKey(exitableAt: number, position: bigint): bigint {
  return (BigInt(exitableAt) << 104n) | position;
}

/**
 * The bond in wei that an exit needs at least (R27): the gas of the worst legal challenge times max(4·basefee, 20 gwei),
 * so that challenging pays even when the fee market quadruples.
 */
export function minimumBond(challengeGas: bigint, baseFee: bigint): bigint {
  const gasPrice = BOND_FACTOR * baseFee;
  return challengeGas * (gasPrice > MIN_BOND_GAS_PRICE ? gasPrice : MIN_BOND_GAS_PRICE);
}

/** The bond in wei that an exit may carry at most: four times the minimum (R27). */
export function maximumBond(challengeGas: bigint, baseFee: bigint): bigint {
  return BOND_FACTOR * minimumBond(challengeGas, baseFee);
}

/**
 * From this time on, a block that spends what takes part in an exit still open is invalid (R2): start + 3·MEP/4. Of an
 * in-flight exit of T that concerns T's inputs, also where T spends them, and T's piggybacked outputs.
 */
export function spendDeadline(exitStartedAt: number, minExitPeriod: number): number {
  return exitStartedAt + Math.ceil((3 * minExitPeriod) / 4);
}

/** From this time on, a block in which another transaction than T spends an input of T is invalid while T is in flight (R2): start + MEP/4. */
export function competitorDeadline(exitStartedAt: number, minExitPeriod: number): number {
  return exitStartedAt + Math.ceil(minExitPeriod / 4);
}
