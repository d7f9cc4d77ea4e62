import type { Address, Hex } from "viem";
import type { ApiResult, Receipt } from "../protocol/api.ts";
import { toHex } from "../protocol/bytes.ts";
import type { Reveal } from "../protocol/condition.ts";
import { signTransaction } from "../protocol/signature.ts";
import { encodeSignedTransaction, type Transaction } from "../protocol/transaction.ts";
import { txIdOf, typedDataOf } from "../protocol/typedData.ts";
import { type Client, requireWallet } from "./client.ts";
import { clientError } from "./errors.ts";
import { poll, type WaitOptions } from "./poll.ts";

export interface SignedPayment {
  readonly txId: Hex;
  /** Canonical bytes with signatures: what is sent, and what a challenge would show. */
  readonly raw: Hex;
  readonly transaction: Transaction;
}

/**
 * Signs a transaction with the wallet, which shows it as typed data. `reveals` are for its conditional inputs. Nothing is sent.
 */
export async function signPayment(
  client: Client,
  transaction: Transaction,
  reveals: readonly Reveal[] = [],
): Promise<SignedPayment> {
  const { wallet, address } = requireWallet(client);
  const sign = () => wallet.signTypedData({ account: wallet.account, ...typedDataOf(transaction, client.domain) });
  const signed = await signTransaction(transaction, client.domain, [{ address, sign }], reveals);
  const txId = txIdOf(transaction, client.domain, client.crypto.keccak256);
  return { txId, raw: toHex(encodeSignedTransaction(signed)), transaction };
}

/**
 * Hands a signed transaction to the operator. The receipt names its final place; the same bytes get the same receipt
 * again, so an unanswered one is simply sent once more. Throws the operator's refusal, OPERATOR_ANSWER_INVALID.
 */
export async function send(client: Client, { txId, raw }: Pick<SignedPayment, "txId" | "raw">): Promise<Receipt> {
  const receipt = await client.operator.call("plasma_sendTransaction", raw);
  if (receipt.txId !== txId) {
    throw clientError("OPERATOR_ANSWER_INVALID", `the operator acknowledged ${receipt.txId} and was sent ${txId}`);
  }
  return receipt;
}

export type LedgerTransaction = NonNullable<ApiResult<"plasma_getTransaction">>;

/** Throws TRANSACTION_UNKNOWN. */
export async function getTransaction(client: Client, txId: Hex): Promise<LedgerTransaction> {
  const transaction = await client.operator.call("plasma_getTransaction", txId);
  if (!transaction) throw clientError("TRANSACTION_UNKNOWN", `the operator knows no transaction ${txId}`, { txId });
  return transaction;
}

/** Newest first, at most `limit`. */
export async function getTransactions(client: Client, address: Address, limit: number): Promise<LedgerTransaction[]> {
  const { transactions } = await client.operator.call("plasma_getTransactions", { address, limit });
  return transactions;
}

/** Waits until the operator says that the block of a transaction is committed. Throws WAIT_TIMEOUT, TRANSACTION_UNKNOWN. */
export async function waitForTransaction(client: Client, txId: Hex, options: WaitOptions): Promise<LedgerTransaction> {
  const ask = () => getTransaction(client, txId);
  return poll(ask, ({ status }) => status === "committed", `transaction ${txId} is not committed`, options);
}
