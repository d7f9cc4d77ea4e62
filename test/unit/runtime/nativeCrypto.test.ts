import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "node:test";
import fc from "fast-check";
import { fromHex } from "../../../protocol/bytes.ts";
import { portableCrypto } from "../../../protocol/hashing.ts";
import { toCompactSignature } from "../../../protocol/signature.ts";
import { createNativeCrypto } from "../../../runtime/nativeCrypto.ts";
import { testAccount } from "../../support/accounts.ts";

const native = await createNativeCrypto();
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

describe("native crypto", () => {
  it("says when it has to do without the native library, and answers the same", () => {
    const script = `
      import { createNativeCrypto } from ${JSON.stringify(new URL("../../../runtime/nativeCrypto.ts", import.meta.url).href)};
      const { signatureLibrary, recoverSigner } = await createNativeCrypto();
      const signature = Uint8Array.from(Buffer.from(process.argv[1], "hex"));
      console.log(signatureLibrary, recoverSigner(new Uint8Array(32).fill(7), signature));
    `;
    // Any r that is the x of a point, and a low s, recover somebody.
    const signature = `${"1".padStart(64, "0")}${"2".padStart(64, "0")}`;
    const [library, signer] = execFileSync(
      process.execPath,
      ["--no-addons", "--input-type=module", "-e", script, signature],
      { encoding: "utf8" },
    )
      .trim()
      .split(" ");
    assert.equal(library, "secp256k1-javascript");
    assert.equal(signer, native.recoverSigner(new Uint8Array(32).fill(7), fromHex(`0x${signature}`)));
    assert.notEqual(signer, "undefined");
  });

  it("hashes as the portable one does, into bytes of its own", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (data) => {
        assert.deepEqual(native.keccak256(data), portableCrypto.keccak256(data));
      }),
    );
    const first = native.keccak256(new Uint8Array(1));
    const kept = first.slice();
    native.keccak256(new Uint8Array(2));
    assert.deepEqual(first, kept);
  });

  it("answers as the portable one does for arbitrary and for altered signatures", async () => {
    const digest = native.keccak256(new Uint8Array(3));
    const signature = toCompactSignature(
      await testAccount(1).sign({ hash: `0x${Buffer.from(digest).toString("hex")}` }),
    );
    assert.equal(native.recoverSigner(digest, signature), testAccount(1).address);
    const altered = fc.tuple(fc.nat(63), fc.nat(7)).map(([at, bit]) => {
      const copy = signature.slice();
      copy[at] = (copy[at] as number) ^ (1 << bit);
      return copy;
    });
    fc.assert(
      fc.property(bytes(32), fc.oneof(altered, bytes(64)), (other, compact) => {
        for (const hash of [digest, other]) {
          assert.equal(native.recoverSigner(hash, compact), portableCrypto.recoverSigner(hash, compact));
        }
      }),
      { numRuns: 200 },
    );
  });

  it("recovers nobody from malformed signatures", () => {
    const digest = new Uint8Array(32).fill(1);
    const order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
    const halfOrder = "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0";
    const one = "1".padStart(64, "0");
    const zero = "0".repeat(64);
    const aboveHalf = `${halfOrder.slice(0, -1)}1`;
    for (const signature of [zero + zero, one + zero, zero + one, order + one, one + aboveHalf, "00", ""]) {
      assert.equal(native.recoverSigner(digest, fromHex(`0x${signature}`)), undefined, signature);
    }
  });
});
