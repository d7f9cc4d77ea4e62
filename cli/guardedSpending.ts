import type { Address, Hex } from "viem";
import { l1Time } from "../client/l1.ts";
import { feeIn } from "../client/payment.ts";
import { getFees } from "../client/status.ts";
import { type SignedPayment, signPayment } from "../client/transactions.ts";
import type { Receipt } from "../protocol/api.ts";
import { isConditional } from "../protocol/conditionalSpend.ts";
import type { UnsignedSpend } from "../protocol/conditions/guardedOutput.ts";
import { encodePosition, formatPosition } from "../protocol/position.ts";
import { txIdOf } from "../protocol/typedData.ts";
import { formatAmount } from "./amounts.ts";
import type { Context } from "./context.ts";
import { CliError } from "./errors.ts";
import { fields, type Result } from "./output.ts";
import type { WalletSession } from "./session.ts";
import { completeInputs, orNothing, recordAndSend, waitAndKeepProofs } from "./wallet.ts";
import { isOpen, type StoredPayment } from "./walletStore.ts";

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

/** Keeps a signed spend with all that its in-flight exit needs, shows it to the watcher, if there is one, and sends it nowhere else. */
export async function keepOffline(session: WalletSession, signed: SignedPayment): Promise<void> {
  const { inputs } = await completeInputs(session, { raw: signed.raw, inputs: [] });
  session.store.recordPayment(signed, inputs);
  await session.watcher.call("plasma_keepTransaction", signed.raw).catch(orNothing);
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
