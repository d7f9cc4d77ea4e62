import { createRequire } from "node:module";
import { createKeccak } from "hash-wasm";
import secp256k1 from "secp256k1";
import type { Address } from "viem";
import type { Crypto, Keccak256 } from "../protocol/hashing.ts";

/** Which code recovers signers: libsecp256k1, or the package's own JavaScript fallback, about 30 times slower. */
export type SignatureLibrary = "secp256k1-native" | "secp256k1-javascript";

export interface NativeCrypto extends Crypto {
  readonly signatureLibrary: SignatureLibrary;
}

/** Half of the group order: a signature with a larger s is the malleated twin of another one. */
const HALF_ORDER = Buffer.from("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0", "hex");

/**
 * The services' Crypto: Keccak as WebAssembly, signer recovery by libsecp256k1.
 * One per thread: the hasher holds state during a call, and every call runs to its end at once.
 */
export async function createNativeCrypto(): Promise<NativeCrypto> {
  const hasher = await createKeccak(256);
  const keccak256: Keccak256 = (data) => hasher.init().update(data).digest("binary");

  const signature = new Uint8Array(64);
  const publicKey = new Uint8Array(65);
  const recoverSigner = (digest: Uint8Array, compact: Uint8Array): Address | undefined => {
    if (compact.length !== 64) return undefined;
    signature.set(compact);
    const yParity = (compact[32] as number) >> 7;
    signature[32] = (compact[32] as number) & 0x7f;
    if (Buffer.compare(signature.subarray(32), HALF_ORDER) > 0) return undefined;
    try {
      secp256k1.ecdsaRecover(signature, yParity, digest, false, publicKey);
    } catch {
      return undefined;
    }
    const address = Buffer.from(keccak256(publicKey.subarray(1)).buffer, 12, 20).toString("hex");
    return address === "0".repeat(40) ? undefined : `0x${address}`;
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
