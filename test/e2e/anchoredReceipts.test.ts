import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { Address, Hex } from "viem";
import * as z from "zod";
import type { Client } from "../../client/client.ts";
import { fetchProofs, listTransactions, makeReceipt } from "../../client/receipts.ts";
import { toHex } from "../../protocol/bytes.ts";
import { ProtocolError, type ProtocolErrorCode } from "../../protocol/errors.ts";
import { ETH, PLAIN } from "../../protocol/output.ts";
import { encodePosition, formatPosition } from "../../protocol/position.ts";
import { type ExitProofJson, type InclusionProof, serializeExitProof } from "../../protocol/proof.ts";
import { type AnchoredReceipt, parseReceipt, serializeReceipt } from "../../protocol/receipt.ts";
import type { Signer } from "../../protocol/signature.ts";
import type { Transaction } from "../../protocol/transaction.ts";
import { verifyReceipt } from "../../protocol/verifyReceipt.ts";
import { startBareOperator } from "../support/bareOperator.ts";
import { rejectsWithCode } from "../support/failureCode.ts";
import { deployRootChain, FIRST_USER, type L1, startL1 } from "../support/l1.ts";
import { pay, spend } from "../support/ledger.ts";
import { type Lie, startLyingOperator } from "../support/lyingOperator.ts";
import { fund, startTestOperator } from "../support/operator.ts";
import { BLOCK_INTERVAL, payReceiver, RECEIVER, readerOf } from "../support/receipts.ts";
import { signed } from "../support/sampleBlock.ts";

/** Payments of two blocks, and receipts of some of them. */
interface Story {
  readonly client: Client;
  readonly positions: readonly bigint[];
  readonly single: AnchoredReceipt;
  readonly batch: AnchoredReceipt;
  readonly l1BlockHash: Hex;
}

