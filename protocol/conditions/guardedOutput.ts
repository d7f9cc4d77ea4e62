import type { Address, Hex } from "viem";
import { conditionHash, type Reveal } from "../condition.ts";
import { ProtocolError } from "../errors.ts";
import { ZERO_HASH } from "../hashing.ts";
import type { LedgerOutput } from "../ledger.ts";
import { type Output, PLAIN } from "../output.ts";
import type { Transaction } from "../transaction.ts";

/** Which condition an output is under, and what it commits to. */
export interface Guard {
  readonly condition: Address;
  readonly params: Uint8Array;
}

/** A transaction and what its witness shows besides the signatures that it still needs. */
export interface UnsignedSpend {
  readonly transaction: Transaction;
  readonly reveals: readonly Reveal[];
}

/** Unix seconds; 0 = none. */
export interface Window {
  readonly validAfter?: number;
  readonly validBefore?: number;
}

/**
 * Money under a condition, for a transaction that funds it. Such a transaction carries a validBefore (R24), and nobody relies on the output
 * before its block is validated (R18).
 * @throws HEX_INVALID
 */
export function guardedOutput(guard: Guard, money: Omit<Output, "condition">): Output {
  return { ...money, condition: conditionHash(guard.condition, guard.params) };
}

/** Money under no condition. */
export function plainOutput(owner: Address, token: Address, amount: bigint): Output {
  return { owner, token, amount, condition: PLAIN };
}

/**
 * A transaction whose only input is `spent`, which must be under `guard`. That its amounts are above zero is for `encodeBody` to say.
 * @throws CONDITION_MISMATCH
 */
export function spendGuarded(
  spent: LedgerOutput,
  guard: Guard,
  args: Uint8Array,
  outputs: readonly Output[],
  { validAfter = 0, validBefore = 0 }: Window = {},
): UnsignedSpend {
  assertGuarded(spent.output, guard);
  const { position, outputId } = spent;
  return {
    transaction: { inputs: [{ position, outputId }], outputs, memo: ZERO_HASH, validAfter, validBefore },
    reveals: [{ inputIndex: 0, ...guard, args }],
  };
}

/**
 * What every receiver asks first: whether an output is under these terms and no others.
 * @throws CONDITION_MISMATCH
 */
export function assertGuarded({ condition }: Output, guard: Guard): void {
  const expected: Hex = conditionHash(guard.condition, guard.params);
  if (condition === expected) return;
  throw new ProtocolError("CONDITION_MISMATCH", "the output is under another condition or other terms", {
    condition,
    expected,
  });
}
