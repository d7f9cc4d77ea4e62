import assert from "node:assert/strict";
import { type Address, createPublicClient, type Hex, http } from "viem";
import { type Client, createClient } from "../../client/client.ts";
import { encodePosition } from "../../protocol/position.ts";
import { createNativeCrypto } from "../../runtime/nativeCrypto.ts";
import { FIRST_USER, type L1 } from "./l1.ts";
import { fund, settle, type TestOperator } from "./operator.ts";
import { type Spendable, signPayment } from "./payer.ts";

export const RECEIVER = "0x00000000000000000000000000000000000000aa";

/** Milliseconds in which payments that are sent at once get into one block, however busy the machine is. */
export const BLOCK_INTERVAL = 1_000;

/** A client that only reads, of the operator at `operatorUrl`. */
export async function readerOf(l1: L1, contract: Address, operatorUrl: string): Promise<Client> {
  const node = createPublicClient({ transport: http(l1.url, { retryCount: 0 }), cacheTime: 0 });
  const domain = { chainId: BigInt(await node.getChainId()), contract };
  return createClient({ domain, l1: node, operatorUrl, crypto: await createNativeCrypto() });
}

/**
 * Pays RECEIVER once per amount, all in one block, each payment from the change of the one before. Returns the positions of
 * what was paid, once the block is committed.
 */
export async function payReceiver(
  l1: L1,
  operator: TestOperator,
  { domain, operator: api }: Client,
  amounts: readonly bigint[],
): Promise<bigint[]> {
  const payer = l1.account(FIRST_USER);
  const total = amounts.reduce((sum, amount) => sum + amount, 1n);
  let source: Spendable = await fund(operator, l1, FIRST_USER, total);
  const block = (await api.call("plasma_status")).latestBlock + 1n;
  const raws: Hex[] = [];
  for (const [txIndex, amount] of amounts.entries()) {
    const payment = await signPayment(domain, payer, source, { to: RECEIVER, amount });
    raws.push(payment.raw);
    source = payment.changeAt(block, txIndex);
  }
  const answers = await api.call("plasma_sendTransactions", raws);
  assert.deepEqual(
    answers.map((answer) => ("error" in answer ? answer : [answer.blockNumber, answer.txIndex])),
    amounts.map((_, txIndex) => [block, txIndex]),
  );
  await settle(operator);
  return amounts.map((_, txIndex) => encodePosition({ block, txIndex, outputIndex: 0 }));
}