describe("anchored receipts", () => {
  let l1: L1;
  let contract: Address;
  let story: Story;
  const ends: (() => void | Promise<void>)[] = [];

  before(async () => {
    l1 = await startL1();
    contract = await deployRootChain(l1);
    const ending = { after: (end: () => void | Promise<void>) => void ends.push(end) };
    const operator = await startTestOperator(ending, l1, contract, { blockIntervalMs: BLOCK_INTERVAL });
    const client = await readerOf(l1, contract, operator.url);
    const positions = [
      ...(await payReceiver(l1, operator, client, [5n, 7n, 11n, 13n, 17n])),
      ...(await payReceiver(l1, operator, client, [19n, 23n, 29n])),
    ];
    const proofs = await fetchProofs(client, positions);
    const [, second] = proofs as [InclusionProof, InclusionProof];
    const { receipt: single, verified } = await makeReceipt(client, [second]);
    const { receipt: batch } = await makeReceipt(
      client,
      [1, 2, 4, 5, 7].map((index) => proofs[index] as InclusionProof),
    );
    story = { client, positions, single, batch, l1BlockHash: verified.l1Block.hash };
  });
  after(async () => {
    for (const end of ends.toReversed()) await end();
    await l1.close();
  });

  /** Verifies for whoever knows nothing but the hash: the chain is the one that the receipt names. */
  const verify = (receipt: AnchoredReceipt, l1BlockHash = story.l1BlockHash) => {
    const { chainId, contract: named } = receipt;
    return verifyReceipt(receipt, { domain: { chainId, contract: named }, l1BlockHash }, story.client.crypto);
  };

  it("prove where a payment stands, who signed it and whom it pays", async () => {
    const { transactions, l1Block } = await verify(parseReceipt(serializeReceipt(story.single)));
    const [found] = transactions;
    assert.equal(transactions.length, 1);
    assert.deepEqual(found?.signers, [l1.account(FIRST_USER).address.toLowerCase()]);
    assert.deepEqual(
      found.outputs.map(({ position, owner, amount }) => [formatPosition(position), owner, amount]),
      [
        [formatPosition(story.positions[1] as bigint), RECEIVER, 7n],
        [formatPosition((story.positions[1] as bigint) + 1n), found.signers[0], 42n],
      ],
    );
    const onL1 = await l1.client.getBlock({ blockHash: l1Block.hash });
    assert.deepEqual([onL1.number, Number(onL1.timestamp)], [l1Block.number, l1Block.timestamp]);
  });

  it("of many payments hold what these share once, and prove each of them", async () => {
    const { transactions } = await verify(parseReceipt(serializeReceipt(story.batch)));
    const paid = transactions.flatMap(({ outputs }) => outputs.filter(({ owner }) => owner === RECEIVER));
    assert.deepEqual(
      paid.map(({ position, amount }) => [position, amount]),
      [1, 2, 4, 5, 7].map((index) => [story.positions[index], [5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n][index]]),
    );
    // Of a tree of depth 3, entries 1, 2 and 4 need 0, 3, 5 and the parent of 6 and 7.
    assert.deepEqual(
      story.batch.blocks.map(({ siblings }) => siblings.length),
      [4, 2],
    );
  });

  it("are as the published schema says", () => {
    const published = readFileSync(new URL("../../docs/receipt.schema.json", import.meta.url), "utf8");
    const schema = z.fromJSONSchema(JSON.parse(published));
    const document = JSON.parse(serializeReceipt(story.batch));
    assert.ok(schema.safeParse(document).success);
    assert.ok(!schema.safeParse({ ...document, more: 1 }).success);
    assert.ok(!schema.safeParse({ ...document, contract: "0x00" }).success);
  });

  it("are made of all transactions of an address, as the operator lists them", async () => {
    const listed = await listTransactions(story.client, RECEIVER);
    const { verified } = await makeReceipt(story.client, await fetchProofs(story.client, listed));
    const places = verified.transactions.map(({ outputs }) => outputs[0]?.position);
    assert.deepEqual(places, story.positions);
  });

  it("are anchored where they are asked to be, if that L1 block has the commit", async () => {
    const proofs = await fetchProofs(story.client, story.positions);
    const { verified } = await makeReceipt(story.client, proofs);
    const { number } = verified.l1Block;
    await l1.client.mine({ blocks: 2 });
    const again = await makeReceipt(story.client, proofs, number);
    assert.deepEqual(again.verified, verified);
    await rejectsWithCode("BLOCK_NOT_ON_L1", () => makeReceipt(story.client, proofs, 1n));
    await rejectsWithCode("L1_BLOCK_UNKNOWN", () => makeReceipt(story.client, proofs, number + 3n));
    await rejectsWithCode("RECEIPT_EMPTY", () => makeReceipt(story.client, []));
    await rejectsWithCode("RECEIPT_OF_DEPOSIT", () => fetchProofs(story.client, [(2n ** 31n) << 8n]));
  });

  it("are not made of what an operator made up", async (t) => {
    const { positions, client } = story;
    const [position] = positions as [bigint];
    const lies: [code: string, change: (proof: ProofJson, other: ProofJson) => unknown[]][] = [
      ["PROOF_INVALID", () => []],
      ["PROOF_INVALID", (_, other) => [other]],
      ["PROOF_INVALID", (proof, other) => [{ ...other, position: proof.position }]],
      ["RECEIPT_BLOCK_MISMATCH", (proof) => [changeHeader(proof, { sealedAt: 1 })]],
      ["RECEIPT_TRANSACTION_INVALID", (proof) => [{ ...proof, body: "0x01" }]],
      ["RECEIPT_PATH_INVALID", (proof, { body, witness }) => [{ ...proof, body, witness }]],
      ["BLOCK_NOT_ON_L1", (proof) => [changeHeader(proof, { number: "0x63" })]],
    ];
    const [, second] = await fetchProofs(client, positions);
    const other = serializeExitProof(second as InclusionProof) as ProofJson;
    for (const [code, change] of lies) {
      const lie: Lie = async (_, ask) => change(((await ask()) as [ProofJson])[0], other);
      const liar = await startLyingOperator(client.operator.url, lie);
      t.after(() => liar.close());
      const misled = await readerOf(l1, contract, liar.url);
      await rejectsWithCode(code, async () => makeReceipt(misled, await fetchProofs(misled, [position])));
    }
  });

  it("of which any byte is changed, left out or put in twice are refused, with the part that is wrong", async (t) => {
    const bytes = Buffer.from(serializeReceipt(story.single));
    const read = async (text: Buffer) => verify(parseReceipt(text.toString("utf8")));
    await read(bytes);
    const met = new Map<string, Set<ProtocolErrorCode | undefined>>();
    let part = "";
    let mutations = 0;
    for (const at of bytes.keys()) {
      part = /"(\w+)":.$/s.exec(bytes.subarray(0, at + 1).toString())?.[1] ?? part;
      const codes = met.get(part) ?? new Set();
      met.set(part, codes);
      const [before, byte, after] = [bytes.subarray(0, at), bytes.subarray(at, at + 1), bytes.subarray(at + 1)];
      const changed = Array.from({ length: 255 }, (_, value) => [
        before,
        Buffer.from([bytes.readUInt8(at) ^ (value + 1)]),
        after,
      ]);
      for (const pieces of [...changed, [before], [before, after], [before, byte, byte, after]]) {
        codes.add(await codeOf(() => read(Buffer.concat(pieces))));
        mutations += 1;
      }
      await setImmediate(); // the node and the operator live in this process
    }
    t.diagnostic(`${mutations} mutations of ${bytes.length} bytes`);
    const reasons = new Map(
      [...met].map(([name, codes]) => [name, [...codes].filter((code) => !UNREADABLE.has(code)).sort()]),
    );
    assert.deepEqual(Object.fromEntries(reasons), REASONS);
  });

  it("prove inclusion, not validity (R24): money that never was, in a block that the contract holds", async (t) => {
    const bare = await deployRootChain(l1);
    const domain = { chainId: 31337n, contract: bare };
    const forger = await startBareOperator(t, l1, bare);
    const operator = await startTestOperator(t, l1, bare);
    const client = await readerOf(l1, bare, operator.url);
    const alice = l1.account(FIRST_USER) as Signer;
    const source = await fund(operator, l1, FIRST_USER, 1_000n);
    await operator.stop();
    const input = { ...source, output: pay(RECEIVER, source.amount) };
    const sign = (rest: Partial<Transaction>, amount = 1_000n) =>
      signed(spend([input], [pay(RECEIVER, amount)], rest), domain, [alice]);
    const minted = await sign({}, 10n ** 30n);
    const expired = await sign({ validBefore: 1 });
    const unsigned = Uint8Array.from(await sign({ memo: `0x${"01".repeat(32)}` }));
    unsigned.fill(0xff, -65, -1);
    const { number } = await forger.commit([minted, expired, unsigned]);

    const proofAt = (txIndex: number, raw: Uint8Array): InclusionProof => ({
      version: 1,
      kind: "transaction",
      ...domain,
      position: encodePosition({ block: number, txIndex, outputIndex: 0 }),
      outputId: PLAIN,
      output: pay(RECEIVER, 1n, ETH),
      body: toHex(raw),
      witness: "0x",
      inclusion: forger.inclusion(number, txIndex),
    });
    const { verified } = await makeReceipt(client, [proofAt(0, minted)]);
    assert.equal(verified.transactions[0]?.outputs[0]?.amount, 10n ** 30n);
    await rejectsWithCode("RECEIPT_PLACE_INVALID", () => makeReceipt(client, [proofAt(1, expired)]));
    await rejectsWithCode("RECEIPT_SIGNATURE_INVALID", () => makeReceipt(client, [proofAt(2, unsigned)]));
    await rejectsWithCode("RECEIPT_PATH_INVALID", () => makeReceipt(client, [proofAt(1, minted)]));
  });
});

