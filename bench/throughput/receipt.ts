import type { Client } from "../../client/client.ts";
import type { OperatorApi } from "../../client/operatorApi.ts";
import { fetchProofs, makeReceipt } from "../../client/receipts.ts";
import { encodePosition } from "../../protocol/position.ts";
import { parseReceipt, serializeReceipt } from "../../protocol/receipt.ts";
import { verifyReceipt } from "../../protocol/verifyReceipt.ts";

export interface MeasuredReceipt {
  readonly payments: number;
  readonly blocks: number;
  readonly bytes: number;
  /** Of the transactions alone, in hex. */
  readonly transactionBytes: number;
  /** To ask the operator for the proofs and L1 for its own, and to put them together. */
  readonly secondsToMake: number;
  /** From the text, with nothing else but the hash of the L1 block. */
  readonly secondsToVerify: number;
}

/** Makes and verifies a receipt of the newest `count` committed payments. */
export async function measureReceipt(client: Client, count: number): Promise<MeasuredReceipt> {
  const positions = await newestPayments(client.operator, count);
  const started = performance.now();
  const { receipt, verified } = await makeReceipt(client, await fetchProofs(client, positions));
  const text = serializeReceipt(receipt);
  const made = performance.now();
  await verifyReceipt(parseReceipt(text), { domain: client.domain, l1BlockHash: verified.l1Block.hash }, client.crypto);
  const transactions = receipt.blocks.flatMap((block) => block.transactions);
  return {
    payments: transactions.length,
    blocks: receipt.blocks.length,
    bytes: text.length,
    transactionBytes: transactions.reduce((sum, { raw }) => sum + raw.length, 0),
    secondsToMake: (made - started) / 1000,
    secondsToVerify: (performance.now() - made) / 1000,
  };
}

async function newestPayments(operator: OperatorApi, count: number): Promise<bigint[]> {
  const positions: bigint[] = [];
  const { committedBlock } = await operator.call("plasma_status");
  for (let block = committedBlock; block > 0n && positions.length < count; block--) {
    const { txCount = 0 } = (await operator.call("plasma_getBlock", block)) ?? {};
    for (let txIndex = txCount - 1; txIndex >= 0 && positions.length < count; txIndex--) {
      positions.push(encodePosition({ block, txIndex, outputIndex: 0 }));
    }
  }
  return positions.reverse();
}
