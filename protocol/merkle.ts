import type { Hex } from "viem";
import { copyBytes, fromHex, toHex } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";
import { type Keccak256, portableCrypto, ZERO_HASH } from "./hashing.ts";

/** The Merkle tree of a block's entries: padded with zero leaves to a power of two, so paths have exactly its depth. */
export interface MerkleTree {
  readonly root: Hex;
  /**
   * The siblings from leaf `index` up to the root.
   * @throws MERKLE_INDEX_OUT_OF_RANGE
   */
  path(index: number): readonly Hex[];
}

/** Prefixes keep a leaf from being shown as a node, and a node as a leaf. */
const LEAF_PREFIX = 0x00;
const NODE_PREFIX = 0x01;

/** keccak256(0x00 ‖ txId ‖ keccak256(witness)). */
export function leafHash(txId: Hex, witnessHash: Hex, keccak: Keccak256 = portableCrypto.keccak256): Uint8Array {
  return hashLeaf(fromHex(txId, 32), fromHex(witnessHash, 32), keccak);
}

/** The same over bytes. */
export const hashLeaf = (txId: Uint8Array, witnessHash: Uint8Array, keccak: Keccak256): Uint8Array =>
  hashPair(LEAF_PREFIX, txId, witnessHash, keccak);

/** Levels between leaf and root: ceil(log2(txCount)), and 0 for one entry or none. */
export function depthOf(txCount: number): number {
  return txCount <= 1 ? 0 : 32 - Math.clz32(txCount - 1);
}

/** The root alone; zero for a block without entries. */
export function merkleRoot(leaves: readonly Uint8Array[], keccak: Keccak256 = portableCrypto.keccak256): Hex {
  return merkleTree(leaves, keccak).root;
}

/** The tree over the leaf hashes, in order. Holds twice the leaves; padding takes no room. */
export function merkleTree(leaves: readonly Uint8Array[], keccak: Keccak256 = portableCrypto.keccak256): MerkleTree {
  const depth = depthOf(leaves.length);
  const padding: Uint8Array[] = [new Uint8Array(32)];
  const levels: (readonly Uint8Array[])[] = [leaves];
  const nodeAt = (level: number, index: number): Uint8Array => levels[level]?.[index] ?? (padding[level] as Uint8Array);

  for (let level = 0; level < depth; level++) {
    const count = levels[level]?.length ?? 0;
    const parents: Uint8Array[] = [];
    for (let index = 0; index < count; index += 2) {
      parents.push(nodeHash(nodeAt(level, index), nodeAt(level, index + 1), keccak));
    }
    levels.push(parents);
    const pad = padding[level] as Uint8Array;
    padding.push(nodeHash(pad, pad, keccak));
  }

  return {
    root: leaves.length === 0 ? ZERO_HASH : toHex(nodeAt(depth, 0)),
    path(index) {
      if (!Number.isInteger(index) || index < 0 || index >= leaves.length) {
        throw new ProtocolError("MERKLE_INDEX_OUT_OF_RANGE", `the tree has ${leaves.length} leaves, none at ${index}`, {
          index,
        });
      }
      // The sibling's index at each level is the own one with its last bit flipped.
      return Array.from({ length: depth }, (_, level) => toHex(nodeAt(level, Math.floor(index / 2 ** level) ^ 1)));
    },
  };
}

/**
 * Whether `leaf` is the entry at `index` of a block with this root. The path must have exactly the depth that the count
 * implies and the index be below the count, so that no leaf has a second position.
 * @throws HEX_INVALID for a sibling that is not 32 bytes of lowercase hex
 */
export function verifyPath(
  leaf: Uint8Array,
  index: number,
  path: readonly Hex[],
  root: Hex,
  txCount: number,
  keccak: Keccak256 = portableCrypto.keccak256,
): boolean {
  if (!Number.isInteger(index) || index < 0 || index >= txCount || path.length !== depthOf(txCount)) return false;
  let node = leaf;
  let rest = index;
  for (const sibling of path) {
    const other = fromHex(sibling, 32);
    node = rest % 2 === 0 ? nodeHash(node, other, keccak) : nodeHash(other, node, keccak);
    rest = Math.floor(rest / 2);
  }
  return toHex(node) === root;
}

/** keccak256(0x01 ‖ left ‖ right). */
export const nodeHash = (left: Uint8Array, right: Uint8Array, keccak: Keccak256): Uint8Array =>
  hashPair(NODE_PREFIX, left, right, keccak);

const preimage = new Uint8Array(1 + 32 + 32);

function hashPair(prefix: number, left: Uint8Array, right: Uint8Array, keccak: Keccak256): Uint8Array {
  preimage[0] = prefix;
  copyBytes(preimage, 1, left, 0, 32);
  copyBytes(preimage, 33, right, 0, 32);
  return keccak(preimage);
}
