import { resolve } from "node:path";
import type { Address, Hex } from "viem";
import { z } from "zod";
import { requireCondition } from "../client/conditions.ts";
import {
  type GuardedOutput,
  guardedOutputFile,
  guardedOutputSchema,
  openGuardedOutput,
} from "../client/guardedOutputs.ts";
import { exitPeriod, l1Time } from "../client/l1.ts";
import { buildPayment, feeIn, type Payment } from "../client/payment.ts";
import { defaultEnd } from "../client/paymentEnd.ts";
import { getProof } from "../client/proofs.ts";
import { getFees, getOperatorStatus } from "../client/status.ts";
import { type SignedPayment, signPayment } from "../client/transactions.ts";
import type { Receipt } from "../protocol/api.ts";
import { conditionHash } from "../protocol/condition.ts";
import { isConditional } from "../protocol/conditionalSpend.ts";
import type { Guard, UnsignedSpend } from "../protocol/conditions/guardedOutput.ts";
import { blockOf, encodePosition, formatPosition } from "../protocol/position.ts";
import type { ExitProof } from "../protocol/proof.ts";
import { txIdOf } from "../protocol/typedData.ts";
import { formatAmount } from "./amounts.ts";
import { type Parameter, required, text } from "./command.ts";
import type { Context } from "./context.ts";
import { CliError } from "./errors.ts";
import { writePrivateFile } from "./files.ts";
import { fields, type Result } from "./output.ts";
import { readRequired } from "./proofFile.ts";
import type { WalletSession } from "./session.ts";
import { inUnits } from "./shortage.ts";
import { buildWith, completeInputs, orNothing, recordAndSend, spendableOutputs, waitAndKeepProofs } from "./wallet.ts";
import { isOpen, type StoredPayment } from "./walletStore.ts";

/** What the verbs of all conditions share: money goes under a condition, is handed over as a file, and is spent again. */

export const guardedOutput: Parameter<string> = required(
  "<output>",
  "a file of it, or its position where this wallet keeps its terms",
  text,
);

/**
 * A guarded output, from a file that somebody handed over or by its position. From a file it is compared with L1 and kept from then on.
 * @throws TERMS_UNKNOWN, PROOF_UNKNOWN, and like `openGuardedOutput`
 */
export async function openGuarded(session: WalletSession, written: string): Promise<GuardedOutput> {
  return /^\d+:\d+:\d+$/.test(written)
    ? openKept(session, written)
    : openGuardedFile(session, readRequired(written, guardedOutputSchema));
}

/** The same for a document that was read. */
export async function openGuardedFile(
  { client, store }: WalletSession,
  file: z.output<typeof guardedOutputSchema>,
): Promise<GuardedOutput> {
  const opened = await openGuardedOutput(client, file);
  store.saveGuard(opened.guard);
  store.saveProof(opened.proof);
  return opened;
}

async function openKept({ client, store }: WalletSession, written: string): Promise<GuardedOutput> {
  const proof = store.proofNamed(written);
  if (!proof) throw new CliError("PROOF_UNKNOWN", `there is no stored proof of ${written}`);
  return guardedBy(store.guard(proof.output.condition), proof, await exitPeriod(client));
}

/** @throws TERMS_UNKNOWN */
function guardedBy(guard: Guard | undefined, proof: ExitProof, minExitPeriod: number): GuardedOutput {
  const { position, outputId, output } = proof;
  if (!guard) throw new CliError("TERMS_UNKNOWN", `this wallet keeps no terms of ${formatPosition(position)}`);
  return { guard, proof, minExitPeriod, held: { position, outputId, output } };
}

/**
 * Whether this wallet's watcher has executed the block in which an output stands: before, nobody relies on it (R18).
 * @throws BLOCK_NOT_VALIDATED unless the operator is trusted
 */
export async function requireValidated(
  { watcher }: WalletSession,
  { held }: GuardedOutput,
  trustOperator: boolean,
): Promise<boolean> {
  const block = blockOf(held.position);
  const verification = await watcher.call("plasma_getVerification").catch(orNothing);
  const isValidated = verification !== undefined && verification.validBlock >= block;
  if (isValidated || trustOperator) return isValidated;
  const reason = verification ? `it has come to block ${verification.validBlock}` : "it does not answer";
  throw new CliError("BLOCK_NOT_VALIDATED", `the watcher has not executed block ${block}: ${reason}`);
}

export interface Funding {
  readonly guard: Guard;
  /** Whom an in-flight exit refunds; zero = nobody. */
  readonly owner: Address;
  readonly token: Address;
  readonly amount: bigint;
  /** Also where the condition is not registered or not final. */
  readonly anyway: boolean;
  readonly dryRun: boolean;
  readonly timeout: number | undefined;
}

