/** Limits of consensus (R6). */
export const LIMITS = {
  maxInputs: 8,
  maxOutputs: 8,
  maxSignatures: 16,
  /** Body and witness. */
  maxTransactionBytes: 16_384,
  maxBlockTransactions: 2 ** 20,
  maxBlockBytes: 256 * 2 ** 20,
} as const;
