import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bytesToHex, hexToBytes, numberToBytes } from "viem";
import { createReader, createWriter, fromHex, toHex } from "../../../protocol/bytes.ts";
import { badBigints, badHex, badNumbers } from "../../support/badValues.ts";
import { expectCode } from "../../support/expectCode.ts";

const WIDTHS = [1, 2, 4, 5, 6, 8, 13, 16, 20, 32];

test("hex round-trips and agrees with viem", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      assert.equal(toHex(bytes), bytesToHex(bytes));
      assert.deepEqual(fromHex(toHex(bytes)), hexToBytes(bytesToHex(bytes)));
    }),
  );
});

test("integers of every width are written big-endian and read back", () => {
  for (const width of WIDTHS) {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << BigInt(8 * width)) - 1n }), (value) => {
        const { bytes } = createWriter(3 + width)
          .skip(3)
          .uint(value, width, "value");
        assert.deepEqual(bytes.subarray(3), numberToBytes(value, { size: width }));
        const reader = createReader(bytes, "TX_TRUNCATED");
        reader.raw(3);
        assert.equal(reader.uint(width), value);
        assert.equal(reader.remaining(), 0);
        if (width <= 6) {
          assert.deepEqual(createWriter(width).number(Number(value), width, "value").bytes, bytes.slice(3));
          assert.equal(createReader(bytes.subarray(3), "TX_TRUNCATED").number(width), Number(value));
        }
      }),
    );
  }
});

test("no bad value is written, whatever the width", () => {
  for (const width of WIDTHS) {
    for (const value of badBigints(8 * width)) {
      expectCode("UINT_OUT_OF_RANGE", () => createWriter(width).uint(value as bigint, width, "value"));
    }
    for (const value of badHex(width)) {
      expectCode("HEX_INVALID", () => createWriter(width).hex(value as "0x", width, "value"));
    }
    if (width > 6) continue;
    for (const value of badNumbers(8 * width)) {
      expectCode("UINT_OUT_OF_RANGE", () => createWriter(width).number(value as number, width, "value"));
    }
  }
});

test("hex that is not whole lowercase bytes is refused", () => {
  for (const text of ["", "0", "0x0", "0xA0", "0x0g", "x00", "00", "0x00 "])
    expectCode("HEX_INVALID", () => fromHex(text));
});

test("a reader never reads beyond its bytes and says where it ended", () => {
  const reader = createReader(new Uint8Array(5), "WITNESS_TRUNCATED");
  reader.raw(3);
  expectCode("WITNESS_TRUNCATED", () => reader.uint(3));
  expectCode("WITNESS_TRUNCATED", () => reader.hex(3));
  expectCode("WITNESS_TRUNCATED", () => reader.number(3));
  expectCode("WITNESS_TRUNCATED", () => reader.raw(3));
  assert.equal(reader.offset(), 3);
  assert.equal(reader.number(2), 0);
});