/** Money under a condition, as it was paid there. */
export interface Funded {
  readonly receipt: Receipt;
  readonly output: GuardedOutput;
}

/**
 * Pays money under a condition and waits for the block. The payment ends after an hour (R24); the terms are on disk before it is sent. Undefined for a
 * dry run, of which nothing remains but the checks.
 * @throws CONDITION_UNREGISTERED, CONDITION_NOT_FINAL, and what `send` throws
 */
export async function fundGuarded(
  context: Context,
  session: WalletSession,
  { guard, owner, token, amount, anyway, dryRun, timeout }: Funding,
): Promise<Funded | undefined> {
  const { client, store, tokens, account } = session;
  await getOperatorStatus(client);
  if (!anyway) await requireCondition(client, guard.condition);
  const [spendable, fees, now, minExitPeriod] = await Promise.all([
    spendableOutputs(session, { usePending: false, retryRefused: false }),
    getFees(client),
    l1Time(client),
    exitPeriod(client),
  ]);
  const condition = conditionHash(guard.condition, guard.params);
  const payments: Payment[] = [{ to: owner, token, amount, condition }];
  const request = { owner: account.address, payments, fees, validBefore: defaultEnd(now, minExitPeriod) };
  const built = await inUnits(tokens, () => buildWith(spendable, (coins) => buildPayment({ ...request, coins })));
  if (dryRun) return undefined;
  store.saveGuard(guard);
  const receipt = await recordAndSend(session, await signPayment(client, built.transaction));
  const { status } = await waitAndKeepProofs(context, session, receipt.txId, timeout);
  const position = encodePosition({ block: receipt.blockNumber, txIndex: receipt.txIndex, outputIndex: 0 });
  const proof = store.proofAt(position) ?? (await getProof(client, position));
  return { receipt: { ...receipt, status }, output: guardedBy(guard, proof, minExitPeriod) };
}

/** What was put under a condition; with no receipt, what would be. Writes the file for the other side where one is named. */
export async function fundedResult(
  { tokens }: WalletSession,
  funded: Funded | undefined,
  {
    noun,
    terms,
    file,
    write = writeGuardedFile,
    next,
    dryRun,
  }: {
    readonly noun: string;
    /** The terms as JSON, and as lines for people. */
    readonly terms: ShownTerms;
    /** Where the other side's file goes; by default it is that of a guarded output. */
    readonly file: string | undefined;
    readonly write?: (path: string, output: GuardedOutput) => string;
    readonly next: (position: string) => readonly string[];
    readonly dryRun: Pick<Funding, "token" | "amount">;
  },
): Promise<Result> {
  if (!funded) {
    const shown = formatAmount(dryRun.amount, await tokens.unitOf(dryRun.token));
    return {
      data: { dryRun: true, ...terms.data, amount: dryRun.amount, token: dryRun.token },
      text: `${fields([[noun, shown], ...terms.lines])}\nNothing was sent.`,
    };
  }
  const { output, receipt } = funded;
  const { position, outputId } = output.held;
  const written = file === undefined ? undefined : write(file, output);
  const name = formatPosition(position);
  return {
    data: {
      txId: receipt.txId,
      status: receipt.status,
      position: name,
      outputId,
      ...moneyOf(output),
      ...terms.data,
      file: written ?? null,
    },
    text: fields([
      [noun, `${await describeMoney(output, tokens)} as ${name}, ${receipt.status}`],
      ...terms.lines,
      ["transaction", receipt.txId],
      ...(written ? ([["file", written]] as const) : []),
    ]),
    next: next(name),
  };
}

/** Terms as JSON, and as lines for people. */
export interface ShownTerms {
  readonly data: Readonly<Record<string, unknown>>;
  readonly lines: readonly (readonly [string, string])[];
}

/** Writes the file that the other side opens. */
export function writeGuardedFile(path: string, output: GuardedOutput): string {
  return writeFile(path, z.encode(guardedOutputSchema, guardedOutputFile(output)));
}

/** Writes a JSON document where the person wants it. */
export function writeFile(path: string, document: unknown): string {
  const file = resolve(path);
  writePrivateFile(file, `${JSON.stringify(document, null, 2)}\n`);
  return file;
}

/** Token and amount of a guarded output, as JSON. */
export function moneyOf({ held: { output } }: Pick<GuardedOutput, "held">) {
  return { owner: output.owner, token: output.token, amount: output.amount };
}

export async function describeMoney(
  { held: { output } }: Pick<GuardedOutput, "held">,
  tokens: WalletSession["tokens"],
): Promise<string> {
  return formatAmount(output.amount, await tokens.unitOf(output.token));
}

/**
 * The operator's fee in the token of a guarded output, which has nothing else to pay it with; none for what is not sent.
 * @throws FEE_TOKEN_REFUSED, OPERATOR_UNREACHABLE
 */
