import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  blockOf,
  decodePosition,
  depositIndexOf,
  depositPosition,
  encodePosition,
  formatPosition,
  isDepositPosition,
  parsePosition,
} from "../../../protocol/position.ts";
import { positionArb, uintArb } from "../../support/arbitraries.ts";
import { badBigints, badNumbers } from "../../support/badValues.ts";
import { expectCode } from "../../support/expectCode.ts";

test("positions are block << 40 | txIndex << 8 | outputIndex", () => {
  assert.equal(encodePosition({ block: 12n, txIndex: 5, outputIndex: 3 }), (12n << 40n) | (5n << 8n) | 3n);
  assert.equal(depositPosition(7, 12n), (12n << 40n) | ((2n ** 31n + 7n) << 8n));
  fc.assert(
    fc.property(positionArb, (position) => {
      assert.equal(encodePosition(decodePosition(position)), position);
      assert.equal(blockOf(position), position >> 40n);
    }),
  );
});

test("deposits sort after their block and before the next", () => {
  fc.assert(
    fc.property(
      fc.nat(2 ** 31 - 1),
      uintArb(63),
      fc.nat(2 ** 20 - 1),
      fc.nat(255),
      (k, block, txIndex, outputIndex) => {
        const deposit = depositPosition(k, block);
        assert.ok(encodePosition({ block, txIndex, outputIndex }) < deposit);
        assert.ok(deposit < encodePosition({ block: block + 1n, txIndex: 0, outputIndex: 0 }));
        assert.ok(isDepositPosition(deposit));
        assert.equal(depositIndexOf(deposit), k);
      },
    ),
  );
  expectCode("POSITION_INVALID", () =>
    depositIndexOf(encodePosition({ block: 1n, txIndex: 2 ** 31 - 1, outputIndex: 0 })),
  );
});

test("people write 12:5:0 and d3, or the number", () => {
  fc.assert(
    fc.property(positionArb, (position) => {
      const text = formatPosition(position);
      if (!text.startsWith("d")) assert.equal(parsePosition(text), position);
      assert.equal(parsePosition(position.toString()), position);
      assert.equal(parsePosition(`0x${position.toString(16)}`), position);
    }),
  );
  assert.equal(formatPosition(encodePosition({ block: 12n, txIndex: 5, outputIndex: 0 })), "12:5:0");
  assert.equal(formatPosition(depositPosition(3, 9n)), "d3");
  assert.equal(formatPosition(depositPosition(3, 9n) + 1n), "9:2147483651:1");
});

test("what is no position is refused", () => {
  const bad = [
    "",
    "d3",
    "1:2",
    "1:2:3:4",
    "1:2:256",
    "1:4294967296:0",
    `${2n ** 64n}:0:0`,
    "-1",
    "1.5",
    "1e3",
    "0x",
    "0xg",
  ];
  for (const text of [...bad, `${2n ** 104n}`, `0x1${"0".repeat(26)}`, " 1", "1 ", "1:-2:3", "１"]) {
    expectCode("POSITION_INVALID", () => parsePosition(text));
  }
  for (const value of badBigints(104)) expectCode("POSITION_INVALID", () => decodePosition(value as bigint));
  for (const value of badBigints(64)) {
    expectCode("POSITION_INVALID", () => encodePosition({ block: value as bigint, txIndex: 0, outputIndex: 0 }));
  }
  for (const value of badNumbers(32)) {
    expectCode("POSITION_INVALID", () => encodePosition({ block: 0n, txIndex: value as number, outputIndex: 0 }));
  }
  for (const value of badNumbers(8)) {
    expectCode("POSITION_INVALID", () => encodePosition({ block: 0n, txIndex: 0, outputIndex: value as number }));
  }
  for (const value of badNumbers(31)) expectCode("POSITION_INVALID", () => depositPosition(value as number, 0n));
});
