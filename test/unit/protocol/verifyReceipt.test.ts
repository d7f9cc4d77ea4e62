import assert from "node:assert/strict";
import { test } from "node:test";
import type { Hex } from "viem";
import { fromHex, toHex } from "../../../protocol/bytes.ts";
import type { ProtocolErrorCode } from "../../../protocol/errors.ts";
import { encodeFeeClaim } from "../../../protocol/feeClaim.ts";
import { portableCrypto, ZERO_HASH } from "../../../protocol/hashing.ts";
import { ETH } from "../../../protocol/output.ts";
import { encodePosition } from "../../../protocol/position.ts";
import type { AnchoredReceipt, ReceiptBlock } from "../../../protocol/receipt.ts";
import type { Transaction } from "../../../protocol/transaction.ts";
import { verifyReceipt } from "../../../protocol/verifyReceipt.ts";
import { anchorBlocks } from "../../support/anchoredBlocks.ts";
import { rejectsWithCode } from "../../support/failureCode.ts";
import { createTestLedger, DOMAIN, pay, spend } from "../../support/ledger.ts";
import { alice, bob, carol, signed } from "../../support/sampleBlock.ts";

const deposit = createTestLedger().deposit(0, 0n, alice.address, 100n);
/** Nobody checks here whether the money is there: a receipt does not say so. */
const payment = (memo: number, rest: Partial<Transaction> = {}) =>
  signed(
    spend([deposit], [pay(bob.address, 60n), pay(alice.address, 30n)], {
      memo: toHex(new Uint8Array(32).fill(memo)),
      ...rest,
    }),
    DOMAIN,
    [alice],
  );
const claim = encodeFeeClaim({ blockNumber: 2n, token: ETH, owner: carol.address, amount: 10n });
const chain = await anchorBlocks(DOMAIN, [
  await Promise.all([1, 2, 3, 4, 5].map((memo) => payment(memo))),
  [await payment(6), claim],
]);
const good = await chain.receipt([
  [1, 2, 4],
  [0, 1],
]);
const alone = await chain.receipt([[], [0]]);

const verify = (
  receipt: AnchoredReceipt,
  l1BlockHash = chain.l1BlockHash,
  domain = { chainId: receipt.chainId, contract: receipt.contract },
) => verifyReceipt(receipt, { domain, l1BlockHash });

test("a receipt proves each of its transactions and fee claims, where they stand and whom they pay", async () => {
  const { l1Block, transactions } = await verify(good);
  assert.deepEqual(l1Block, { number: 16n, hash: chain.l1BlockHash, timestamp: 1_900_000_000 });
  assert.deepEqual(
    transactions.map(({ kind, block, txIndex, signers }) => [kind, block, txIndex, signers]),
    [
      ["transaction", 1n, 1, [alice.address]],
      ["transaction", 1n, 2, [alice.address]],
      ["transaction", 1n, 4, [alice.address]],
      ["transaction", 2n, 0, [alice.address]],
      ["feeClaim", 2n, 1, []],
    ],
  );
  assert.deepEqual(transactions[0]?.outputs, [
    { ...pay(bob.address, 60n), position: encodePosition({ block: 1n, txIndex: 1, outputIndex: 0 }) },
    { ...pay(alice.address, 30n), position: encodePosition({ block: 1n, txIndex: 1, outputIndex: 1 }) },
  ]);
  assert.deepEqual(transactions[4]?.outputs[0]?.owner, carol.address);
});

const [first, second] = good.blocks as [ReceiptBlock, ReceiptBlock];
const [transaction, ...others] = first.transactions as [
  ReceiptBlock["transactions"][number],
  ...ReceiptBlock["transactions"],
];
const inFirst = (changes: Partial<ReceiptBlock>): AnchoredReceipt => ({
  ...good,
  blocks: [{ ...first, ...changes }, second],
});
const absent = { ...first, header: { ...first.header, number: 99n } };