export async function guardedFee({ client }: WalletSession, token: Address, offline: boolean): Promise<bigint> {
  return offline ? 0n : feeIn(await getFees(client), token);
}

export interface SpendMode {
  readonly offline: boolean;
  readonly dryRun: boolean;
  readonly timeout: number | undefined;
}

/**
 * Signs the spend of guarded outputs, keeps it with the proofs of its inputs, and then sends it and waits for the block, unless it is to go
 * nowhere but to L1. The answer of a dry run is the spend as it would be.
 * @throws SIGNED_ANOTHER for outputs that another spend of this wallet's may still take, and what `send` throws
 */
export async function spendGuarded(
  context: Context,
  session: WalletSession,
  { transaction, reveals }: UnsignedSpend,
  { offline, dryRun, timeout }: SpendMode,
): Promise<Result> {
  const { client } = session;
  if (dryRun) return spendResult(session, { transaction }, undefined, dryRun);
  const now = await l1Time(client);
  const txId = txIdOf(transaction, client.domain, client.crypto.keccak256);
  requireOnlySpend(session, { txId, transaction }, (other) => other.status !== "refused" && isOpen(other, now));
  const signed = await signPayment(client, transaction, reveals);
  if (offline) {
    await keepOffline(session, signed);
    return spendResult(session, signed, undefined, dryRun);
  }
  const receipt = await recordAndSend(session, signed);
  const { status } = await waitAndKeepProofs(context, session, receipt.txId, timeout);
  return spendResult(session, signed, { ...receipt, status }, dryRun);
}

/** Keeps a signed spend with all that its in-flight exit needs, and sends it nowhere. */
export async function keepOffline(session: WalletSession, signed: SignedPayment): Promise<void> {
  const { inputs } = await completeInputs(session, { raw: signed.raw, inputs: [] });
  session.store.recordPayment(signed, inputs);
}

/**
 * Requires that this wallet has signed nothing else that spends the same outputs and that `mayHappen`: both could be taken into a block, and
 * on Ethereum each is shown against the other.
 * @throws SIGNED_ANOTHER
 */
export function requireOnlySpend(
  { store }: WalletSession,
  { txId, transaction }: Pick<SignedPayment, "txId" | "transaction">,
  mayHappen: (payment: StoredPayment) => boolean = () => true,
): void {
  for (const { outputId, position } of transaction.inputs) {
    const other = store.paymentsSpending(outputId).find((payment) => payment.txId !== txId && mayHappen(payment));
    if (!other) continue;
    const message = `this wallet has signed ${other.txId}, which spends ${formatPosition(position)}`;
    throw new CliError("SIGNED_ANOTHER", message);
  }
}

/** What a spend did, would do, or is kept for. */
export async function spendResult(
  { tokens, account }: WalletSession,
  { transaction, txId }: Pick<SignedPayment, "transaction"> & { readonly txId?: Hex },
  receipt: Receipt | undefined,
  dryRun: boolean,
): Promise<Result> {
  const outputs = await Promise.all(
    transaction.outputs.map(async ({ owner, token, amount, condition }, outputIndex) => ({
      position: receipt
        ? formatPosition(encodePosition({ block: receipt.blockNumber, txIndex: receipt.txIndex, outputIndex }))
        : null,
      owner,
      token,
      amount,
      condition,
      shown: formatAmount(amount, await tokens.unitOf(token)),
    })),
  );
  const inputs = transaction.inputs.map(({ position }) => formatPosition(position));
  const place = receipt
    ? ([["place", `block ${receipt.blockNumber}, transaction ${receipt.txIndex}, ${receipt.status}`]] as const)
    : [];
  return {
    data: {
      ...(dryRun ? { dryRun } : { txId, status: receipt?.status ?? "signed" }),
      ...(receipt ? { block: receipt.blockNumber, txIndex: receipt.txIndex } : {}),
      inputs,
      outputs: outputs.map(({ shown, ...output }) => output),
      validAfter: transaction.validAfter,
      validBefore: transaction.validBefore,
    },
    text: fields([
      ...(txId ? ([["transaction", txId]] as const) : []),
      ...place,
      ["spends", inputs.join(", ")],
      ...outputs.map(({ position, shown, ...output }): [string, string] => [
        isConditional(output) ? "stays" : output.owner === account.address ? "to yourself" : "pays",
        `${shown} ${isConditional(output) ? "under its condition" : `to ${output.owner}`}${position ? ` as ${position}` : ""}`,
      ]),
    ]).concat(receipt ? "" : "\nNothing was sent."),
    next: receipt || !txId ? [] : [`plasma-cli exit in-flight ${txId}   (takes it to Ethereum)`],
  };
}
