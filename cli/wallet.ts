import { concatHex, type Hex } from "viem";
import { ClientError, clientError } from "../client/errors.ts";
import { isInFlight } from "../client/inFlightExits.ts";
import { type CheckedOutput, checkOutputs, getOutputs } from "../client/outputs.ts";
import { findProof, getProof } from "../client/proofs.ts";
import { isCompletionOf, type SavedTransaction, splitTransaction } from "../client/savedTransaction.ts";
import { getNewestHeader } from "../client/status.ts";
import { type LedgerTransaction, type SignedPayment, send, waitForTransaction } from "../client/transactions.ts";
import type { Receipt } from "../protocol/api.ts";
import { fromHex } from "../protocol/bytes.ts";
import { isConditional } from "../protocol/conditionalSpend.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { formatPosition } from "../protocol/position.ts";
import type { ExitProof } from "../protocol/proof.ts";
import { decodeSignedTransaction, type Transaction } from "../protocol/transaction.ts";
import { txIdOf } from "../protocol/typedData.ts";
import type { Context } from "./context.ts";
import { CliError } from "./errors.ts";
import { resolvePosition } from "./names.ts";
import { DEFAULT_WAIT_SECONDS } from "./parameters.ts";
import type { WalletSession } from "./session.ts";
import { isOpen, type StoredPayment, type WalletStore } from "./walletStore.ts";

/**
 * The account's unspent outputs, each checked against L1, with the proof of every proven one kept on disk. What payments lack of
 * R24 is completed on the way.
 */
export async function syncOutputs(session: WalletSession): Promise<CheckedOutput[]> {
  const { client, account, store } = session;
  const listed = await getOutputs(client, account.address);
  const stored = (position: bigint, outputId: Hex) => {
    const proof = store.proofAt(position);
    return proof?.outputId === outputId ? proof : undefined;
  };
  const outputs = await checkOutputs(client, listed, stored);
  for (const { proof } of outputs) {
    if (proof && !stored(proof.position, proof.outputId)) store.saveProof(proof);
  }
  for (const payment of store.payments()) {
    if (payment.status === "acknowledged" && !payment.inclusion) {
      await completePayment(session, payment).catch(orNothing);
    }
  }
  return outputs;
}

/** Which outputs a payment may use. */
export interface SpendOptions {
  /** Also outputs that are not on L1 yet. */
  readonly usePending: boolean;
  /** Also outputs of payments that the operator refused, trusting that it forgets them. */
  readonly retryRefused: boolean;
}

export interface SpendableOutputs {
  readonly coins: readonly CheckedOutput[];
  /** Outputs that would do but for a payment of this wallet that may still happen, and that payment. */
  readonly promised: readonly { readonly coin: CheckedOutput; readonly payment: StoredPayment }[];
}

/**
 * Plain outputs that may pay now: proven on L1 (or any, with `usePending`), and not promised to an unresolved payment of this wallet
 * (R24). One is resolved once a block is sealed past its end, unless it is in flight: a second payment with the same output
 * while the first may still happen would be a double spend, which can cost both on L1.
 */
export async function spendableOutputs(session: WalletSession, options: SpendOptions): Promise<SpendableOutputs> {
  const { client, store } = session;
  const outputs = (await syncOutputs(session)).filter((output) => !isConditional(output));
  const sealedAt = (await getNewestHeader(client))?.sealedAt ?? 0;
  const isUnresolved = async (payment: StoredPayment) =>
    (isOpen(payment, sealedAt) && !(options.retryRefused && payment.status === "refused")) ||
    (await isInFlight(client, payment.txId));
  const canPay = ({ status, proof }: CheckedOutput) =>
    options.usePending
      ? ["pending", "sealed", "committed"].includes(status)
      : status === "committed" && proof !== undefined;
  const coins: CheckedOutput[] = [];
  const promised: { coin: CheckedOutput; payment: StoredPayment }[] = [];
  for (const coin of outputs) {
    const payment = await findAsync(store.paymentsSpending(coin.outputId), isUnresolved);
    if (payment) promised.push({ coin, payment });
    else if (canPay(coin)) coins.push(coin);
  }
  return { coins, promised };
}

