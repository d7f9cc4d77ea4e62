import type { Address } from "viem";
import type { Client } from "../../client/client.ts";
import { fetchProofs, listTransactions, makeReceipt } from "../../client/receipts.ts";
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

/** Makes and verifies a receipt of the oldest `count` committed payments of an account. */
export async function measureReceipt(client: Client, account: Address, count: number): Promise<MeasuredReceipt> {
  const positions = (await listTransactions(client, account)).sort((a, b) => (a < b ? -1 : 1)).slice(0, count);
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
