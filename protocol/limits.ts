import {
  MAX_BLOCK_TRANSACTIONS,
  MAX_INPUTS,
  MAX_OUTPUTS,
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
} as const;
