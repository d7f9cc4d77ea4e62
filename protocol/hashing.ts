import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import type { Address } from "viem";
import { toHex } from "./bytes.ts";

/** Keccak-256 of some bytes, as 32 fresh bytes. */
export type Keccak256 = (data: Uint8Array) => Uint8Array;

/**
 * The address that signed a 32-byte digest, from a 64-byte EIP-2098 signature. Undefined where there is none: r or s
 * zero or too large, high s, not a point of the curve, or the zero address.
 */
export type RecoverSigner = (digest: Uint8Array, compactSignature: Uint8Array) => Address | undefined;

/** The two primitives that all rules rest on. Services inject native ones; every implementation gives the same answers. */
export interface Crypto {
  readonly keccak256: Keccak256;
  readonly recoverSigner: RecoverSigner;
}

/** 32 zero bytes as hex: no block, no condition, no memo. */
export const ZERO_HASH = "0x0000000000000000000000000000000000000000000000000000000000000000";

/** The zero address: ETH as a token, nobody as an owner. */
export const ZERO_ADDRESS = "0x0000000000000000000000000000000000000000";

/** Half the order of secp256k1: the largest s that is not malleable (EIP-2). */
const MAX_LOW_S = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

/** Pure JavaScript: runs anywhere, about 1,000 recoveries a second. */
export const portableCrypto: Crypto = {
  keccak256: (data) => keccak_256(data),
  recoverSigner(digest, compactSignature) {
    const split = splitCompactSignature(compactSignature);
    if (split === undefined) return undefined;
    const recoverable = new Uint8Array(65);
    recoverable[0] = split.recovery;
    recoverable.set(split.rs, 1);
    try {
      const compressed = secp256k1.recoverPublicKey(recoverable, digest, { prehash: false });
      return publicKeyToAddress(secp256k1.Point.fromBytes(compressed).toBytes(false), portableCrypto.keccak256);
    } catch {
      return undefined; // noble throws where r or s names no point: not a signature
    }
  },
};

/**
 * Splits an EIP-2098 signature into r ‖ s without the parity bit and the recovery bit. Undefined when the length is
 * wrong or s is high, so that no signature has a second form. For implementations of RecoverSigner.
 */
export function splitCompactSignature(
  compactSignature: Uint8Array,
): { readonly rs: Uint8Array; readonly recovery: 0 | 1 } | undefined {
  if (compactSignature.length !== 64) return undefined;
  const rs = new Uint8Array(compactSignature); // a copy, also of a Buffer, whose slice() is none
  const recovery = (rs[32] as number) >> 7 === 1 ? 1 : 0;
  rs[32] = (rs[32] as number) & 0x7f;
  const view = new DataView(rs.buffer);
  const high = (view.getBigUint64(32) << 64n) | view.getBigUint64(40);
  const s = (high << 128n) | (view.getBigUint64(48) << 64n) | view.getBigUint64(56);
  return s > MAX_LOW_S ? undefined : { rs, recovery };
}

/** Address of a 65-byte uncompressed public key; undefined for the zero address, which signs for nobody. */
export function publicKeyToAddress(publicKey: Uint8Array, keccak: Keccak256): Address | undefined {
  const address = toHex(keccak(publicKey.subarray(1)), 12, 32);
  return address === ZERO_ADDRESS ? undefined : address;
}
