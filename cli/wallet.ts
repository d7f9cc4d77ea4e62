import type { Hex } from "viem";
import { ClientError } from "../client/errors.ts";
import { type CheckedOutput, checkOutputs, getOutputs } from "../client/outputs.ts";
import { findProof, getProof } from "../client/proofs.ts";
import { getNewestHeader } from "../client/status.ts";
import { type LedgerTransaction, type SignedPayment, send, waitForTransaction } from "../client/transactions.ts";
import type { Receipt } from "../protocol/api.ts";
import { fromHex } from "../protocol/bytes.ts";
import { formatPosition } from "../protocol/position.ts";
import type { ExitProof } from "../protocol/proof.ts";
import { decodeSignedTransaction } from "../protocol/transaction.ts";
import type { Context } from "./context.ts";
import { CliError } from "./errors.ts";
import { resolvePosition } from "./names.ts";
import { DEFAULT_WAIT_SECONDS } from "./parameters.ts";
import type { WalletSession } from "./session.ts";
import { isOpen, type StoredPayment, type WalletStore } from "./walletStore.ts";

/** The account's unspent outputs, each checked against L1, with the proof of every proven one kept on disk. */
export async function syncOutputs({ client, account, store }: WalletSession): Promise<CheckedOutput[]> {
  const listed = await getOutputs(client, account.address);
  const stored = (position: bigint, outputId: Hex) => {
    const proof = store.proofAt(position);
    return proof?.outputId === outputId ? proof : undefined;
  };
  const outputs = await checkOutputs(client, listed, stored);
  for (const { proof } of outputs) {
    if (proof && !stored(proof.position, proof.outputId)) store.saveProof(proof);
  }
  return outputs;
}

/**
 * Outputs that may pay now: proven on L1 (or any, with `usePending`), and not promised to a payment of this wallet that was
 * never answered and may still be taken (R24). A payment that the operator refused promises nothing: made anew with the
 * same outputs, at most one of the two can ever happen.
 */
export async function spendableOutputs(session: WalletSession, usePending: boolean): Promise<CheckedOutput[]> {
  const { client, store } = session;
  const outputs = await syncOutputs(session);
  const sealedAt = (await getNewestHeader(client))?.sealedAt ?? 0;
  const isPromised = (outputId: Hex) =>
    store.paymentsSpending(outputId).some((payment) => payment.status !== "refused" && isOpen(payment, sealedAt));
  const canPay = ({ status, proof }: CheckedOutput) =>
    usePending ? ["pending", "sealed", "committed"].includes(status) : status === "committed" && proof !== undefined;
  return outputs.filter((output) => canPay(output) && !isPromised(output.outputId));
}

/** Keeps a payment on disk, then sends it, then notes what the operator said. */
export async function recordAndSend({ client, store }: WalletSession, payment: SignedPayment): Promise<Receipt> {
  store.recordPayment(payment);
  return sendRecorded({ client, store }, payment);
}

/** Sends a payment that is on disk; one sent before gets the same receipt again. */
export async function sendRecorded(
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

/** Waits for the commit of a transaction and keeps the proofs of the outputs that it gives to this account. */
export async function waitAndKeepProofs(
  { progress }: Context,
  { client, account, store }: WalletSession,
  txId: Hex,
  timeoutSeconds = DEFAULT_WAIT_SECONDS,
): Promise<LedgerTransaction> {
  progress(`Waiting for the commit of ${txId} …`);
  const done = await waitForTransaction(client, txId, { timeoutMs: timeoutSeconds * 1000 });
  const { transaction } = decodeSignedTransaction(fromHex(done.raw));
  const own = transaction.outputs.flatMap(({ owner }, index) => (owner === account.address ? [BigInt(index)] : []));
  for (const index of own) store.saveProof(await getProof(client, done.position + index));
  return done;
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
