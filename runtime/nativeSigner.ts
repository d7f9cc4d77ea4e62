import secp256k1 from "secp256k1";
import type { Hex } from "viem";
import { fromHex, toHex } from "../protocol/bytes.ts";
import type { Signer } from "../protocol/signature.ts";

/**
 * Signs digests by libsecp256k1, with deterministic nonces (RFC 6979): the same signatures as a viem account's, many times as fast. For whoever pays
 * thousands of times in a channel.
 */
export function createNativeSigner(privateKey: Hex): Pick<Signer, "sign"> {
  const key = fromHex(privateKey, 32);
  return {
    async sign({ hash }) {
      const { signature, recid } = secp256k1.ecdsaSign(fromHex(hash, 32), key);
      return toHex(Uint8Array.of(...signature, 27 + recid));
    },
  };
}
