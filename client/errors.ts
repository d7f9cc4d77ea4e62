/** Who has to act on a failure: the caller (bad input), nobody (the rules forbid it), or the connection. */
export type FailureKind = "usage" | "refused" | "network";

/** Every failure of the client, with what to do next. Codes are stable; wording is not. */
const CODES = {
  L1_UNREACHABLE: { kind: "network", next: "check the address of the Ethereum node and that it runs" },
  L1_REFUSED: { kind: "network", next: "read what the Ethereum node says" },
  L1_FUNDS_LOW: { kind: "refused", next: "send ETH for gas, bond and value to the account first" },
  L1_WRONG_CHAIN: { kind: "usage", next: "use the Ethereum node of the chain that the profile names" },
  L1_TRANSACTION_FAILED: { kind: "refused", next: "run it again as a dry run to learn the reason" },
  CONTRACT_MISSING: { kind: "usage", next: "check the contract's address and that the Ethereum node is of its chain" },
  WALLET_NEEDED: { kind: "usage", next: "give the client a wallet" },
  OPERATOR_UNREACHABLE: {
    kind: "network",
    next: "check the operator's address; with a stored proof an exit needs no operator",
  },
  OPERATOR_ANSWER_INVALID: { kind: "network", next: "do not rely on this operator until it is explained" },
  OPERATOR_REFUSED: { kind: "refused", next: "see the operator's reason" },
  OPERATOR_WRONG_CHAIN: { kind: "usage", next: "use the operator that serves this contract" },
  FUNDS_LOW: { kind: "refused", next: "deposit more or send less" },
  TOO_MANY_INPUTS: { kind: "refused", next: "merge small outputs first" },
  TOO_MANY_OUTPUTS: { kind: "usage", next: "split the payment" },
  PAYMENTS_EMPTY: { kind: "usage", next: "name at least one receiver and amount" },
  AMOUNT_OUT_OF_RANGE: { kind: "usage", next: "use an amount from 1 to 2^128 - 1 base units" },
  FEE_TOKEN_REFUSED: { kind: "usage", next: "pay the fee in a token the operator lists" },
  MERGE_POINTLESS: { kind: "usage", next: "merging needs two outputs of one token" },
  WAIT_TIMEOUT: { kind: "network", next: "ask again later: an acknowledged payment keeps its place" },
  TRANSACTION_UNKNOWN: { kind: "refused", next: "check the id; if you signed it, send it again" },
  OUTPUT_UNKNOWN: { kind: "refused", next: "check the position" },
  OUTPUT_NOT_COMMITTED: { kind: "refused", next: "wait until its block is committed to L1" },
  PROOF_INVALID: { kind: "refused", next: "do not accept it: it does not prove what it says" },
  BLOCK_NOT_ON_L1: { kind: "refused", next: "wait for the commit; if it never comes, do not rely on this output" },
  BLOCK_HASH_WRONG: { kind: "refused", next: "keep the proof; do not rely on this operator" },
  NOT_OWNER: { kind: "refused", next: "use the account that owns the output" },
  EXIT_UNKNOWN: { kind: "refused", next: "check the position, and that an exit was started" },
  SPEND_UNKNOWN: { kind: "refused", next: "a challenge needs the transaction that spends the exiting output" },
  SPEND_UNRELATED: { kind: "usage", next: "give a transaction that spends the exiting output" },
  PREIMAGE_UNKNOWN: { kind: "refused", next: "the challenge must show every input of the spend; ask another source" },
} as const satisfies Record<string, { kind: FailureKind; next: string }>;

export type ClientErrorCode = keyof typeof CODES;

export interface ClientErrorOptions extends ErrorOptions {
  readonly details?: Readonly<Record<string, unknown>>;
  /** Replaces the code's own advice where the caller knows better. */
  readonly next?: string;
}

/** An expected failure of the client. */
export class ClientError extends Error {
  override readonly name = "ClientError";
  readonly code: ClientErrorCode;
  readonly kind: FailureKind;
  readonly next: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ClientErrorCode, message: string, { details = {}, next, cause }: ClientErrorOptions = {}) {
    super(message, { cause });
    this.code = code;
    this.kind = CODES[code].kind;
    this.next = next ?? CODES[code].next;
    this.details = details;
  }
}
