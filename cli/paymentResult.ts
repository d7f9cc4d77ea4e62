import type { BuiltPayment } from "../client/payment.ts";
import type { Receipt } from "../protocol/api.ts";
import { encodePosition, formatPosition } from "../protocol/position.ts";
import { formatAmount } from "./amounts.ts";
import { fields, type Result } from "./output.ts";
import type { WalletSession } from "./session.ts";

/** What a payment did, or with no receipt what it would do. */
export async function paymentResult(
  { tokens, account }: WalletSession,
  { transaction, fee }: BuiltPayment,
  receipt: Receipt | undefined,
): Promise<Result> {
  const outputs = await Promise.all(
    transaction.outputs.map(async ({ owner, token, amount }, outputIndex) => ({
      owner,
      token,
      amount,
      position: receipt
        ? formatPosition(encodePosition({ block: receipt.blockNumber, txIndex: receipt.txIndex, outputIndex }))
        : null,
      shown: formatAmount(amount, await tokens.unitOf(token)),
    })),
  );
  const inputs = transaction.inputs.map(({ position }) => formatPosition(position));
  const feeShown = fee ? formatAmount(fee.amount, await tokens.unitOf(fee.token)) : "none";
  return {
    data: {
      ...(receipt
        ? {
            txId: receipt.txId,
            block: receipt.blockNumber,
            txIndex: receipt.txIndex,
            status: receipt.status,
          }
        : { dryRun: true }),
      inputs,
      outputs: outputs.map(({ shown, ...output }) => output),
      fee: fee ? { token: fee.token, amount: fee.amount } : null,
      validBefore: transaction.validBefore,
    },
    text: fields([
      ...(receipt
        ? ([
            ["transaction", receipt.txId],
            ["place", `block ${receipt.blockNumber}, transaction ${receipt.txIndex}, ${receipt.status}`],
          ] as const)
        : []),
      ["spends", inputs.join(", ")],
      ...outputs.map(({ owner, position, shown }): [string, string] => [
        owner === account.address ? "to yourself" : "pays",
        `${shown} to ${owner}${position ? ` as ${position}` : ""}`,
      ]),
      ["fee", feeShown],
    ]).concat(receipt ? "" : "\nNothing was sent."),
    next: !receipt
      ? []
      : receipt.status === "committed"
        ? ["plasma-cli outputs"]
        : [`plasma-cli tx ${receipt.txId}   (until it is committed)`],
  };
}
