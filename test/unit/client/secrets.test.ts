import assert from "node:assert/strict";
import { test } from "node:test";
import { createWalletClient, type Hex, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { createClient } from "../../../client/client.ts";
import { deriveSecret, secretIn } from "../../../client/secrets.ts";
import { toHex } from "../../../protocol/bytes.ts";
import { encodeSecret, hashOfSecret } from "../../../protocol/conditions/hashTimeLock.ts";
import { encodeWitness } from "../../../protocol/witness.ts";

const SECRET: Hex = `0x${"5e".repeat(32)}`;
const condition = `0x${"0c".repeat(20)}` as const;

const clientWith = (key: Hex) =>
  createClient({
    domain: { chainId: 1n, contract: condition },
    l1: {} as never,
    operatorUrl: "http://127.0.0.1:9",
    wallet: createWalletClient({ account: privateKeyToAccount(key), transport: http("http://127.0.0.1:9") }),
  });

test("a secret is made again of the same key and salt, and of no others", async () => {
  const salt: Hex = `0x${"01".repeat(32)}`;
  const make = (key: string, from = salt) => deriveSecret(clientWith(`0x${key.repeat(32)}`), from);
  const secret = await make("0a");
  assert.equal(await make("0a"), secret);
  assert.notEqual(await make("0b"), secret);
  assert.notEqual(await make("0a", `0x${"02".repeat(32)}`), secret);
  assert.equal(encodeSecret(secret).length, 32);
});

test("a secret is found in the witness that shows it, whatever else that shows", () => {
  const reveal = (inputIndex: number, args: Uint8Array) => ({ inputIndex, condition, params: new Uint8Array(3), args });
  const hash = hashOfSecret(SECRET);
  const witness = (...args: readonly Uint8Array[]) =>
    toHex(encodeWitness({ signatures: [], reveals: args.map((shown, index) => reveal(index, shown)) }));
  assert.equal(secretIn(witness(new Uint8Array(), encodeSecret(SECRET)), hash), SECRET);
  assert.equal(secretIn(witness(new Uint8Array(33).fill(0x5e)), hash), undefined);
  assert.equal(secretIn(witness(new Uint8Array(32)), hash), undefined);
  assert.equal(secretIn(witness(), hash), undefined);
});