const forged: [code: ProtocolErrorCode, what: string, receipt: AnchoredReceipt][] = [
  ["RECEIPT_ORDER", "blocks the other way round", { ...good, blocks: [second, first] }],
  ["RECEIPT_ORDER", "a block twice", { ...good, blocks: [first, first] }],
  ["RECEIPT_ORDER", "transactions the other way round", inFirst({ transactions: first.transactions.toReversed() })],
  ["RECEIPT_ORDER", "a transaction twice", inFirst({ transactions: [transaction, ...first.transactions] })],
  ["RECEIPT_ACCOUNT_PROOF_INVALID", "no account proof", { ...good, accountProof: [] }],
  [
    "RECEIPT_ACCOUNT_PROOF_INVALID",
    "an account without its leaf",
    { ...good, accountProof: good.accountProof.slice(0, -1) },
  ],
  ["RECEIPT_ACCOUNT_PROOF_INVALID", "a node too much", { ...good, accountProof: [...good.accountProof, "0x80"] }],
  ["RECEIPT_ACCOUNT_PROOF_INVALID", "another account", { ...good, contract: bob.address }],
  ["RECEIPT_STORAGE_PROOF_INVALID", "no storage proof", { ...good, storageProof: [] }],
  [
    "RECEIPT_STORAGE_PROOF_INVALID",
    "a block without its leaf",
    { ...good, storageProof: good.storageProof.slice(0, -1) },
  ],
  [
    "RECEIPT_STORAGE_PROOF_INVALID",
    "a node twice",
    { ...good, storageProof: [...good.storageProof, ...good.storageProof.slice(-1)] },
  ],
  [
    "RECEIPT_STORAGE_PROOF_INVALID",
    "nodes in another order",
    { ...good, storageProof: [...good.storageProof.slice(0, 1), ...good.storageProof.slice(1).toReversed()] },
  ],
  ["RECEIPT_STORAGE_PROOF_INVALID", "the proof of a block that is not shown", { ...good, blocks: [second] }],
  [
    "RECEIPT_BLOCK_NOT_COMMITTED",
    "a block that L1 does not have",
    { ...good, storageProof: await chain.storageProof([99n]), blocks: [absent] },
  ],
  ["RECEIPT_BLOCK_MISMATCH", "a block of more transactions", inFirst({ header: { ...first.header, txCount: 6 } })],
  [
    "RECEIPT_BLOCK_MISMATCH",
    "a count that no header holds",
    inFirst({ header: { ...first.header, txCount: 2 ** 40 } }),
  ],
  [
    "RECEIPT_TRANSACTION_INVALID",
    "a transaction without its end",
    inFirst({ transactions: [{ ...transaction, raw: transaction.raw.slice(0, -2) as Hex }, ...others] }),
  ],
  [
    "RECEIPT_PATH_INVALID",
    "a transaction at another place",
    inFirst({ transactions: [{ ...transaction, txIndex: 0 }, ...others] }),
  ],
  [
    "RECEIPT_PATH_INVALID",
    "a transaction beyond the block",
    inFirst({ transactions: [...first.transactions, { ...transaction, txIndex: 8 }] }),
  ],
  ["RECEIPT_PATH_INVALID", "a transaction less", inFirst({ transactions: others })],
  ["RECEIPT_PATH_INVALID", "a sibling less", inFirst({ siblings: first.siblings.slice(1) })],
  ["RECEIPT_PATH_INVALID", "a sibling more", inFirst({ siblings: [...first.siblings, ZERO_HASH] })],
  ["RECEIPT_PATH_INVALID", "the signatures of another chain", { ...good, chainId: 1n }],
];

for (const [code, what, receipt] of forged) {
  test(`${what}: ${code}`, () => rejectsWithCode(code, () => verify(receipt)));
}

test("a receipt is of one chain, and of one L1 block", async () => {
  await rejectsWithCode("RECEIPT_WRONG_CHAIN", () => verify(good, chain.l1BlockHash, { ...DOMAIN, chainId: 1n }));
  await rejectsWithCode("RECEIPT_WRONG_CHAIN", () =>
    verify(good, chain.l1BlockHash, { ...DOMAIN, contract: bob.address }),
  );
  await rejectsWithCode("RECEIPT_L1_BLOCK_MISMATCH", () => verify(good, ZERO_HASH));
  const l1Header = "0xc0";
  const itsHash = toHex(portableCrypto.keccak256(fromHex(l1Header)));
  await rejectsWithCode("RECEIPT_L1_HEADER_INVALID", () => verify({ ...alone, l1Header }, itsHash));
});

test("what a bad operator put into a block proves nothing where it cannot stand, or where nobody signed it", async () => {
  const unsigned = Uint8Array.from(await payment(3)).fill(0xff, -65, -1);
  const bad = await anchorBlocks(DOMAIN, [
    [
      await payment(1, { validBefore: 5 }),
      claim,
      unsigned,
      await payment(4, { inputs: [{ ...deposit, position: 1n << 100n }] }),
    ],
  ]);
  const receiptOf = async (index: number) => verify(await bad.receipt([[index]]), bad.l1BlockHash);
  await rejectsWithCode("RECEIPT_PLACE_INVALID", () => receiptOf(0));
  await rejectsWithCode("RECEIPT_PLACE_INVALID", () => receiptOf(1));
  await rejectsWithCode("RECEIPT_SIGNATURE_INVALID", () => receiptOf(2));
  await rejectsWithCode("RECEIPT_PLACE_INVALID", () => receiptOf(3));
});
