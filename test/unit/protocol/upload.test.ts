import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeBlock } from "../../../protocol/block.ts";
import {
  decodeUpload,
  decodeUploadAnswers,
  encodeUploadAnswers,
  MAX_UPLOAD_TRANSACTIONS,
  type UploadAnswer,
} from "../../../protocol/upload.ts";

const transactions = (count: number) => Array.from({ length: count }, (_, index) => Uint8Array.of(1, index));

describe("binary upload", () => {
  it("carries transactions as a block does, up to its own limit", () => {
    for (const count of [0, 1, MAX_UPLOAD_TRANSACTIONS]) {
      assert.deepEqual(decodeUpload(encodeBlock(transactions(count))), transactions(count));
    }
    const tooMany = encodeBlock(transactions(MAX_UPLOAD_TRANSACTIONS + 1));
    assert.throws(() => decodeUpload(tooMany), { code: "UPLOAD_TOO_LARGE" });
    assert.throws(() => decodeUpload(new Uint8Array(4)), { code: "BLOCK_ENTRY_SIZE" });
    assert.throws(() => decodeUpload(encodeBlock(transactions(2)).subarray(0, -1)), { code: "BLOCK_TRUNCATED" });
  });

  it("answers with a place or a code for each, in order", () => {
    const answers: UploadAnswer[] = [
      { blockNumber: 2n ** 64n - 1n, txIndex: 2 ** 20 - 1 },
      { code: "TX_INPUT_SPENT" },
      { blockNumber: 1n, txIndex: 0 },
      { code: "FEE_TOO_LOW" },
    ];
    assert.deepEqual(decodeUploadAnswers(encodeUploadAnswers(answers), answers.length), answers);
  });

  it("is no answer to another number of transactions, and none with an unknown code", () => {
    const bytes = encodeUploadAnswers([{ code: "TX_INPUT_SPENT" }]);
    assert.equal(decodeUploadAnswers(bytes, 2), undefined);
    assert.equal(decodeUploadAnswers(bytes.subarray(1), 1), undefined);
    assert.equal(decodeUploadAnswers(Uint8Array.of(0xff, ...bytes.subarray(1)), 1), undefined);
  });
});
