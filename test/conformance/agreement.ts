import assert from "node:assert/strict";
import { ProtocolError, type ProtocolErrorCode } from "../../protocol/errors.ts";
import type { Outcome } from "../support/evm.ts";

/** Which refusals of the two implementations are the same: the contract's error, and the codes that it covers. */
const SAME_REFUSAL: Readonly<Record<string, readonly ProtocolErrorCode[]>> = {
  TransactionMalformed: [
    "TX_TYPE_UNKNOWN",
    "TX_TRUNCATED",
    "TX_TRAILING_BYTES",
    "TX_INPUT_COUNT",
    "TX_OUTPUT_COUNT",
    "TX_UNKNOWN_FLAGS",
    "TX_ZERO_FIELD",
    "TX_AMOUNT_ZERO",
    "TX_OWNER_ZERO",
    "TX_DUPLICATE_INPUT",
    "FEE_CLAIM_SIZE",
    "FEE_CLAIM_AMOUNT_ZERO",
    "FEE_CLAIM_OWNER_ZERO",
  ],
  WitnessMalformed: [
    "WITNESS_TRUNCATED",
    "WITNESS_TRAILING_BYTES",
    "WITNESS_SIGNATURE_COUNT",
    "WITNESS_SIGNATURE_INVALID",
    "WITNESS_SIGNER_ORDER",
    "WITNESS_REVEAL_ORDER",
    "WITNESS_REVEAL_TOO_LONG",
    "TX_CONDITION_UNREVEALED",
  ],
  InputIndexOutOfRange: ["SPEND_INPUT_INDEX"],
  PreimageMismatch: ["SPEND_PREIMAGE_MISMATCH"],
  ConditionMismatch: ["TX_CONDITION_MISMATCH"],
  ConditionNotRegistered: ["TX_CONDITION_NOT_REGISTERED"],
  ConditionRefused: ["TX_CONDITION_REFUSED"],
  SignersMismatch: ["TX_SIGNERS_MISMATCH", "TX_CONDITION_UNREVEALED"],
  Overspend: ["TX_OVERSPEND"],
  SpendNotLive: ["SPEND_NOT_LIVE"],
  SpendNotIncluded: ["SPEND_NOT_INCLUDED"],
  ExitNotLive: ["SPEND_INPUT_MISMATCH"],
  SourceMismatch: ["SPEND_SOURCE_MISMATCH"],
  OutputIndexOutOfRange: ["SPEND_SOURCE_MISMATCH", "PROOF_POSITION_MISMATCH"],
  FeeClaimMisplaced: ["FEE_CLAIM_WRONG_BLOCK", "SPEND_SOURCE_MISMATCH", "PROOF_POSITION_MISMATCH"],
  NotIncluded: ["PROOF_PATH_INVALID", "PROOF_WITNESS_MISMATCH"],
  OutsideWindow: ["PROOF_OUTSIDE_WINDOW"],
  InputNotOlder: ["PROOF_INPUT_NOT_LOWER"],
  DepositNotSeen: ["PROOF_DEPOSIT_NOT_IN_BLOCK"],
  ProofMalformed: ["PROOF_PATH_INVALID"],
};

// In a packed proof no part tells its length: where one is malformed, the contract may stumble over what stands behind it.
const MALFORMED = new Set<ProtocolErrorCode>([
  ...(SAME_REFUSAL.TransactionMalformed ?? []),
  ...(SAME_REFUSAL.WitnessMalformed ?? []),
  "TX_TOO_LARGE",
  "SPEND_PREIMAGE_MISMATCH",
  "SPEND_NOT_INCLUDED",
]);

/**
 * Asserts that both implementations accept, or refuse for the same reason. Returns what they accepted. `packed`: the contract was shown the
 * parts of a proof one behind the other.
 */
export function assertAgreement<T>(
  contract: Outcome,
  protocol: () => T,
  context?: string,
  form: "apart" | "packed" = "apart",
): T | undefined {
  const label = context === undefined ? "" : ` (${context})`;
  let accepted: T;
  try {
    accepted = protocol();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    assert.ok("error" in contract, `TypeScript says ${error.code}, Solidity accepts${label}`);
    assert.ok(
      SAME_REFUSAL[contract.error]?.includes(error.code) || (form === "packed" && MALFORMED.has(error.code)),
      `TypeScript says ${error.code}, Solidity says ${contract.error}${label}`,
    );
    return undefined;
  }
  assert.ok("value" in contract, `TypeScript accepts, Solidity says ${"error" in contract && contract.error}${label}`);
  return accepted;
}

/** What viem decoded, in the form of the protocol's objects: hex in lowercase. */
export function lowercase(value: unknown): unknown {
  if (typeof value === "string") return value.toLowerCase();
  if (Array.isArray(value)) return value.map(lowercase);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, lowercase(entry)]));
  }
  return value;
}
