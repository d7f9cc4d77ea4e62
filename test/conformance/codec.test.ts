import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { concat, type Hex, keccak256 } from "viem";
import { toHex } from "../../protocol/bytes.ts";
import { decodeFeeClaim, encodeFeeClaim } from "../../protocol/feeClaim.ts";
import { signersOf, toCompactSignature } from "../../protocol/signature.ts";
import { decodeBody, encodeBody } from "../../protocol/transaction.ts";
import { domainSeparator, feeClaimIdOf, txIdOf } from "../../protocol/typedData.ts";
import { decodeWitness, encodeWitness } from "../../protocol/witness.ts";
import { testAccounts } from "../support/accounts.ts";
import { feeClaimArb, mutatedArb, signatureArb, transactionArb } from "../support/arbitraries.ts";
import { createTestEvm } from "../support/evm.ts";
import { DOMAIN } from "../support/ledger.ts";
import { assertAgreement, lowercase } from "./agreement.ts";

const evm = createTestEvm();
const harness = await evm.deploy("test/contracts/harness/ProtocolHarness.sol", "ProtocolHarness");
const idOf = (structHash: Hex): Hex => keccak256(concat(["0x1901", domainSeparator(DOMAIN), structHash]));
const flips = (bytes: Uint8Array): Uint8Array[] =>
  Array.from(bytes.keys(), (at) => bytes.map((byte, index) => (index === at ? byte ^ (1 << (at % 8)) : byte)));

const DIGEST = keccak256("0x1234");
const accounts = testAccounts(16);
const signatures = await Promise.all(
  accounts.map(async (account) => toCompactSignature(await account.sign({ hash: DIGEST }))),
);

/** Both implementations of one decoder: fields and id where they accept, the reason where they refuse. */
async function compare<T>(
  functionName: string,
  bytes: Uint8Array,
  decode: (bytes: Uint8Array) => T,
  id: (value: T) => Hex,
) {
  const outcome = await harness.call(functionName, [toHex(bytes)]);
  const decoded = assertAgreement(outcome, () => decode(bytes), toHex(bytes));
  if (decoded === undefined || !("value" in outcome)) return;
  const [fields, structHash] = outcome.value as [unknown, Hex];
  assert.deepEqual(lowercase(fields), decoded);
  assert.equal(idOf(structHash), id(decoded));
}

const compareBody = (bytes: Uint8Array) => compare("transaction", bytes, decodeBody, (value) => txIdOf(value, DOMAIN));
const compareClaim = (bytes: Uint8Array) =>
  compare("feeClaim", bytes, decodeFeeClaim, (value) => feeClaimIdOf(value, DOMAIN));

describe("both decoders of transactions", () => {
  const bodyArb = transactionArb.map(encodeBody);

  test("read the same fields and make the same id (I7)", async () => {
    await fc.assert(fc.asyncProperty(bodyArb, compareBody), { numRuns: 150 });
  });

  test("judge changed bytes alike", async () => {
    await fc.assert(fc.asyncProperty(mutatedArb(bodyArb), compareBody), { numRuns: 1_500 });
  });

  test("judge a flip of every byte alike", async () => {
    const shortArb = bodyArb.filter(({ length }) => length < 300);
    for (const body of fc.sample(shortArb, { numRuns: 4, seed: 11 })) {
      for (const bytes of flips(body)) await compareBody(bytes);
    }
  });

  test("judge arbitrary bytes alike", async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 150 }), compareBody), { numRuns: 500 });
  });
});

describe("both decoders of fee claims", () => {
  const claimArb = feeClaimArb.map(encodeFeeClaim);

  test("read the same fields and make the same id (I7)", async () => {
    await fc.assert(fc.asyncProperty(claimArb, compareClaim), { numRuns: 200 });
  });

  test("judge changed bytes, and a flip of every byte, alike", async () => {
    await fc.assert(fc.asyncProperty(mutatedArb(claimArb), compareClaim), { numRuns: 500 });
    for (const claim of fc.sample(claimArb, { numRuns: 3, seed: 12 }))
      for (const bytes of flips(claim)) await compareClaim(bytes);
  });
});

describe("both decoders of witnesses", () => {
  const compareWitness = async (bytes: Uint8Array, digest = DIGEST) => {
    const outcome = await harness.call("signers", [toHex(bytes), digest]);
    const signers = assertAgreement(outcome, () => signersOf(digest, decodeWitness(bytes).signatures), toHex(bytes));
    if (signers !== undefined) assert.deepEqual("value" in outcome && lowercase(outcome.value), signers);
  };
  const witnessArb = fc
    .subarray(signatures, { maxLength: 4 })
    .map((chosen) => encodeWitness({ signatures: chosen, reveals: [] }));
  const orderArb = fc
    .array(fc.constantFrom(...signatures), { maxLength: 3 })
    .map((chosen) => encodeWitness({ signatures: chosen, reveals: [] }));

  test("recover the same signers, up to sixteen (I7)", async () => {
    for (let count = 0; count <= 16; count++)
      await compareWitness(encodeWitness({ signatures: signatures.slice(0, count), reveals: [] }));
    await compareWitness(encodeWitness({ signatures, reveals: [] }), keccak256("0x5678"));
  });

  test("judge order, repetition and arbitrary signatures alike (R6)", async () => {
    await fc.assert(
      fc.asyncProperty(orderArb, (bytes) => compareWitness(bytes)),
      { numRuns: 100 },
    );
    const strangeArb = fc
      .array(signatureArb, { minLength: 1, maxLength: 2 })
      .map((chosen) => encodeWitness({ signatures: chosen, reveals: [] }));
    await fc.assert(
      fc.asyncProperty(strangeArb, (bytes) => compareWitness(bytes)),
      { numRuns: 300 },
    );
  });

  test("judge changed bytes, and a flip of every byte, alike", async () => {
    await fc.assert(
      fc.asyncProperty(mutatedArb(witnessArb), (bytes) => compareWitness(bytes)),
      { numRuns: 400 },
    );
    for (const bytes of flips(encodeWitness({ signatures: signatures.slice(0, 2), reveals: [] })))
      await compareWitness(bytes);
  });

  test("judge the edges of r and s alike", async () => {
    const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const PARITY = 1n << 255n;
    const edges = [
      0n,
      1n,
      5n,
      N / 2n,
      N / 2n + 1n,
      N - 1n,
      N,
      N + 1n,
      PARITY - 1n,
      PARITY,
      PARITY + 1n,
      PARITY + N / 2n,
      PARITY + N / 2n + 1n,
      (1n << 256n) - 1n,
    ];
    const word = (value: bigint): string => value.toString(16).padStart(64, "0");
    for (const r of edges) {
      for (const s of edges) await compareWitness(Uint8Array.from(Buffer.from(`01${word(r)}${word(s)}00`, "hex")));
    }
  });
});
