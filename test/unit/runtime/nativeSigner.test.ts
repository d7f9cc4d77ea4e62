import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { privateKeyToAccount } from "viem/accounts";
import { toHex } from "../../../protocol/bytes.ts";
import { createNativeSigner } from "../../../runtime/nativeSigner.ts";

const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((array) => toHex(array));
const keys = fc.bigInt(1n, 2n ** 255n).map((key) => `0x${key.toString(16).padStart(64, "0")}` as const);

test("signs as a viem account does, to the byte", async () => {
  await fc.assert(
    fc.asyncProperty(keys, bytes, async (key, hash) => {
      assert.equal(await createNativeSigner(key).sign({ hash }), await privateKeyToAccount(key).sign({ hash }));
    }),
  );
});
