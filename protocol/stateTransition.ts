import type { Address, Hex } from "viem";
import { checkConditions, conditionCalls, isConditional } from "./conditionalSpend.ts";
import { ProtocolError } from "./errors.ts";
import { competitorDeadline, spendDeadline } from "./exit.ts";
import { type FeeClaim, feeClaimOutput } from "./feeClaim.ts";
import { type Keccak256, portableCrypto } from "./hashing.ts";
import type { LedgerChange, LedgerOutput, LedgerView, OpenExit } from "./ledger.ts";
import { type Output, outputIdsOf } from "./output.ts";
import { depositIndexOf, encodePosition, formatPosition, isDepositPosition } from "./position.ts";
import type { RecoveredTransaction } from "./signature.ts";
import { encodeBody, type Input } from "./transaction.ts";

/** Where and when an entry is to stand. */
export interface EntryContext {
  readonly block: bigint;
  readonly txIndex: number;
  /** L1 time, Unix seconds, by which validity windows are judged (R3). */
  readonly sealedAt: number;
  /** Deposits that the block has seen (R4). */
  readonly depositCount: number;
  /**
   * L1 time of the block's commit. Absent while the block is being built: then an open exit locks what takes part in it
   * at once, as R28 asks of an honest operator. Only a transaction that is itself in flight may still spend its inputs,
   * while more than MEP/2 is left for the commit.
   */
  readonly committedAt?: number;
  /** MEP of the contract, seconds. */
  readonly minExitPeriod: number;
}

/** What a valid transaction changes, and the fees in it per token (only tokens with a fee). */
export interface TransactionEffects extends LedgerChange {
  readonly fees: ReadonlyMap<Address, bigint>;
}

/**
 * Judges one transaction at its place in a block, over the ledger as left by everything before it (R1, R2, R3, R6).
 * The transaction must have come from the decoder, which has judged its shape.
 * @throws TX_KNOWN, TX_NOT_YET_VALID, TX_EXPIRED, TX_INPUT_NOT_LOWER, TX_DEPOSIT_NOT_IN_BLOCK, TX_INPUT_UNKNOWN,
 * TX_INPUT_ID_MISMATCH, TX_INPUT_SPENT, TX_INPUT_FINALISED, TX_INPUT_EXITING, TX_SIGNERS_MISMATCH,
 * TX_CONDITION_*, TX_OVERSPEND
 */
export function checkTransaction(
  recovered: RecoveredTransaction,
  context: EntryContext,
  view: LedgerView,
  keccak: Keccak256 = portableCrypto.keccak256,
): TransactionEffects {
  const { transaction, txId, signers, reveals } = recovered;
  // What is in the chain has spent its inputs.
  if (transaction.inputs.some(({ position }) => view.isSpent(position)) && view.hasTransaction(txId)) {
    throw new ProtocolError("TX_KNOWN", `transaction ${txId} is already in the chain`, { txId });
  }
  checkWindow(transaction.validAfter, transaction.validBefore, context.sealedAt);
  const spent = transaction.inputs.map((input) => checkInput(input, txId, context, view));
  const spentOutputs = spent.map(({ output }) => output);
  checkSigners(spentOutputs, signers);
  if (reveals.length > 0 || spentOutputs.some(isConditional)) {
    const spend = { body: encodeBody(transaction), spent: spentOutputs, signers, reveals };
    checkConditions(conditionCalls(spend, context.block, view.conditions.find, keccak), view.conditions);
  }
  const fees = feesOf(spentOutputs, transaction.outputs);
  const { outputIds = outputIdsOf(txId, transaction.outputs, keccak) } = recovered;
  return { txId, spent, created: createdOutputs(transaction.outputs, outputIds, context), fees };
}

/**
 * Judges one of the fee claims at the tail of a block (R5): `previous` is the claim before it, `fees` are those of all
 * the block's transactions.
 * @throws FEE_CLAIM_WRONG_BLOCK, FEE_CLAIM_TOKEN_ORDER, FEE_CLAIM_TOO_HIGH
 */
export function checkFeeClaim(
  claim: FeeClaim,
  previous: FeeClaim | undefined,
  block: bigint,
  fees: ReadonlyMap<Address, bigint>,
): void {
  const { blockNumber, token, amount } = claim;
  if (blockNumber !== block) {
    throw new ProtocolError("FEE_CLAIM_WRONG_BLOCK", `a fee claim in block ${block} names block ${blockNumber}`, {
      block,
    });
  }
  if (previous !== undefined && token <= previous.token) {
    throw new ProtocolError("FEE_CLAIM_TOKEN_ORDER", "the tokens of fee claims ascend", { token });
  }
  const available = fees.get(token) ?? 0n;
  if (amount > available) {
    throw new ProtocolError("FEE_CLAIM_TOO_HIGH", `${amount} of ${token} is claimed, the fees are ${available}`, {
      token,
      available,
    });
  }
}

/** What a fee claim with id `claimId` changes: it creates its output and spends nothing. */
export function feeClaimEffects(
  claim: FeeClaim,
  claimId: Hex,
  context: Pick<EntryContext, "block" | "txIndex">,
  keccak: Keccak256 = portableCrypto.keccak256,
): LedgerChange {
  const outputs = [feeClaimOutput(claim)];
  const created = createdOutputs(outputs, outputIdsOf(claimId, outputs, keccak), context);
  return { txId: claimId, spent: [], created };
}

