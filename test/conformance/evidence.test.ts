import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodePreimages, encodeHeader, encodePreimages } from "../../protocol/evidence.ts";
import { outputIdOf } from "../../protocol/output.ts";
import { hashArb, headerArb, outputArb } from "../support/arbitraries.ts";
import { createTestEvm } from "../support/evm.ts";
import { lowercase } from "./agreement.ts";

const evm = createTestEvm();
const harness = await evm.deploy("test/contracts/harness/ProtocolHarness.sol", "ProtocolHarness");

/** What the contract reads, hex in lowercase. */
async function read(functionName: string, shown: string): Promise<unknown> {
  const outcome = await harness.call(functionName, [shown]);
  assert.ok("value" in outcome, "the contract read it");
  return lowercase(outcome.value);
}

test("the contract reads the header that was packed", async () => {
  await fc.assert(
    fc.asyncProperty(headerArb, async (header) => {
      assert.deepEqual(await read("readHeader", encodeHeader(header)), header);
    }),
    { numRuns: 100 },
  );
});

test("preimages are packed and read alike, here and in the contract, and have the same ids (R1)", async () => {
  const preimageArb = fc.record({ originId: hashArb, outputIndex: fc.nat({ max: 255 }), output: outputArb });
  await fc.assert(
    fc.asyncProperty(fc.array(preimageArb, { maxLength: 8 }), async (preimages) => {
      const packed = encodePreimages(preimages);
      const outputs = preimages.map(({ output }) => output);
      const ids = preimages.map(({ originId, outputIndex, output }) => outputIdOf(originId, outputIndex, output));
      assert.deepEqual(
        decodePreimages(packed),
        preimages.map((preimage) => structuredClone(preimage)),
      );
      assert.deepEqual(await read("readPreimages", packed), [outputs, ids]);
    }),
    { numRuns: 100 },
  );
});
