import { resolve } from "node:path";
import type { Hex } from "viem";
import { z } from "zod";
import { openTransaction, savedTransactionSchema } from "../../client/savedTransaction.ts";
import { getTransaction, getTransactions, type LedgerTransaction } from "../../client/transactions.ts";
import { fromHex } from "../../protocol/bytes.ts";
import { formatPosition } from "../../protocol/position.ts";
import { decodeSignedTransaction } from "../../protocol/transaction.ts";
import { formatAmount } from "../amounts.ts";
import { defineCommand, flag, optional, text } from "../command.ts";
import { CliError } from "../errors.ts";
import { writePrivateFile } from "../files.ts";
import { fields, type Result, table } from "../output.ts";
import { readCount, readHash } from "../parameters.ts";
import { openSession, openWalletSession, type Session, type WalletSession } from "../session.ts";
import { findTransaction, sendRecorded } from "../wallet.ts";

const DEFAULT_LIMIT = 20;

export const tx = defineCommand({
  name: "tx",
  summary: "show a transaction, or the latest of the account",
  description: `Shows where a transaction stands, who pays whom, and how far it has come: "pending" is acknowledged and on the operator's
disk, "sealed" is in a finished block, "committed" has its block's root on L1. Without an id it lists the account's latest
transactions. With --resend it sends a payment of yours again, byte for byte: one that was taken gets the same answer, so
it can never be paid twice. With --save it goes into a file, for whoever may have to take it to L1.`,
  arguments: { id: optional("[id]", "transaction id", readHash) },
  options: {
    save: optional(
      "--save <file>",
      "write it to a file with the proofs of its inputs: enough for an in-flight exit",
      text,
    ),
    resend: flag("--resend", "send a payment of this wallet again"),
    limit: optional("--limit <count>", `how many to list (default ${DEFAULT_LIMIT})`, readCount),
  },
  examples: [
    { run: "tx", does: "the latest of the account" },
    { run: "tx 0x5b1d…", does: "one transaction" },
    { run: "tx 0x5b1d… --save payment.json", does: "all that an in-flight exit of it needs" },
    { run: "tx 0x5b1d… --resend", does: "after a payment that was never answered" },
  ],
  next: "plasma-cli proof <position>",
  async run(context, { id, save, resend, limit = DEFAULT_LIMIT }) {
    if (id === undefined) {
      const session = await openWalletSession(context, "address");
      return listResult(await getTransactions(session.client, session.account.address, limit));
    }
    if (save !== undefined) return saveTransaction(await openWalletSession(context, "address"), id, save);
    if (!resend) {
      const session = await openSession(context);
      return showResult(session, await getTransaction(session.client, id));
    }
    const session = await openWalletSession(context, "address");
    const payment = session.store.payment(id);
    if (!payment) throw new CliError("PAYMENT_UNKNOWN", `this wallet has signed no transaction ${id}`);
    const receipt = await sendRecorded(session, payment);
    return showResult(session, await getTransaction(session.client, receipt.txId));
  },
});

async function saveTransaction(session: WalletSession, id: Hex, path: string): Promise<Result> {
  const saved = await findTransaction(session, id);
  openTransaction(session.client, saved);
  const file = resolve(path);
  writePrivateFile(file, `${JSON.stringify(z.encode(savedTransactionSchema, saved), null, 2)}\n`);
  return {
    data: { txId: id, file },
    text: `Wrote transaction ${id} to ${file}`,
    next: [`plasma-cli exit in-flight ${path}   (anywhere, with nobody's help)`],
  };
}

async function showResult({ tokens }: Session, transaction: LedgerTransaction): Promise<Result> {
  const { txId, blockNumber, txIndex, status, sealedAt, position, raw } = transaction;
  const { inputs, outputs } = decodeSignedTransaction(fromHex(raw)).transaction;
  const created = await Promise.all(
    outputs.map(async ({ owner, token, amount }, index) => ({
      position: formatPosition(position + BigInt(index)),
      owner,
      token,
      amount,
      shown: formatAmount(amount, await tokens.unitOf(token)),
    })),
  );
  const spent = inputs.map((input) => formatPosition(input.position));
  return {
    data: {
      txId,
      block: blockNumber,
      txIndex,
      status,
      sealedAt,
      inputs: spent,
      outputs: created.map(({ shown, ...output }) => output),
      raw,
    },
    text: fields([
      ["transaction", txId],
      ["place", `block ${blockNumber}, transaction ${txIndex}`],
      ["status", status],
      ["spends", spent.join(", ")],
      ...created.map(({ position: at, owner, shown }): [string, string] => ["pays", `${shown} to ${owner} as ${at}`]),
    ]),
    next: status === "committed" ? created.map(({ position: at }) => `plasma-cli proof ${at}`).slice(0, 1) : [],
  };
}

function listResult(transactions: readonly LedgerTransaction[]): Result {
  const rows = transactions.map(({ txId, blockNumber, txIndex, status }) => ({
    txId,
    block: blockNumber,
    txIndex,
    status,
  }));
  return {
    data: { transactions: rows },
    text:
      rows.length === 0
        ? "No transactions"
        : table(
            ["transaction", "block", "index", "status"],
            rows.map(({ txId, block, txIndex, status }) => [txId, `${block}`, `${txIndex}`, status]),
          ),
  };
}
