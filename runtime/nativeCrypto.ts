import { createRequire } from "node:module";
import { createKeccak } from "hash-wasm";
import secp256k1 from "secp256k1";
import {
  type Crypto,
  type Keccak256,
  publicKeyToAddress,
  type RecoverSigner,
  splitCompactSignature,
} from "../protocol/hashing.ts";

/** Which code recovers signers: libsecp256k1, or the package's own JavaScript fallback, about 30 times slower. */
export type SignatureLibrary = "secp256k1-native" | "secp256k1-javascript";

export interface NativeCrypto extends Crypto {
  readonly signatureLibrary: SignatureLibrary;
}

/**
 * The services' Crypto: Keccak as WebAssembly, signer recovery by libsecp256k1.
 * One per thread: the hasher holds state during a call, and every call runs to its end at once.
 */
export async function createNativeCrypto(): Promise<NativeCrypto> {
  const hasher = await createKeccak(256);
  const keccak256: Keccak256 = (data) => hasher.init().update(data).digest("binary");

  const publicKey = new Uint8Array(65);
  const recoverSigner: RecoverSigner = (digest, compactSignature) => {
    const split = splitCompactSignature(compactSignature);
    if (split === undefined) return undefined;
    try {
      secp256k1.ecdsaRecover(split.rs, split.recovery, digest, false, publicKey);
    } catch {
      return undefined; // r or s names no point: not a signature
    }
    return publicKeyToAddress(publicKey, keccak256);
  };

  return { keccak256, recoverSigner, signatureLibrary: signatureLibrary() };
}

/** The package swaps in its JavaScript silently when its binary does not load; asking for the binary alone tells. */
function signatureLibrary(): SignatureLibrary {
  try {
    createRequire(import.meta.url)("secp256k1/bindings");
    return "secp256k1-native";
  } catch {
    return "secp256k1-javascript";
  }
}
