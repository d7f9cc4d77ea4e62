/** Why an operator refuses to run, besides what RUNTIME_ERRORS names. Codes are never renamed. */
export const OPERATOR_ERRORS = {
  OPERATOR_NOT_AUTHORISED: "the account is not the contract's operator",
  OPERATOR_HISTORY_MISMATCH: "L1 has blocks that this operator's store does not have, or has otherwise",
  OPERATOR_COMMIT_TOO_LATE: "a sealed block spends what exits meanwhile took, so L1's rules make it invalid now",
  OPERATOR_LOG_INVALID: "the write-ahead log holds a transaction that the ledger refuses",
  REBUILD_STORE_NOT_EMPTY: "blocks are imported into an empty store only",
  REBUILD_BLOCK_UNAVAILABLE: "the source does not have a block that is committed on L1",
  REBUILD_BLOCK_INVALID: "a block of the source is not the one committed on L1",
} as const;

export type OperatorErrorCode = keyof typeof OPERATOR_ERRORS;

/** Why an operator refuses to start or cannot go on. `code` is what callers switch on. */
export class OperatorError extends Error {
  readonly code: OperatorErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: OperatorErrorCode,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "OperatorError";
    this.code = code;
    this.details = details;
  }
}
