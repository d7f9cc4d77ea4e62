import type { ApiErrorCode } from "../protocol/api.ts";
import type { ContractErrorCode } from "./contractErrors.ts";

/** Who has to act on a failure: the caller (bad input), nobody (the rules forbid it), or the connection. */
export type FailureKind = "usage" | "refused" | "network";

/** Every failure that the client finds itself, with what to do next. Codes are stable; wording is not. */
const CODES = {
  L1_UNREACHABLE: { kind: "network", next: "check the address of the Ethereum node and that it runs" },
  L1_REFUSED: { kind: "network", next: "read what the Ethereum node says" },
  L1_WRONG_CHAIN: { kind: "usage", next: "use an Ethereum node of the chain that the profile names" },
  L1_FUNDS_LOW: { kind: "refused", next: "send the account ETH on L1 first, for gas, bond and value" },
  L1_TOKEN_FUNDS_LOW: { kind: "refused", next: "get more of the token on L1 first, or deposit less" },
  L1_REVERTED: { kind: "refused", next: "nothing was changed; read the reason, and try again if it has gone" },
  CONTRACT_MISSING: { kind: "usage", next: "check the contract's address, and that the Ethereum node is of its chain" },
  TOKEN_INVALID: { kind: "usage", next: "check the token's address" },
  PERMIT_UNSUPPORTED: { kind: "refused", next: "deposit it without a permit" },
  WALLET_NEEDED: { kind: "usage", next: "give the client a wallet" },
  OPERATOR_UNREACHABLE: {
    kind: "network",
    next: "check the operator's address; to exit with a stored proof no operator is needed",
  },
  OPERATOR_ANSWER_INVALID: { kind: "network", next: "do not rely on this operator until that is explained" },
  WATCHER_UNREACHABLE: { kind: "network", next: "check the watcher's address, or start one: plasma-cli watcher start" },
  WATCHER_ANSWER_INVALID: { kind: "network", next: "do not rely on this watcher until that is explained" },
  OPERATOR_WRONG_CHAIN: { kind: "usage", next: "use the operator that serves this contract" },
  FUNDS_LOW: { kind: "refused", next: "deposit more, send less, or wait until what is pending is committed" },
  TOO_MANY_INPUTS: { kind: "refused", next: "merge small outputs first" },
  TOO_MANY_OUTPUTS: { kind: "usage", next: "split the payment" },
  PAYMENTS_EMPTY: { kind: "usage", next: "name at least one receiver and amount" },
  AMOUNT_OUT_OF_RANGE: { kind: "usage", next: "use an amount from 1 to 2^128 - 1 base units" },
  FEE_TOKEN_REFUSED: { kind: "usage", next: "pay the fee in a token that the operator takes" },
  MERGE_POINTLESS: { kind: "refused", next: "nothing to do: merging needs two committed outputs of the token" },
  WAIT_TIMEOUT: { kind: "network", next: "ask again later: an acknowledged payment keeps its place" },
  TRANSACTION_UNKNOWN: { kind: "refused", next: "check the id; if you signed it, send it again" },
  OUTPUT_UNKNOWN: { kind: "refused", next: "check the position" },
  DEPOSIT_UNKNOWN: { kind: "refused", next: "check the number of the deposit" },
  BLOCK_NOT_ON_L1: { kind: "refused", next: "wait for the commit; if it never comes, do not rely on this output" },
  L1_HEADER_UNKNOWN: {
    kind: "network",
    next: "use a version that knows the newest fork of L1, or an earlier L1 block",
  },
  L1_BLOCK_UNKNOWN: { kind: "usage", next: "name an L1 block that the Ethereum node has" },
  RECEIPT_EMPTY: { kind: "refused", next: "name a committed output" },
  RECEIPT_OF_DEPOSIT: { kind: "usage", next: "show its L1 transaction: a deposit is in no Plasma block" },
  PROOF_INVALID: { kind: "refused", next: "do not accept it: it does not prove what it says" },
  NOT_OWNER: { kind: "refused", next: "use the account that owns the output" },
  AUTHORIZATION_INVALID: { kind: "refused", next: "ask the owner for another authorisation" },
  EXIT_UNKNOWN: { kind: "refused", next: "check the position or transaction id, and that an exit was started" },
  INPUT_PROOF_MISSING: { kind: "refused", next: "get the proof of that output from whoever keeps one" },
  INCLUSION_UNKNOWN: { kind: "refused", next: "get the proof of an output of that transaction from whoever keeps one" },
  PIECE_UNKNOWN: { kind: "usage", next: "name inputs and outputs that the transaction has" },
  PIECE_NONE: { kind: "refused", next: "use the account that owns an input or output of the transaction" },
  EXIT_NOT_MATURED: { kind: "refused", next: "wait until then, by L1's clock" },
  QUEUE_EMPTY: { kind: "refused", next: "nothing waits to be processed" },
  CONDITION_UNREGISTERED: { kind: "refused", next: "register it first: plasma-cli condition register" },
  CONDITION_NOT_FINAL: { kind: "refused", next: "wait until L1 takes the registration for final" },
  EXIT_PERIOD_MISMATCH: { kind: "refused", next: "do not accept it: its deadlines are of another chain" },
  LOCK_TOO_SHORT: { kind: "usage", next: "name a later timeout" },
  SWAP_MARGIN_TOO_SHORT: { kind: "usage", next: "name an earlier timeout, or ask the other side for a later one" },
  CLAIM_TOO_LATE: {
    kind: "refused",
    next: "show no secret any more; with --anyway it is claimed although a refund may win and the secret is out",
  },
  REFUND_TOO_EARLY: { kind: "refused", next: "wait until then, by L1's clock" },
  SECRET_UNKNOWN: { kind: "refused", next: "ask again when the claim was published, in a block or in an exit on L1" },
  CHANNEL_TOO_SHORT: { kind: "usage", next: "name a later expiry" },
  CHANNEL_EXPIRING: { kind: "refused", next: "deliver nothing more, and close the channel with the last payment" },
  CHANNEL_EMPTY: { kind: "refused", next: "nothing to close: nothing was paid; the payer takes it back at the expiry" },
  ORDER_EXPIRED: { kind: "refused", next: "nothing fills it any more; its maker may cancel it" },
  MULTISIG_INCOMPLETE: { kind: "refused", next: "have more owners sign it: plasma-cli multisig sign <file>" },
  NOT_SIGNER: { kind: "refused", next: "use the account of somebody who may sign it" },
  SPEND_UNKNOWN: { kind: "refused", next: "a challenge needs another transaction that spends the same output" },
  SPEND_UNRELATED: { kind: "usage", next: "give a transaction that spends the output in question" },
} as const satisfies Record<string, { kind: FailureKind; next: string }>;

export type ClientErrorCode = keyof typeof CODES;

/** Codes of the client, of the contract's refusals, and of the operator's API. */
export type FailureCode = ClientErrorCode | ContractErrorCode | ApiErrorCode;

export interface FailureAdvice {
  readonly kind: FailureKind;
  /** What to do next, as a clause. */
  readonly next: string;
}

/** An expected failure, found by the client, by the contract or by the operator. */
export class ClientError extends Error {
  override readonly name = "ClientError";
  readonly code: FailureCode;
  readonly kind: FailureKind;
  readonly next: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: FailureCode,
    advice: FailureAdvice,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = code;
    this.kind = advice.kind;
    this.next = advice.next;
    this.details = details;
  }
}

/** A failure with one of the client's own codes. */
export function clientError(
  code: ClientErrorCode,
  message: string,
  details?: Readonly<Record<string, unknown>>,
  options?: ErrorOptions,
): ClientError {
  return new ClientError(code, CODES[code], message, details, options);
}
