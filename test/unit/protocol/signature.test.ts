import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { keccak256, recoverAddress, stringToHex } from "viem";
import { fromHex, toHex } from "../../../protocol/bytes.ts";
import { portableCrypto } from "../../../protocol/hashing.ts";
import { recoverTransaction, signersOf, signTransaction, toCompactSignature } from "../../../protocol/signature.ts";
import { txIdOf } from "../../../protocol/typedData.ts";
import { testAccount, testAccounts } from "../../support/accounts.ts";
import { hashArb, join, transactionArb } from "../../support/arbitraries.ts";
import { codeOf, expectCode } from "../../support/expectCode.ts";
import { DOMAIN } from "../../support/ledger.ts";

/** Order of secp256k1. */
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const word = (value: bigint): Uint8Array => fromHex(`0x${value.toString(16).padStart(64, "0")}`);
const DIGEST = keccak256(stringToHex("a digest"));
const recover = (compact: Uint8Array): string | undefined => portableCrypto.recoverSigner(fromHex(DIGEST), compact);

test("signTransaction signs once for each account, sorted by signer (R6)", async () => {
  const [transaction] = fc.sample(transactionArb, { numRuns: 1, seed: 2 });
  assert.ok(transaction);
  const accounts = testAccounts(16);
  const signed = await signTransaction(transaction, DOMAIN, [...accounts.toReversed(), ...accounts]);
  const recovered = recoverTransaction(signed, DOMAIN);
  assert.deepEqual(
    recovered.signers,
    accounts.map(({ address }) => address),
  );
  assert.equal(recovered.txId, txIdOf(transaction, DOMAIN));
});

test("signTransaction refuses what no decoder would accept", async () => {
  const [transaction] = fc.sample(transactionArb, { numRuns: 1, seed: 3 });
  assert.ok(transaction);
  await assert.rejects(signTransaction({ ...transaction, inputs: [] }, DOMAIN, [testAccount(0)]), {
    code: "TX_INPUT_COUNT",
  });
});

test("recovery agrees with viem's", async () => {
  await fc.assert(
    fc.asyncProperty(hashArb, fc.nat(9), async (hash, index) => {
      const account = testAccount(index);
      const signature = await account.sign({ hash });
      const compact = toCompactSignature(signature);
      assert.equal(portableCrypto.recoverSigner(fromHex(hash), compact), account.address);
      assert.equal((await recoverAddress({ hash, signature })).toLowerCase(), account.address);
    }),
    { numRuns: 30 },
  );
});

test("recovery has no second form of a signature and never answers zero", async () => {
  const account = testAccount(0);
  const compact = toCompactSignature(await account.sign({ hash: DIGEST }));
  const r = BigInt(toHex(compact, 0, 32));
  const parity = BigInt((compact[32] as number) >> 7);
  const s = BigInt(toHex(compact, 32, 64)) & ((1n << 255n) - 1n);
  const form = (r_: bigint, s_: bigint, parity_: bigint): Uint8Array => join(word(r_), word((parity_ << 255n) | s_));
  assert.equal(recover(form(r, s, parity)), account.address);
  assert.notEqual(recover(form(r, s, 1n - parity)), account.address);
  // N - s signs too, but it is high: it overlaps the parity bit or exceeds N/2.
  assert.notEqual(recover(form(r, N - s, 1n - parity)), account.address);
  const half = N / 2n;
  assert.equal(recover(form(r, half + 1n, 0n)), undefined);
  for (const bad of [
    form(0n, s, 0n),
    form(r, 0n, 0n),
    form(N, s, 0n),
    form(N + 1n, s, 0n),
    form((1n << 256n) - 1n, s, 0n),
  ]) {
    assert.equal(recover(bad), undefined);
  }
  assert.equal(recover(form(5n, s, 0n)), undefined, "5 is not the x of a point");
  for (const length of [0, 63, 65]) assert.equal(recover(new Uint8Array(length)), undefined);
});

test("arbitrary bytes recover an address or nothing, and never throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), hashArb, (bytes, digest) => {
      const signer = portableCrypto.recoverSigner(fromHex(digest), bytes);
      assert.ok(signer === undefined || /^0x[0-9a-f]{40}$/.test(signer));
    }),
    { numRuns: 200 },
  );
});

test("65-byte signatures of every kind become compact, others are refused", async () => {
  const signature = fromHex(await testAccount(1).sign({ hash: DIGEST }));
  const v = signature[64] as number;
  const compact = toCompactSignature(signature);
  assert.deepEqual(toCompactSignature(toHex(signature)), compact);
  assert.deepEqual(toCompactSignature(join(signature.slice(0, 64), Uint8Array.of(v - 27))), compact);
  for (const bad of [2, 26, 29, 255]) {
    expectCode("WITNESS_SIGNATURE_INVALID", () => toCompactSignature(join(signature.slice(0, 64), Uint8Array.of(bad))));
  }
  for (const length of [0, 64, 66]) {
    expectCode("WITNESS_SIGNATURE_INVALID", () => toCompactSignature(join(signature, signature).slice(0, length)));
  }
  const s = BigInt(toHex(signature, 32, 64));
  expectCode("WITNESS_SIGNATURE_INVALID", () =>
    toCompactSignature(join(signature.slice(0, 32), word(N - s), Uint8Array.of(v))),
  );
  expectCode("WITNESS_SIGNATURE_INVALID", () =>
    toCompactSignature(join(signature.slice(0, 32), word(N / 2n + 1n), Uint8Array.of(v))),
  );
});

test("signers must ascend strictly (R6)", async () => {
  const accounts = testAccounts(3);
  const signatures = await Promise.all(
    accounts.map(async (account) => toCompactSignature(await account.sign({ hash: DIGEST }))),
  );
  const [first, second, third] = signatures as [Uint8Array, Uint8Array, Uint8Array];
  assert.deepEqual(
    signersOf(DIGEST, signatures),
    accounts.map(({ address }) => address),
  );
  assert.deepEqual(signersOf(DIGEST, []), []);
  for (const order of [
    [second, first],
    [first, third, second],
    [first, first],
    [third, first, second],
  ]) {
    expectCode("WITNESS_SIGNER_ORDER", () => signersOf(DIGEST, order));
  }
  expectCode("WITNESS_SIGNATURE_INVALID", () => signersOf(DIGEST, [first, new Uint8Array(64)]));
});

test("a flip of any byte of a signature loses its signer", async () => {
  const account = testAccount(0);
  const compact = toCompactSignature(await account.sign({ hash: DIGEST }));
  for (let at = 0; at < compact.length; at++) {
    const changed = compact.map((byte, index) => (index === at ? byte ^ 1 : byte));
    const code = codeOf(() => assert.notDeepEqual(signersOf(DIGEST, [changed]), [account.address]));
    assert.ok(code === undefined || code === "WITNESS_SIGNATURE_INVALID");
  }
});

test("a signature within a Buffer is recovered as any other, and stays as it is", async () => {
  for (let index = 0; index < 10; index++) {
    const account = testAccount(index);
    const full = fromHex(await account.sign({ hash: DIGEST }));
    const file = Buffer.concat([Buffer.alloc(100 + index), full]);
    const compact = toCompactSignature(file.subarray(100 + index));
    assert.deepEqual(compact, toCompactSignature(full));
    const stored = Buffer.concat([Buffer.alloc(100 + index), compact]);
    const before = Buffer.from(stored);
    assert.equal(recover(stored.subarray(100 + index)), account.address);
    assert.deepEqual(stored, before);
    assert.deepEqual(new Uint8Array(file.subarray(100 + index)), full);
  }
});
