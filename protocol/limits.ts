import {
  MAX_BLOCK_TRANSACTIONS,
  MAX_CONDITION_BYTES,
  MAX_INPUTS,
  MAX_OUTPUTS,
  MAX_REVEAL_BYTES,
  MAX_SIGNATURES,
  MAX_TRANSACTION_BYTES,
} from "./generated/constants.ts";

/** Limits of consensus (R6), those that the contract checks as the contract has them. */
export const LIMITS = {
  maxInputs: MAX_INPUTS,
  maxOutputs: MAX_OUTPUTS,
  maxSignatures: MAX_SIGNATURES,
  /** Body and witness. */
  maxTransactionBytes: MAX_TRANSACTION_BYTES,
  maxBlockTransactions: MAX_BLOCK_TRANSACTIONS,
  maxBlockBytes: 256 * 2 ** 20,
  /** Params of a condition, and args. */
  maxRevealBytes: MAX_REVEAL_BYTES,
  /** Code of a condition. */
  maxConditionBytes: MAX_CONDITION_BYTES,
  /** Gas of all conditions of a transaction together (R15). A fifth of what the contract gives to each of them. */
  maxConditionGas: 200_000,
} as const;
