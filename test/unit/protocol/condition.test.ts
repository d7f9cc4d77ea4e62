import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { encodeAbiParameters, encodeFunctionData, getContractAddress, type Hex, keccak256 } from "viem";
import { createReader, toHex } from "../../../protocol/bytes.ts";
import {
  conditionAddress,
  conditionHash,
  encodeCheck,
  encodeReveals,
  type Reveal,
  readReveals,
} from "../../../protocol/condition.ts";
import { conditionAbi } from "../../../protocol/generated/conditions.ts";
import { addressArb, outputArb, revealsArb } from "../../support/arbitraries.ts";
import { expectCode } from "../../support/expectCode.ts";

const shortArb = fc.uint8Array({ maxLength: 1_024, size: "max" });
describe("a condition", () => {
  test("has the hash of its ABI encoding", () => {
    fc.assert(
      fc.property(addressArb, shortArb, (condition, params) => {
        const encoded = encodeAbiParameters([{ type: "address" }, { type: "bytes" }], [condition, toHex(params)]);
        assert.equal(conditionHash(condition, params), keccak256(encoded));
      }),
    );
  });

  test("has an address that follows from its code", () => {
    fc.assert(
      fc.property(addressArb, fc.uint8Array({ minLength: 1, maxLength: 300 }), (registry, code) => {
        const length = code.length.toString(16).padStart(4, "0");
        const bytecode: Hex = `0x61${length}80600a5f395ff3${toHex(code).slice(2)}`;
        const expected = getContractAddress({ opcode: "CREATE2", from: registry, salt: "0x00", bytecode });
        assert.equal(conditionAddress(registry, code), expected.toLowerCase());
      }),
    );
  });

  test("is asked with canonical ABI calldata", () => {
    const bytesArb = fc.uint8Array({ maxLength: 1_024, size: "max" });
    fc.assert(
      fc.property(
        fc.record({
          body: bytesArb,
          inputIndex: fc.nat(7),
          output: outputArb,
          signers: fc.array(addressArb, { maxLength: 16 }),
          params: bytesArb,
          args: bytesArb,
        }),
        (check) => {
          const { body, inputIndex, output, signers, params, args } = check;
          const expected = encodeFunctionData({
            abi: conditionAbi,
            functionName: "check",
            args: [toHex(body), BigInt(inputIndex), output, signers, toHex(params), toHex(args)],
          });
          assert.equal(toHex(encodeCheck(check)), expected);
        },
      ),
    );
  });
});

describe("reveals", () => {
  const reveal: Reveal = {
    inputIndex: 3,
    condition: "0x00000000000000000000000000000000000000aa",
    params: Uint8Array.of(1, 2),
    args: Uint8Array.of(3),
  };

  test("have the form that is written down", () => {
    const bytes = encodeReveals([reveal]);
    assert.equal(toHex(bytes), "0x010300000000000000000000000000000000000000aa00020102000103");
  });

  test("round-trip, and leave what follows to the reader", () => {
    fc.assert(
      fc.property(revealsArb(), fc.uint8Array({ maxLength: 3 }), (reveals, rest) => {
        const bytes = Uint8Array.from([...encodeReveals(reveals), ...rest]);
        const reader = createReader(bytes, "WITNESS_TRUNCATED");
        assert.deepEqual(readReveals(reader), reveals);
        assert.equal(reader.remaining(), rest.length);
      }),
    );
  });

  test("are refused where they are cut off", () => {
    const bytes = encodeReveals([reveal, { ...reveal, inputIndex: 4 }]);
    for (let length = 0; length < bytes.length; length++) {
      expectCode("WITNESS_TRUNCATED", () => readReveals(createReader(bytes.subarray(0, length), "WITNESS_TRUNCATED")));
    }
  });

  test("are in the order of the inputs, each once", () => {
    for (const second of [3, 2, 0]) {
      expectCode("WITNESS_REVEAL_ORDER", () => encodeReveals([reveal, { ...reveal, inputIndex: second }]));
      const bytes = encodeReveals([reveal, { ...reveal, inputIndex: 4 }]);
      bytes[1 + 28] = second;
      expectCode("WITNESS_REVEAL_ORDER", () => readReveals(createReader(bytes, "WITNESS_TRUNCATED")));
    }
  });

  test("have at most 1,024 bytes of params and of args", () => {
    for (const field of ["params", "args"] as const) {
      const long = { ...reveal, [field]: new Uint8Array(1_024) };
      const bytes = encodeReveals([long]);
      assert.deepEqual(readReveals(createReader(bytes, "WITNESS_TRUNCATED")), [long]);
      expectCode("WITNESS_REVEAL_TOO_LONG", () => encodeReveals([{ ...reveal, [field]: new Uint8Array(1_025) }]));
      const more = Uint8Array.from([...bytes, 0]);
      more[field === "params" ? 23 : 27] = 1; // 1,025 is 0x0401
      expectCode("WITNESS_REVEAL_TOO_LONG", () => readReveals(createReader(more, "WITNESS_TRUNCATED")));
    }
  });
});
