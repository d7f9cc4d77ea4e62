import type { FailureKind } from "../client/errors.ts";

/** Everything that `plasma-cli` itself refuses: the kind decides the exit code, `next` says what to do. */
const CODES = {
  USAGE: { kind: "usage", next: "run the command with --help" },
  AMOUNT_MALFORMED: {
    kind: "usage",
    next: 'type an amount such as "1.5 eth", "20 DEV", "5 gwei" or a whole number of wei',
  },
  AMOUNT_ZERO: { kind: "usage", next: "type an amount greater than zero" },
  AMOUNT_TOO_LARGE: { kind: "usage", next: "type an amount below 2^128 base units" },
  AMOUNT_WRONG_TOKEN: { kind: "usage", next: "type an amount of the token that it is about" },
  AMOUNT_TOO_PRECISE: { kind: "usage", next: "type no more decimals than the token has" },
  TOKEN_UNKNOWN: { kind: "usage", next: "name the token by its contract's address; its symbol is known from then on" },
  ADDRESS_MALFORMED: {
    kind: "usage",
    next: "type an address of 0x and 40 hex digits, or the name of one of your accounts",
  },
  POSITION_MALFORMED: {
    kind: "usage",
    next: 'type a position as "plasma-cli outputs" prints it, such as 12:5:0 or d3',
  },
  CONTRACT_NOT_SET: {
    kind: "usage",
    next: 'name the root-chain contract with --contract or PLASMA_CONTRACT, or start a local network with "plasma-cli dev"',
  },
  FILE_UNREADABLE: { kind: "usage", next: "check the path and its permissions" },
  FILE_DAMAGED: { kind: "usage", next: "restore the file from a copy; it is never repaired by guessing" },
  FILE_NOT_WRITTEN: { kind: "usage", next: "check free space and the permissions of the data directory" },
  ACCOUNT_UNKNOWN: { kind: "usage", next: 'see "plasma-cli account list"' },
  ACCOUNT_AMBIGUOUS: { kind: "usage", next: "choose one with --account or PLASMA_ACCOUNT" },
  ACCOUNT_EXISTS: { kind: "usage", next: "choose another name" },
  ACCOUNT_NONE: { kind: "usage", next: 'make one with "plasma-cli account create"' },
  KEY_MALFORMED: { kind: "usage", next: "give the private key as 64 hex digits on standard input" },
  PASSWORD_NEEDED: {
    kind: "usage",
    next: "run it in a terminal, or set PLASMA_PASSWORD_FILE or PLASMA_PASSWORD, or pipe it in with --password-stdin",
  },
  PASSWORD_WRONG: { kind: "usage", next: "try again with the password the account was made with" },
  PASSWORD_MISMATCH: { kind: "usage", next: "type the same password twice" },
  PAYMENT_UNKNOWN: { kind: "usage", next: 'see the payments with "plasma-cli tx", or give a file of it' },
  PROOF_UNKNOWN: {
    kind: "usage",
    next: 'see "plasma-cli outputs"; proofs are kept when the wallet sees an output, or give a file with --proof',
  },
  PAYMENT_UNRESOLVED: {
    kind: "refused",
    next: 'send it again with "plasma-cli tx <id> --resend", wait until a block is sealed past its end, or take it to L1 with "plasma-cli exit in-flight <id>"',
  },
  SPENT_BY_WALLET: {
    kind: "refused",
    next: 'whoever shows that payment takes the bond of a plain exit; take the payment itself to L1 with "plasma-cli exit in-flight <id>"',
  },
  TERMS_UNKNOWN: {
    kind: "usage",
    next: "get the file of it from the other side: the chain has only a hash of the terms",
  },
  BLOCK_NOT_VALIDATED: {
    kind: "refused",
    next: "wait until your watcher has executed it, or trust the operator with --trust-operator",
  },
  SIGNED_ANOTHER: {
    kind: "refused",
    next: 'a signature is final: see what became of the other one with "plasma-cli exit next", and take it to L1 where nobody shows its block',
  },
  CODE_MALFORMED: { kind: "usage", next: "give runtime code as 0x and hex digits" },
  CHANNEL_CLOSED: { kind: "refused", next: 'nothing more is paid in it; see the closing with "plasma-cli exit next"' },
  CHANNEL_WRONG_SIDE: { kind: "usage", next: "use the account of the other side" },
  OUTPUT_SPENT: {
    kind: "refused",
    next: 'whoever shows that payment takes the bond of a plain exit; take the payment itself to L1 with "plasma-cli exit in-flight <id>"',
  },
  DIRECTORY_IN_USE: { kind: "usage", next: "choose an empty directory with --data" },
  PORT_TAKEN: { kind: "usage", next: "stop the program that listens there or choose another port" },
  PROGRAM_ENDED: { kind: "network", next: "see its log, named in the message" },
} as const satisfies Record<string, { kind: FailureKind; next: string }>;

export type CliErrorCode = keyof typeof CODES;

/** An expected failure of the command line itself; printed as one line, without a stack. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly code: CliErrorCode;
  readonly kind: FailureKind;
  readonly next: string;

  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.kind = CODES[code].kind;
    this.next = CODES[code].next;
  }
}
