import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeAbiParameters, keccak256, parseAbiParameters } from "viem";
import { GENESIS, headerHash } from "../../../protocol/block.ts";
import { depositOriginId, depositOutput, depositOutputId, nextDepositHash } from "../../../protocol/deposit.ts";
import { ZERO_HASH } from "../../../protocol/hashing.ts";
import { outputIdOf } from "../../../protocol/output.ts";
import { depositArb, hashArb, headerArb, outputArb } from "../../support/arbitraries.ts";
import { badBigints, badHex, badNumbers } from "../../support/badValues.ts";
import { expectCode } from "../../support/expectCode.ts";

test("output ids are keccak256 of the ABI encoding (R1)", () => {
  const parameters = parseAbiParameters("bytes32, uint256, address, address, uint256, bytes32");
  fc.assert(
    fc.property(hashArb, fc.nat(255), outputArb, (originId, index, output) => {
      const { owner, token, amount, condition } = output;
      const expected = keccak256(
        encodeAbiParameters(parameters, [originId, BigInt(index), owner, token, amount, condition]),
      );
      assert.equal(outputIdOf(originId, index, output), expected);
    }),
  );
});

test("deposit ids and the chain of deposits are keccak256 of the ABI encoding (R1, R4)", () => {
  fc.assert(
    fc.property(depositArb, hashArb, (deposit, previous) => {
      const { index, block } = deposit;
      const origin = encodeAbiParameters(parseAbiParameters("string, uint256, uint256"), [
        "plasma.deposit",
        BigInt(index),
        block,
      ]);
      assert.equal(depositOriginId(index, block), keccak256(origin));
      const outputId = depositOutputId(deposit);
      assert.equal(outputId, outputIdOf(keccak256(origin), 0, depositOutput(deposit)));
      const link = encodeAbiParameters(parseAbiParameters("bytes32, bytes32"), [previous, outputId]);
      assert.equal(nextDepositHash(previous, outputId), keccak256(link));
    }),
  );
});

test("block hashes are keccak256 of the ABI encoding (R3)", () => {
  const parameters = parseAbiParameters("uint64, bytes32, bytes32, uint32, uint40, uint40, uint32, bytes32");
  fc.assert(
    fc.property(headerArb, (header) => {
      const { number, parentHash, root, txCount, timestamp, sealedAt, depositCount, depositHash } = header;
      const encoded = encodeAbiParameters(parameters, [
        number,
        parentHash,
        root,
        txCount,
        timestamp,
        sealedAt,
        depositCount,
        depositHash,
      ]);
      assert.equal(headerHash(header), keccak256(encoded));
    }),
  );
});

test("block 0 has hash zero and no fields (R3)", () => {
  assert.equal(headerHash(GENESIS), ZERO_HASH);
  fc.assert(
    fc.property(headerArb, (header) => {
      expectCode("BLOCK_GENESIS_FIELDS", () => headerHash({ ...header, number: 0n }));
    }),
  );
});

test("no id is made of a value that does not fit its field", () => {
  const output = {
    owner: `0x${"11".repeat(20)}`,
    token: `0x${"22".repeat(20)}`,
    amount: 1n,
    condition: ZERO_HASH,
  } as const;
  for (const amount of badBigints(128)) {
    expectCode("UINT_OUT_OF_RANGE", () => outputIdOf(ZERO_HASH, 0, { ...output, amount: amount as bigint }));
  }
  for (const index of badNumbers(8))
    expectCode("UINT_OUT_OF_RANGE", () => outputIdOf(ZERO_HASH, index as number, output));
  for (const owner of badHex(20))
    expectCode("HEX_INVALID", () => outputIdOf(ZERO_HASH, 0, { ...output, owner: owner as "0x" }));
  for (const condition of badHex(32)) {
    expectCode("HEX_INVALID", () => outputIdOf(ZERO_HASH, 0, { ...output, condition: condition as "0x" }));
  }
  for (const number of badBigints(64)) {
    expectCode("UINT_OUT_OF_RANGE", () => headerHash({ ...GENESIS, number: number as bigint }));
  }
  for (const field of ["txCount", "depositCount"] as const) {
    for (const value of badNumbers(32)) {
      expectCode("UINT_OUT_OF_RANGE", () => headerHash({ ...GENESIS, [field]: value as number }));
    }
  }
  for (const field of ["timestamp", "sealedAt"] as const) {
    for (const value of badNumbers(40)) {
      expectCode("UINT_OUT_OF_RANGE", () => headerHash({ ...GENESIS, [field]: value as number }));
    }
  }
});