/**
 * The owners of all plain inputs signed; where no input is conditional, nobody else did (R6).
 * @throws TX_SIGNERS_MISMATCH
 */
export function checkSigners(inputs: readonly Output[], signers: readonly Address[]): void {
  const plain = inputs.filter((output) => !isConditional(output));
  const owners = [...new Set(plain.map(({ owner }) => owner))].sort();
  const isSigned = owners.every((owner) => signers.includes(owner));
  if (!isSigned || (plain.length === inputs.length && owners.length !== signers.length)) {
    throw new ProtocolError("TX_SIGNERS_MISMATCH", "the signers are not exactly the owners of the inputs", {
      owners,
      signers,
    });
  }
}

/**
 * The fee of every token: inputs minus outputs, where it is not zero.
 * @throws TX_OVERSPEND
 */
export function feesOf(inputs: readonly Output[], outputs: readonly Output[]): ReadonlyMap<Address, bigint> {
  const sums = new Map<Address, bigint>();
  for (const { token, amount } of inputs) sums.set(token, (sums.get(token) ?? 0n) + amount);
  for (const { token, amount } of outputs) sums.set(token, (sums.get(token) ?? 0n) - amount);
  for (const [token, fee] of sums) {
    if (fee < 0n) {
      throw new ProtocolError("TX_OVERSPEND", `the outputs of token ${token} exceed its inputs by ${-fee}`, {
        token,
        missing: -fee,
      });
    }
    if (fee === 0n) sums.delete(token);
  }
  return sums;
}

function checkWindow(validAfter: number, validBefore: number, sealedAt: number): void {
  if (sealedAt < validAfter) {
    throw new ProtocolError("TX_NOT_YET_VALID", `valid from ${validAfter}, the block is sealed at ${sealedAt}`, {
      validAfter,
      sealedAt,
    });
  }
  if (validBefore !== 0 && sealedAt >= validBefore) {
    throw new ProtocolError("TX_EXPIRED", `valid before ${validBefore}, the block is sealed at ${sealedAt}`, {
      validBefore,
      sealedAt,
    });
  }
}

function checkInput({ position, outputId }: Input, txId: Hex, context: EntryContext, view: LedgerView): LedgerOutput {
  const details = { position, outputId };
  const place = formatPosition(position);
  if (position >= encodePosition({ block: context.block, txIndex: context.txIndex, outputIndex: 0 })) {
    throw new ProtocolError("TX_INPUT_NOT_LOWER", `input ${place} is not older than the transaction`, details);
  }
  if (isDepositPosition(position) && depositIndexOf(position) >= context.depositCount) {
    throw new ProtocolError("TX_DEPOSIT_NOT_IN_BLOCK", `deposit ${place} is not final yet for this block`, details);
  }
  const found = view.output(position);
  if (found === undefined) {
    throw new ProtocolError("TX_INPUT_UNKNOWN", `there is no output at ${place}`, details);
  }
  if (found.outputId !== outputId) {
    throw new ProtocolError("TX_INPUT_ID_MISMATCH", `the output at ${place} is not the one that was signed`, {
      ...details,
      found: found.outputId,
    });
  }
  if (view.isSpent(position)) throw new ProtocolError("TX_INPUT_SPENT", `output ${place} was spent before`, details);
  checkExits(outputId, txId, context, view);
  return { position, outputId, output: found.output };
}

/**
 * R2: transaction `txId` spends an output that L1 has not finalised, and no open exit that the output takes part in forbids it.
 * @throws TX_INPUT_FINALISED, TX_INPUT_EXITING
 */
export function checkExits(
  outputId: Hex,
  txId: Hex,
  context: Pick<EntryContext, "sealedAt" | "committedAt" | "minExitPeriod">,
  view: Pick<LedgerView, "exitOf">,
): void {
  const state = view.exitOf(outputId);
  if (state === undefined) return;
  if (state.finalised !== undefined) {
    throw new ProtocolError("TX_INPUT_FINALISED", `output ${outputId} has left by an exit`, {
      outputId,
      finalised: state.finalised,
    });
  }
  const locking = state.open.find((exit) => locks(exit, txId, context));
  if (locking !== undefined) {
    throw new ProtocolError("TX_INPUT_EXITING", `output ${outputId} takes part in an open exit`, {
      outputId,
      exit: locking,
    });
  }
}

function locks(
  exit: OpenExit,
  txId: Hex,
  { sealedAt, committedAt, minExitPeriod }: Pick<EntryContext, "sealedAt" | "committedAt" | "minExitPeriod">,
): boolean {
  const isOwn = exit.kind === "input" && exit.txId === txId;
  const isCompeting = exit.kind === "input" && exit.txId !== txId;
  const competitorTime = competitorDeadline(exit.startedAt, minExitPeriod);
  if (committedAt === undefined) return !isOwn || sealedAt >= competitorTime;
  return committedAt >= (isCompeting ? competitorTime : spendDeadline(exit.startedAt, minExitPeriod));
}

function createdOutputs(
  outputs: readonly Output[],
  outputIds: readonly Hex[],
  { block, txIndex }: Pick<EntryContext, "block" | "txIndex">,
): LedgerOutput[] {
  return outputs.map((output, outputIndex) => ({
    position: encodePosition({ block, txIndex, outputIndex }),
    outputId: outputIds[outputIndex] as Hex,
    output,
  }));
}
