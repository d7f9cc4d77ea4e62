import assert from "node:assert/strict";
import { test } from "node:test";
import { fetchProofs, makeReceipt } from "../../client/receipts.ts";
import { parseReceipt, serializeReceipt } from "../../protocol/receipt.ts";
import { verifyReceipt } from "../../protocol/verifyReceipt.ts";
import { ANVIL, startAnvil } from "../support/anvil.ts";
import { deployRootChain } from "../support/l1.ts";
import { startTestOperator } from "../support/operator.ts";
import { BLOCK_INTERVAL, payReceiver, RECEIVER, readerOf } from "../support/receipts.ts";

const skip = ANVIL === undefined ? "there is no binary of anvil for this platform" : false;

test("receipts are made on another implementation of Ethereum too, and prefer a final block", { skip }, async (t) => {
  const l1 = await startAnvil(ANVIL ?? "");
  t.after(() => l1.close());
  const contract = await deployRootChain(l1);
  const operator = await startTestOperator(t, l1, contract, { finality: 0, blockIntervalMs: BLOCK_INTERVAL });
  const client = await readerOf(l1, contract, operator.url);
  const positions = await payReceiver(l1, operator, client, [3n, 5n, 7n]);
  const proofs = await fetchProofs(client, positions);

  const { verified } = await makeReceipt(client, proofs);
  const committedAt = verified.l1Block.number;
  assert.equal((await l1.client.getBlock({ blockTag: "finalized" })).number, 0n, "nothing is final yet");
  assert.equal(verified.l1Block.hash, (await l1.client.getBlock({ blockNumber: committedAt })).hash);

  await l1.client.request({ method: "anvil_mine" as "hardhat_mine", params: ["0x60", "0x1"] });
  const final = await l1.client.getBlock({ blockTag: "finalized" });
  assert.ok(final.number > committedAt);
  const again = await makeReceipt(client, proofs);
  assert.deepEqual(again.verified.l1Block.hash, final.hash);

  const receipt = parseReceipt(serializeReceipt(again.receipt));
  const { transactions } = await verifyReceipt(receipt, { domain: client.domain, l1BlockHash: final.hash });
  assert.deepEqual(
    transactions.map(({ outputs }) => [outputs[0]?.owner, outputs[0]?.amount]),
    [3n, 5n, 7n].map((amount) => [RECEIVER, amount]),
  );
});