/** Builds a payment, and says so where it is an unresolved one that stands in the way. Throws PAYMENT_UNRESOLVED. */
export function buildWith<T>({ coins, promised }: SpendableOutputs, build: (coins: readonly CheckedOutput[]) => T): T {
  try {
    return build(coins);
  } catch (error) {
    const isShort = error instanceof ClientError && ["FUNDS_LOW", "MERGE_POINTLESS"].includes(error.code);
    if (!isShort || promised.length === 0) throw error;
    build([...coins, ...promised.map(({ coin }) => coin)]);
    const txIds = [...new Set(promised.map(({ payment }) => payment.txId))];
    const message = `the money is promised to a payment that may still happen: ${txIds.join(", ")}`;
    throw new CliError("PAYMENT_UNRESOLVED", message, { cause: error });
  }
}

async function findAsync<T>(items: readonly T[], matches: (item: T) => Promise<boolean>): Promise<T | undefined> {
  for (const item of items) if (await matches(item)) return item;
  return undefined;
}

/** Keeps a payment on disk, then sends it, then notes what the operator said. */
export async function recordAndSend(session: WalletSession, payment: SignedPayment): Promise<Receipt> {
  session.store.recordPayment(payment, storedInputs(session.store, payment.transaction));
  return sendRecorded(session, payment);
}

/** Sends a payment that is on disk, and shows it to the watcher, if there is one. One sent before gets the same receipt again. */
export async function sendRecorded(
  { client, store, watcher }: WalletSession,
  payment: Pick<SignedPayment, "txId" | "raw">,
): Promise<Receipt> {
  const kept = watcher.call("plasma_keepTransaction", payment.raw).catch(orNothing);
  try {
    return await sendToOperator({ client, store }, payment);
  } finally {
    await kept;
  }
}

async function sendToOperator(
  { client, store }: Pick<WalletSession, "client" | "store">,
  payment: Pick<SignedPayment, "txId" | "raw">,
): Promise<Receipt> {
  try {
    const receipt = await send(client, payment);
    store.settlePayment(payment.txId, "acknowledged");
    return receipt;
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    if (error.kind === "refused") {
      store.settlePayment(payment.txId, "refused");
      throw error;
    }
    const { code, kind, message, details } = error;
    const next = `it may have been taken or not; send the same bytes again with: plasma-cli tx ${payment.txId} --resend`;
    throw new ClientError(code, { kind, next }, message, { ...details, txId: payment.txId }, { cause: error });
  }
}

/** Waits for the commit of a transaction and keeps the proofs of its outputs that are this account's, or whose terms it keeps. */
export async function waitAndKeepProofs(
  { progress }: Context,
  session: WalletSession,
  txId: Hex,
  timeoutSeconds = DEFAULT_WAIT_SECONDS,
): Promise<LedgerTransaction> {
  const { client, account, store } = session;
  progress(`Waiting for the commit of ${txId} …`);
  const done = await waitForTransaction(client, txId, { timeoutMs: timeoutSeconds * 1000 });
  const { transaction } = decodeSignedTransaction(fromHex(done.raw));
  const own = transaction.outputs.flatMap(({ owner, condition }, index) =>
    owner === account.address || store.guard(condition) ? [BigInt(index)] : [],
  );
  for (const index of own) store.saveProof(await getProof(client, done.position + index));
  const payment = store.payment(txId);
  if (payment) await completePayment(session, payment);
  return done;
}

