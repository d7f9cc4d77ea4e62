import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { Hex } from "viem";
import { exitBlocker } from "../../../cli/wallet.ts";
import { createWalletStore, isOpen } from "../../../cli/walletStore.ts";
import { savedTransactionSchema } from "../../../client/savedTransaction.ts";
import type { SignedPayment } from "../../../client/transactions.ts";
import { GENESIS } from "../../../protocol/block.ts";
import { conditionHash } from "../../../protocol/condition.ts";
import { ZERO_HASH } from "../../../protocol/hashing.ts";
import { depositPosition } from "../../../protocol/position.ts";
import type { ExitProof } from "../../../protocol/proof.ts";
import { rejectsWithCode } from "../../support/failureCode.ts";
import { temporaryDirectory } from "../../support/temporaryDirectory.ts";

const OWNER = `0x${"0a".repeat(20)}` as const;
const hash = (byte: string) => `0x${byte.repeat(32)}` as const;

const proof = (index: number): ExitProof => ({
  version: 1,
  kind: "deposit",
  chainId: 31337n,
  contract: `0x${"0c".repeat(20)}`,
  position: depositPosition(index, 3n),
  outputId: hash("01"),
  output: { owner: OWNER, token: `0x${"00".repeat(20)}`, amount: 2n ** 127n, condition: ZERO_HASH },
  index,
  block: 3n,
  previousDepositHash: hash("02"),
});

const payment = (txId: Hex, outputIds: readonly Hex[], validBefore: number): SignedPayment => ({
  txId,
  raw: "0x0102",
  transaction: {
    inputs: outputIds.map((outputId) => ({ position: 1n, outputId })),
    outputs: [],
    memo: ZERO_HASH,
    validAfter: 0,
    validBefore,
  },
});

describe("wallet store", () => {
  test("a proof comes back as it was kept, readable by its owner only", (t) => {
    const directory = temporaryDirectory(t);
    const store = createWalletStore(directory, OWNER);
    store.saveProof(proof(7));
    assert.deepEqual(store.proofAt(proof(7).position), proof(7));
    assert.deepEqual(createWalletStore(directory, OWNER).proofs(), [proof(7)]);
    assert.equal(statSync(store.proofFile(proof(7).position)).mode & 0o777, 0o600);
    assert.equal(store.proofAt(proof(8).position), undefined);
  });

  test("proofs are listed oldest output first, whatever their file names", (t) => {
    const store = createWalletStore(temporaryDirectory(t), OWNER);
    for (const index of [10, 9, 100]) store.saveProof(proof(index));
    assert.deepEqual(
      store.proofs().map(({ position }) => position),
      [9, 10, 100].map((index) => depositPosition(index, 3n)),
    );
  });

  test("a file that was cut off is reported and not overwritten", async (t) => {
    const store = createWalletStore(temporaryDirectory(t), OWNER);
    store.saveProof(proof(1));
    writeFileSync(store.proofFile(proof(1).position), '{"version":1,');
    await rejectsWithCode("FILE_DAMAGED", () => store.proofAt(proof(1).position));
  });

  test("a write leaves nothing else behind", (t) => {
    const directory = temporaryDirectory(t);
    createWalletStore(directory, OWNER).saveProof(proof(1));
    assert.deepEqual(readdirSync(join(directory, OWNER, "proofs")), ["d1.json"]);
  });

  test("a payment is found from every output that it spends, for ever (R24)", (t) => {
    const store = createWalletStore(temporaryDirectory(t), OWNER);
    store.recordPayment(payment(hash("aa"), [hash("01"), hash("02")], 100), []);
    store.recordPayment(payment(hash("bb"), [hash("02")], 0), []);
    const spending = (outputId: `0x${string}`) => store.paymentsSpending(outputId).map(({ txId }) => txId);
    assert.deepEqual(spending(hash("01")), [hash("aa")]);
    assert.deepEqual(spending(hash("02")), [hash("aa"), hash("bb")]);
    assert.deepEqual(spending(hash("03")), []);
  });

  test("a payment is kept with the proofs of its inputs, and completed with its place later (R24)", (t) => {
    const store = createWalletStore(temporaryDirectory(t), OWNER);
    store.recordPayment(payment(hash("aa"), [hash("01")], 100), []);
    const inclusion = { header: { ...GENESIS, number: 4n }, txIndex: 2, witnessHash: hash("03"), path: [hash("04")] };
    store.completePayment(hash("aa"), { raw: "0x010203", inputs: [proof(7)], inclusion });
    store.settlePayment(hash("aa"), "acknowledged");
    const kept = store.payment(hash("aa"));
    assert.deepEqual([kept?.raw, kept?.inputs], ["0x010203", [proof(7)]]);
    assert.deepEqual([kept?.inclusion, kept?.status], [inclusion, "acknowledged"]);
    assert.deepEqual(store.payments(), [kept]);
    const file = JSON.parse(readFileSync(store.paymentFile(hash("aa")), "utf8"));
    assert.deepEqual(savedTransactionSchema.parse(file).inputs, [proof(7)]);
  });

  test("an acknowledgement is never taken back", (t) => {
    const store = createWalletStore(temporaryDirectory(t), OWNER);
    store.recordPayment(payment(hash("aa"), [hash("01")], 0), []);
    assert.equal(store.payment(hash("aa"))?.status, "signed");
    store.settlePayment(hash("aa"), "acknowledged");
    store.settlePayment(hash("aa"), "refused");
    assert.equal(store.payment(hash("aa"))?.status, "acknowledged");
  });

  test("terms are found by the hash that the chain has of them, and salts and channels as they were kept", (t) => {
    const directory = temporaryDirectory(t);
    const store = createWalletStore(directory, OWNER);
    const guard = { condition: OWNER, params: Uint8Array.of(1, 2, 3) };
    store.saveGuard(guard);
    store.saveSalt(hash("03"), hash("04"));
    const state = { fee: 1n, paid: 2n ** 100n, signature: "0x0102" as const };
    store.saveChannel(hash("05"), state);
    const again = createWalletStore(directory, OWNER);
    assert.deepEqual(again.guard(conditionHash(guard.condition, guard.params)), guard);
    assert.deepEqual([again.salt(hash("03")), again.channel(hash("05"))], [hash("04"), state]);
    assert.deepEqual(
      [again.guard(hash("06")), again.salt(hash("06")), again.channel(hash("06"))],
      [undefined, undefined, undefined],
    );
  });

  test("a payment is open until its end", () => {
    assert.equal(isOpen({ validBefore: 0 }, 10 ** 12), true);
    assert.equal(isOpen({ validBefore: 100 }, 99), true);
    assert.equal(isOpen({ validBefore: 100 }, 100), false);
  });

  test("an exit is blocked by a payment that was taken or may still be, not by one that ended unanswered", (t) => {
    const store = createWalletStore(temporaryDirectory(t), OWNER);
    const blocked = (now: number) => exitBlocker(store, hash("01"), now)?.txId;
    assert.equal(blocked(0), undefined);
    store.recordPayment(payment(hash("aa"), [hash("01")], 100), []);
    assert.equal(blocked(99), hash("aa"));
    assert.equal(blocked(100), undefined);
    store.settlePayment(hash("aa"), "refused");
    assert.equal(blocked(99), hash("aa"));
    store.settlePayment(hash("aa"), "acknowledged");
    assert.equal(blocked(100), hash("aa"));
  });
});
