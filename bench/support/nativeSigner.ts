import secp256k1 from "secp256k1";
import { bytesToHex, type Hex, hexToBytes } from "viem";
import { portableCrypto, publicKeyToAddress } from "../../protocol/hashing.ts";
import type { Signer } from "../../protocol/signature.ts";

/** Signs digests with libsecp256k1, about ten times as fast as in JavaScript. */
export function createNativeSigner(privateKey: Hex): Signer {
  const key = hexToBytes(privateKey);
  return {
    address: addressOf(secp256k1.publicKeyCreate(key, false)),
    async sign({ hash }) {
      const { signature, recid } = secp256k1.ecdsaSign(hexToBytes(hash), key);
      return bytesToHex(Uint8Array.of(...signature, 27 + recid));
    },
  };
}

function addressOf(publicKey: Uint8Array): Hex {
  const address = publicKeyToAddress(publicKey, portableCrypto.keccak256);
  if (address === undefined) throw new RangeError("the zero address has no key");
  return address;
}
