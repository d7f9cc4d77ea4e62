import { type Abi, decodeErrorResult, type Hex } from "viem";
import { conditionsAbi } from "../protocol/generated/conditions.ts";
import { rootChainAbi } from "../protocol/generated/rootChain.ts";
import { ClientError } from "./errors.ts";

const CONTRACTS_ABI = [...rootChainAbi, ...conditionsAbi];

type ContractErrorName = Extract<(typeof CONTRACTS_ABI)[number], { type: "error" }>["name"];

/**
 * Every custom error of the root-chain contract and its registry of conditions: its code here, and what to do next. The compiler
 * keeps it complete.
 */
export const CONTRACT_ERRORS = {
  ZeroAddress: { code: "ADDRESS_ZERO", next: "name a receiver" },
  InvalidExitPeriod: { code: "EXIT_PERIOD_INVALID", next: "deploy with a period between one second and a year" },
  InvalidDeposit: { code: "DEPOSIT_AMOUNT_INVALID", next: "deposit from 1 to 2^128 - 1 base units" },
  NewerBlock: { code: "NEWER_BLOCK", next: "look at the newest block, then deposit again" },
  TokenClosed: { code: "TOKEN_CLOSED", next: "this token fell short once; deposit another one" },
  DepositLaneFull: { code: "DEPOSIT_LANE_FULL", next: "this contract takes no more deposits" },
  NotOperator: { code: "NOT_OPERATOR", next: "only the operator's key commits blocks" },
  InvalidBatch: { code: "BATCH_INVALID", next: "send between one block and the contract's limit" },
  ParentMismatch: { code: "PARENT_MISMATCH", next: "build on the newest committed block" },
  UnexpectedBlock: { code: "BLOCK_UNEXPECTED", next: "send the block with the next number" },
  InvalidSealTime: { code: "SEAL_TIME_INVALID", next: "seal at the time of the L1 head" },
  InvalidTransactionCount: { code: "TRANSACTION_COUNT_INVALID", next: "rebuild the block" },
  DepositsMismatch: { code: "DEPOSITS_MISMATCH", next: "read the deposits again: L1 was reorganised" },
  NotADeposit: { code: "NOT_A_DEPOSIT", next: "use the deposit command" },
  InFlightExitExists: { code: "IN_FLIGHT_EXIT_EXISTS", next: "take part in the in-flight exit that is open" },
  InFlightExitUnknown: { code: "IN_FLIGHT_EXIT_UNKNOWN", next: "look at the in-flight exits that are open" },
  NotYetValid: { code: "TRANSACTION_NOT_YET_VALID", next: "wait until the transaction is valid" },
  InputUnproven: { code: "INPUT_UNPROVEN", next: "show where the input was created" },
  BondMismatch: { code: "BOND_MISMATCH", next: "send the same bond for the exit and for each piece" },
  WrongPhase: { code: "WRONG_PHASE", next: "look at what can be done now: plasma-cli exit next" },
  AlreadyDecided: { code: "ALREADY_DECIDED", next: "process the exit: its verdict stands" },
  PieceUnavailable: { code: "PIECE_UNAVAILABLE", next: "look at the pieces that are live" },
  NotPieceOwner: { code: "NOT_PIECE_OWNER", next: "use the account that owns it" },
  OutputFinalised: { code: "OUTPUT_FINALISED", next: "nothing to do: this output has left the chain" },
  NotACompetitor: { code: "NOT_A_COMPETITOR", next: "show another transaction that spends the same output" },
  NotOlder: { code: "NOT_OLDER", next: "show something older, in a block before" },
  Settled: { code: "SETTLED", next: "nothing to do: the transaction is canonical for ever" },
  NotContested: { code: "NOT_CONTESTED", next: "nothing to do: the transaction is canonical as it is" },
  PiecesLive: { code: "PIECES_LIVE", next: "wait until the exit is processed" },
  DepositUnknown: { code: "DEPOSIT_MISMATCH", next: "get a new proof: this deposit is not on L1" },
  OutputIndexOutOfRange: { code: "OUTPUT_INDEX_OUT_OF_RANGE", next: "check the position" },
  FeeClaimMisplaced: { code: "FEE_CLAIM_MISPLACED", next: "show the fee claim in its own block" },
  ConditionalOutput: { code: "OUTPUT_CONDITIONAL", next: "a conditional output cannot exit on its own" },
  ExitExists: { code: "EXIT_EXISTS", next: "look at the exit that is there" },
  NotAuthorized: { code: "NOT_AUTHORIZED", next: "use the owner's account, or the owner's authorisation" },
  BondOutOfRange: { code: "BOND_OUT_OF_RANGE", next: "try again: the price of the bond has moved" },
  ExitNotLive: { code: "EXIT_NOT_LIVE", next: "nothing to do: no exit of this output is open" },
  SourceMismatch: { code: "SOURCE_MISMATCH", next: "show where the spent output was created" },
  InsufficientGas: { code: "GAS_TOO_LOW", next: "send it with more gas" },
  NothingToWithdraw: { code: "NOTHING_TO_WITHDRAW", next: "no payment of this token waits for the account" },
  BlockUnknown: { code: "BLOCK_UNKNOWN", next: "wait until the block is committed; if it is, the proof is wrong" },
  NotIncluded: { code: "NOT_INCLUDED", next: "get another proof: this one leads elsewhere" },
  OutsideWindow: { code: "OUTSIDE_WINDOW", next: "the block holds it outside its time window; it never happened" },
  InputNotOlder: { code: "INPUT_NOT_OLDER", next: "the transaction spends what did not exist yet; it never happened" },
  HintsTooStale: { code: "HINTS_TOO_STALE", next: "try again: the queue has moved" },
  PreimageMismatch: { code: "PREIMAGE_MISMATCH", next: "show the outputs that the spend's inputs name" },
  SpendNotIncluded: {
    code: "SPEND_NOT_INCLUDED",
    next: "show the block that includes it: only then it spends a conditional output",
  },
  ConditionNotRegistered: {
    code: "CONDITION_TOO_YOUNG",
    next: "register the condition; what a block held before that never happened",
  },
  ConditionExists: { code: "CONDITION_EXISTS", next: "nothing to do: the condition is registered already" },
  ConditionMismatch: { code: "CONDITION_REVEAL_MISMATCH", next: "reveal the terms that the output commits to" },
  ConditionRefused: { code: "CONDITION_REFUSED", next: "spend it as its condition allows, or not at all" },
  ConditionGasInsufficient: { code: "CONDITION_GAS_TOO_LOW", next: "send it with more gas" },
  OpcodeForbidden: { code: "OPCODE_FORBIDDEN", next: "write the condition without that instruction" },
  CodeSizeInvalid: { code: "CODE_SIZE_INVALID", next: "give the runtime code of the condition, up to 24,576 bytes" },
  Create2EmptyBytecode: { code: "CODE_EMPTY", next: "give the runtime code of the condition" },
  FailedDeployment: { code: "DEPLOYMENT_FAILED", next: "send it with more gas" },
  TransactionTooLarge: { code: "TRANSACTION_TOO_LARGE", next: "spend fewer outputs at once" },
  SignersMismatch: {
    code: "SIGNERS_MISMATCH",
    next: "this spend is not signed by exactly its owners; it does not count",
  },
  Overspend: { code: "SPEND_OVERSPENDS", next: "this spend creates money; it does not count" },
  SpendNotLive: { code: "SPEND_NOT_LIVE", next: "show the block that includes it, or wait for its window" },
  InputIndexOutOfRange: { code: "INPUT_INDEX_OUT_OF_RANGE", next: "name an input of the spend" },
  TransactionMalformed: { code: "TRANSACTION_MALFORMED", next: "show the canonical bytes of the transaction" },
  WitnessMalformed: { code: "WITNESS_MALFORMED", next: "show the canonical bytes of the witness" },
  ProofMalformed: { code: "PROOF_MALFORMED", next: "show exactly what is asked for: fetch the proof again" },
  DepositNotSeen: { code: "DEPOSIT_NOT_SEEN", next: "report it: a block spends a deposit that it had not seen" },
  FailedCall: { code: "RECEIVER_REFUSED", next: "name a receiver that takes the money" },
  InsufficientBalance: { code: "CONTRACT_BALANCE_LOW", next: "report it: the contract must always hold what it owes" },
  SafeERC20FailedOperation: {
    code: "TOKEN_REFUSED",
    next: "look at allowance and balance, and at the token's own rules",
  },
  SafeCastOverflowedUintDowncast: { code: "VALUE_TOO_LARGE", next: "send less" },
  ReentrancyGuardReentrantCall: { code: "REENTRANT_CALL", next: "call the contract from outside its own payments" },
  OwnableInvalidOwner: { code: "OWNER_INVALID", next: "name an owner" },
  OwnableUnauthorizedAccount: {
    code: "NOT_CONTRACT_OWNER",
    next: "only the contract's owner rotates the operator's key",
  },
  InvalidShortString: { code: "DOMAIN_NAME_INVALID", next: "report it: the contract's domain is fixed" },
  StringTooLong: { code: "DOMAIN_NAME_TOO_LONG", next: "report it: the contract's domain is fixed" },
} as const satisfies Record<ContractErrorName, { code: string; next: string }>;

export type ContractErrorCode = (typeof CONTRACT_ERRORS)[keyof typeof CONTRACT_ERRORS]["code"];

/** The refusal that revert data stands for, or undefined where the contract has no such error. */
export function contractErrorOf(data: Hex, cause: unknown): ClientError | undefined {
  const decoded = decode(data);
  if (!decoded || !isListed(decoded.errorName)) return undefined;
  const { code, next } = CONTRACT_ERRORS[decoded.errorName];
  const values = (decoded.args ?? []).map(String).join(", ");
  const message = `the contract refused: ${decoded.errorName}(${values})`;
  return new ClientError(code, { kind: "refused", next }, message, { arguments: decoded.args ?? [] }, { cause });
}

function decode(data: Hex): { errorName: string; args?: readonly unknown[] | undefined } | undefined {
  try {
    return decodeErrorResult<Abi>({ abi: CONTRACTS_ABI, data });
  } catch {
    return undefined;
  }
}

function isListed(name: string): name is keyof typeof CONTRACT_ERRORS {
  return Object.hasOwn(CONTRACT_ERRORS, name);
}
