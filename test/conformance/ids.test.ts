import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { headerHash } from "../../protocol/block.ts";
import { depositOriginId, nextDepositHash } from "../../protocol/deposit.ts";
import { exitableAt, maximumBond, minimumBond, orderKey } from "../../protocol/exit.ts";
import { CHALLENGE_GAS, DEPOSIT_INDEX_BASE } from "../../protocol/generated/constants.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { outputIdOf } from "../../protocol/output.ts";
import { decodePosition, depositPosition, encodePosition } from "../../protocol/position.ts";
import { domainSeparator } from "../../protocol/typedData.ts";
import { depositArb, hashArb, headerArb, outputArb, positionArb, timeArb, uintArb } from "../support/arbitraries.ts";
import { createTestEvm, type EvmContract } from "../support/evm.ts";

const OWNER = "0x00000000000000000000000000000000000000aa";
const evm = createTestEvm();
const harness = await evm.deploy("test/contracts/harness/ProtocolHarness.sol", "ProtocolHarness");
const rootChain = await evm.deploy("contracts/RootChain.sol", "RootChain", [OWNER, 3_600n, OWNER]);

async function answer(contract: EvmContract, functionName: string, args: readonly unknown[]): Promise<unknown> {
  const outcome = await contract.call(functionName, args);
  assert.ok("value" in outcome, `${functionName} succeeds`);
  return outcome.value;
}

test("both have the same limits (R6)", async () => {
  assert.deepEqual(await answer(harness, "limits", []), [
    BigInt(LIMITS.maxInputs),
    BigInt(LIMITS.maxOutputs),
    BigInt(LIMITS.maxSignatures),
    BigInt(LIMITS.maxTransactionBytes),
    BigInt(LIMITS.maxBlockTransactions),
    BigInt(DEPOSIT_INDEX_BASE),
  ]);
});

test("both pack and unpack positions alike (I7)", async () => {
  await fc.assert(
    fc.asyncProperty(positionArb, async (position) => {
      const { block, txIndex, outputIndex } = decodePosition(position);
      assert.equal(await answer(harness, "position", [block, txIndex, outputIndex]), position);
      assert.equal(encodePosition({ block, txIndex, outputIndex }), position);
      const parts = await answer(harness, "positionParts", [position]);
      assert.deepEqual(parts, [block, txIndex, outputIndex]);
    }),
  );
});

test("both make the same ids of outputs and deposits (R1, R4)", async () => {
  await fc.assert(
    fc.asyncProperty(hashArb, fc.nat(255), outputArb, depositArb, async (hash, index, output, deposit) => {
      assert.equal(await answer(harness, "outputId", [hash, index, output]), outputIdOf(hash, index, output));
      const place = [deposit.index, deposit.block] as const;
      const origin = depositOriginId(...place);
      assert.equal(await answer(harness, "depositOrigin", place), origin);
      assert.equal(await answer(harness, "positionOfDeposit", place), depositPosition(...place));
      assert.equal(await answer(harness, "chainDeposit", [hash, origin]), nextDepositHash(hash, origin));
    }),
  );
});

test("both hash headers alike (R3)", async () => {
  await fc.assert(
    fc.asyncProperty(headerArb, async (header) => {
      assert.equal(await answer(harness, "headerHash", [header]), headerHash(header));
    }),
  );
});

test("both have the same EIP-712 domain", async () => {
  const domain = { chainId: evm.chainId, contract: rootChain.address };
  assert.equal(await answer(rootChain, "domainSeparator", []), domainSeparator(domain));
});

test("both name the same exit time (R12)", async () => {
  const time = fc.integer({ min: 0, max: 2 ** 38 });
  await fc.assert(
    fc.asyncProperty(
      time,
      time,
      fc.integer({ min: 1, max: 365 * 24 * 3600 }),
      async (blockTimestamp, startedAt, minExitPeriod) => {
        const ofOutput = await answer(harness, "exitableAt", [
          BigInt(blockTimestamp),
          BigInt(startedAt),
          BigInt(minExitPeriod),
        ]);
        assert.equal(ofOutput, exitableAt({ blockTimestamp, startedAt, minExitPeriod }));
        const ofDeposit = await answer(harness, "depositExitableAt", [BigInt(startedAt), BigInt(minExitPeriod)]);
        assert.equal(ofDeposit, exitableAt({ startedAt, minExitPeriod }));
      },
    ),
    { numRuns: 500 },
  );
});

test("both order exits alike (R25)", async () => {
  await fc.assert(
    fc.asyncProperty(uintArb(96), timeArb, positionArb, async (bond, time, position) => {
      assert.equal(await answer(harness, "orderKey", [bond, time, position]), orderKey(time, position));
    }),
  );
});

test("both price the bond alike (R27)", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(uintArb(40), fc.bigInt({ min: 4_999_999_990n, max: 5_000_000_010n })),
      async (baseFee) => {
        const minimum = minimumBond(CHALLENGE_GAS, baseFee);
        assert.equal(await answer(rootChain, "minimumBond", [baseFee]), minimum);
        assert.equal(maximumBond(CHALLENGE_GAS, baseFee), 4n * minimum);
      },
    ),
  );
});