type ProofJson = Extract<ExitProofJson, { inclusion: unknown }>;

function changeHeader(proof: ProofJson, changes: Partial<ProofJson["inclusion"]["header"]>): ProofJson {
  const { inclusion } = proof;
  return { ...proof, inclusion: { ...inclusion, header: { ...inclusion.header, ...changes } } };
}

/** Refusals of a text that is no receipt at all, which any part can turn into. */
const UNREADABLE = new Set<ProtocolErrorCode | undefined>(["RECEIPT_MALFORMED", "RECEIPT_NOT_CANONICAL"]);

/** What else a change of a byte in each part of the file can be refused with, and is by some change. */
const REASONS: Readonly<Record<string, readonly ProtocolErrorCode[]>> = {
  "": [],
  version: [],
  kind: [],
  chainId: ["RECEIPT_PATH_INVALID"],
  contract: ["RECEIPT_ACCOUNT_PROOF_INVALID"],
  l1Header: ["RECEIPT_L1_BLOCK_MISMATCH"],
  accountProof: ["RECEIPT_ACCOUNT_PROOF_INVALID"],
  storageProof: ["RECEIPT_STORAGE_PROOF_INVALID"],
  blocks: [],
  header: [],
  number: ["RECEIPT_STORAGE_PROOF_INVALID"],
  parentHash: ["RECEIPT_BLOCK_MISMATCH"],
  root: ["RECEIPT_BLOCK_MISMATCH"],
  txCount: ["RECEIPT_BLOCK_MISMATCH"],
  timestamp: ["RECEIPT_BLOCK_MISMATCH"],
  sealedAt: ["RECEIPT_BLOCK_MISMATCH"],
  depositCount: ["RECEIPT_BLOCK_MISMATCH"],
  depositHash: ["RECEIPT_BLOCK_MISMATCH"],
  transactions: [],
  txIndex: ["RECEIPT_PATH_INVALID"],
  raw: ["RECEIPT_PATH_INVALID", "RECEIPT_TRANSACTION_INVALID"],
  siblings: ["RECEIPT_PATH_INVALID"],
};

async function codeOf(action: () => unknown): Promise<ProtocolErrorCode | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}
