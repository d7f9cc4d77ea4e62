import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeBlock, encodeBlock } from "../../../protocol/block.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { join, mutatedArb } from "../../support/arbitraries.ts";
import { codeOf, expectCode } from "../../support/expectCode.ts";

const entriesArb = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 20 });
const CODES = ["BLOCK_TRUNCATED", "BLOCK_ENTRY_SIZE"];

test("decode(encode(entries)) = entries", () => {
  fc.assert(
    fc.property(entriesArb, (entries) => {
      const bytes = encodeBlock(entries);
      assert.equal(
        bytes.length,
        entries.reduce((sum, entry) => sum + 4 + entry.length, 0),
      );
      assert.deepEqual(
        decodeBlock(bytes).map((entry) => entry.slice()),
        entries,
      );
    }),
  );
});

test("changed and arbitrary bytes are refused with a listed code, or are the only encoding of other entries", () => {
  fc.assert(
    fc.property(fc.oneof(mutatedArb(entriesArb.map(encodeBlock)), fc.uint8Array()), (bytes) => {
      const code = codeOf(() => assert.deepEqual(encodeBlock(decodeBlock(bytes)), bytes));
      assert.ok(code === undefined || CODES.includes(code), `unlisted code ${code}`);
    }),
    { numRuns: 1_000 },
  );
});

test("entries that are empty, too long or cut are refused", () => {
  const entry = new Uint8Array(LIMITS.maxTransactionBytes);
  assert.equal(decodeBlock(encodeBlock([entry])).length, 1);
  expectCode("BLOCK_ENTRY_SIZE", () => encodeBlock([new Uint8Array(0)]));
  expectCode("BLOCK_ENTRY_SIZE", () => encodeBlock([join(entry, Uint8Array.of(1))]));
  expectCode("BLOCK_ENTRY_SIZE", () => decodeBlock(Uint8Array.of(0, 0, 0, 0)));
  expectCode("BLOCK_ENTRY_SIZE", () => decodeBlock(Uint8Array.of(0, 0, 0x40, 1)));
  expectCode("BLOCK_TRUNCATED", () => decodeBlock(Uint8Array.of(0, 0, 0, 1)));
  expectCode("BLOCK_TRUNCATED", () => decodeBlock(Uint8Array.of(0, 0, 0)));
});

test("a block has at most 2^20 entries and 256 MiB (R6)", () => {
  const tooMany: Uint8Array[] = Array(LIMITS.maxBlockTransactions + 1).fill(Uint8Array.of(1));
  expectCode("BLOCK_TOO_MANY_TRANSACTIONS", () => encodeBlock(tooMany));
  const bytes = encodeBlock(tooMany.slice(1));
  assert.equal(decodeBlock(bytes).length, LIMITS.maxBlockTransactions);
  expectCode("BLOCK_TOO_MANY_TRANSACTIONS", () => decodeBlock(join256(bytes, Uint8Array.of(0, 0, 0, 1, 1))));
  const large = new Uint8Array(LIMITS.maxTransactionBytes);
  expectCode("BLOCK_TOO_LARGE", () => encodeBlock(Array(LIMITS.maxBlockBytes / large.length).fill(large)));
  expectCode("BLOCK_TOO_LARGE", () => decodeBlock(new Uint8Array(LIMITS.maxBlockBytes + 1)));
});

/** `join` for parts too large to spread. */
function join256(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