/** Adds to a payment what was not there when it was signed: proofs of its inputs, and where it stands once L1 knows its block. */
export async function completePayment(session: WalletSession, payment: StoredPayment): Promise<void> {
  const { client, store } = session;
  const found = await client.operator.call("plasma_getTransaction", payment.txId);
  if (found?.status !== "committed") return;
  const shown = await getProof(client, found.position);
  const included = shown.kind === "transaction" ? concatHex([shown.body, shown.witness]) : "0x";
  const isShown = shown.kind === "transaction" && isCompletionOf(payment.raw, included);
  const { inputs } = await completeInputs(session, payment);
  const place = isShown ? { raw: included, inclusion: shown.inclusion } : { raw: payment.raw, inclusion: undefined };
  store.completePayment(payment.txId, { inputs, ...place });
}

/**
 * A transaction with what its in-flight exit needs, by its id: kept by this wallet, else from the operator; with every proof of
 * its inputs that can be had. Throws PAYMENT_UNKNOWN, and what the operator refuses with.
 */
export async function findTransaction(session: WalletSession, txId: Hex): Promise<SavedTransaction> {
  const { client, store } = session;
  const kept = store.payment(txId);
  if (kept) return completeInputs(session, kept);
  const told = await client.operator.call("plasma_getTransaction", txId).catch(orNothing);
  if (!told) throw new CliError("PAYMENT_UNKNOWN", `neither this wallet nor the operator shows transaction ${txId}`);
  const { transaction } = splitTransaction(told.raw);
  if (txIdOf(transaction, client.domain, client.crypto.keccak256) !== txId) {
    throw clientError("OPERATOR_ANSWER_INVALID", "the operator answered with another transaction", { txId });
  }
  return completeInputs(session, { raw: told.raw, inputs: [] });
}

/** A saved transaction with every proof of its inputs that can be had: on disk, for deposits from L1, else from the operator. */
export async function completeInputs<T extends SavedTransaction>(session: WalletSession, saved: T): Promise<T> {
  const { client, store } = session;
  const { transaction } = splitTransaction(saved.raw);
  const inputs: ExitProof[] = [...saved.inputs];
  for (const { position, outputId } of transaction.inputs) {
    if (inputs.some((proof) => proof.outputId === outputId)) continue;
    const kept = store.proofAt(position);
    const proof = kept?.outputId === outputId ? kept : await findProof(client, position).catch(orNothing);
    if (proof?.outputId === outputId) inputs.push(proof);
  }
  return { ...saved, inputs };
}

/** Nothing, where whoever was asked does not answer, does not have it, or does not tell the truth. */
export function orNothing(error: unknown): undefined {
  if (error instanceof ClientError || error instanceof ProtocolError) return undefined;
  throw error;
}

function storedInputs(store: WalletStore, { inputs }: Transaction): ExitProof[] {
  return inputs.flatMap(({ position, outputId }) => {
    const proof = store.proofAt(position);
    return proof?.outputId === outputId ? proof : [];
  });
}

/**
 * Why this wallet should not exit an output: a payment of it that was taken, or that may still be taken into a block sealed
 * after `now` and so would end the exit. Undefined where it knows of none.
 */
export function exitBlocker(store: WalletStore, outputId: Hex, now: number): StoredPayment | undefined {
  return store.paymentsSpending(outputId).find((payment) => payment.status === "acknowledged" || isOpen(payment, now));
}

/**
 * The proof of an output of this account: the stored one, else made from L1 (a deposit) or fetched from the operator.
 * Throws PROOF_UNKNOWN where the operator would be needed and does not answer.
 */
export async function findOwnProof(session: WalletSession, written: string): Promise<ExitProof> {
  const { client, store } = session;
  const stored = store.proofNamed(written);
  if (stored) return stored;
  const position = await resolvePosition(session, written);
  const known = store.proofAt(position);
  if (known) return known;
  try {
    return await findProof(client, position);
  } catch (cause) {
    if (!(cause instanceof ClientError) || cause.code !== "OPERATOR_UNREACHABLE") throw cause;
    const message = `there is no stored proof of ${formatPosition(position)} and the operator does not answer`;
    throw new CliError("PROOF_UNKNOWN", message, { cause });
  }
}
