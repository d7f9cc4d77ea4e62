import type { Address } from "viem";
import { ZERO_ADDRESS } from "../hashing.ts";
import type { LedgerOutput } from "../ledger.ts";
import { LIMITS } from "../limits.ts";
import type { Output } from "../output.ts";
import { type Guard, guardedOutput, spendGuarded, type UnsignedSpend, type Window } from "./guardedOutput.ts";
import { decodeParams, encodeParams, invalidParams } from "./params.ts";

/** Any `threshold` of the `owners`, who ascend strictly, may spend (contracts/conditions/MultiSignature.sol). */
export interface MultiSignature {
  readonly threshold: number;
  readonly owners: readonly Address[];
}

const TYPES = [{ type: "uint256" }, { type: "address[]" }] as const;

/** Three words before the owners of 1,024 bytes. */
const MAX_OWNERS = (LIMITS.maxRevealBytes - 3 * 32) / 32;

/**
 * Params of the condition.
 * @throws CONDITION_PARAMS_INVALID for a threshold of zero, or above the owners or a witness's signatures, and owners that are too many, zero,
 * or do not ascend strictly
 */
export function encodeMultiSignature(terms: MultiSignature): Uint8Array {
  assertTerms(terms);
  return encodeParams(TYPES, [BigInt(terms.threshold), terms.owners]);
}

/**
 * What params say, if they are the ones that `encodeMultiSignature` makes.
 * @throws CONDITION_PARAMS_INVALID
 */
export function decodeMultiSignature(params: Uint8Array): MultiSignature {
  const [threshold, owners] = decodeParams(TYPES, params);
  const terms = { threshold: Number(threshold), owners: owners.map((owner) => owner.toLowerCase() as Address) };
  assertTerms(terms);
  return terms;
}

/**
 * Money for several owners. Without a refund address, which is best, nobody is paid where an in-flight exit of a spend fails, and any spend will do.
 * @throws CONDITION_PARAMS_INVALID, HEX_INVALID
 */
export function multiSignatureOutput(
  condition: Address,
  terms: MultiSignature,
  { token, amount, refundTo = ZERO_ADDRESS }: Pick<Output, "token" | "amount"> & { readonly refundTo?: Address },
): Output {
  return guardedOutput(guardOf(condition, terms), { owner: refundTo, token, amount });
}

/**
 * A spend of one such output, for `threshold` of the owners to sign. With a refund address it has no validBefore, else the condition refuses it.
 * @throws CONDITION_PARAMS_INVALID, CONDITION_MISMATCH, HEX_INVALID
 */
export function spendMultiSignature(
  spent: LedgerOutput,
  condition: Address,
  terms: MultiSignature,
  outputs: readonly Output[],
  window: Window = {},
): UnsignedSpend {
  const validBefore = spent.output.owner === ZERO_ADDRESS ? (window.validBefore ?? 0) : 0;
  return spendGuarded(spent, guardOf(condition, terms), new Uint8Array(), outputs, { ...window, validBefore });
}

function guardOf(condition: Address, terms: MultiSignature): Guard {
  return { condition, params: encodeMultiSignature(terms) };
}

function assertTerms({ threshold, owners }: MultiSignature): void {
  if (owners.length > MAX_OWNERS) throw invalidParams(`at most ${MAX_OWNERS} owners fit`, { owners: owners.length });
  const most = Math.min(owners.length, LIMITS.maxSignatures);
  if (!Number.isInteger(threshold) || threshold < 1 || threshold > most) {
    throw invalidParams(`the threshold must be from 1 to ${most}, not ${threshold}`, { threshold });
  }
  for (const [index, owner] of owners.entries()) {
    if (owner > (owners[index - 1] ?? ZERO_ADDRESS)) continue;
    throw invalidParams(`owner ${index} is not above the one before it`, { index, owner });
  }
}
