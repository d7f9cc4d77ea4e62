import type { Hex } from "viem";
import { copyBytes, fromHex, toHex } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";
import { type Keccak256, portableCrypto, ZERO_HASH } from "./hashing.ts";

/** The Merkle tree of a block's entries: padded with zero leaves to a power of two, so paths have exactly its depth. */
export interface MerkleTree {
  readonly root: Hex;
  /** Roots of its subtrees of 256 leaves; none where the tree is no larger than one. */
  readonly subtreeRoots: readonly Uint8Array[];
  /**
   * The siblings from leaf `index` up to the root.
   * @throws MERKLE_INDEX_OUT_OF_RANGE
   */
  path(index: number): readonly Hex[];
}

/** Prefixes keep a leaf from being shown as a node, and a node as a leaf. */
const LEAF_PREFIX = 0x00;
const NODE_PREFIX = 0x01;
/** What pads a block to a power of two. */
const ZERO_LEAF = new Uint8Array(32);

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

/** The tree over the leaf hashes, in order; its root is zero without any. Holds twice the leaves; padding takes no room. */
export function merkleTree(leaves: readonly Uint8Array[], keccak: Keccak256 = portableCrypto.keccak256): MerkleTree {
  const { root, levels, siblings } = levelsOver(leaves, depthOf(leaves.length), ZERO_LEAF, keccak);
  return {
    root: leaves.length === 0 ? ZERO_HASH : toHex(root),
    subtreeRoots: countSubtrees(leaves.length) === 0 ? [] : (levels[SUBTREE_DEPTH] ?? []),
    path(index) {
      requireLeaf(index, leaves.length);
      return siblings(index).map((node) => toHex(node));
    },
  };
}

/** Leaves of one subtree of a pruned tree, a power of two. */
export const SUBTREE_LEAVES = 256;
const SUBTREE_DEPTH = depthOf(SUBTREE_LEAVES);

/** Subtrees of a tree that has more than one. */
export const countSubtrees = (txCount: number): number =>
  txCount > SUBTREE_LEAVES ? Math.ceil(txCount / SUBTREE_LEAVES) : 0;

/**
 * The tree over `txCount` leaves, of which only what is above its subtrees is held, and the subtree of the last path. Another path asks
 * `leavesFrom` for the leaves of its subtree, which begins at that index, and hashes them again.
 */
export function prunedTree(
  txCount: number,
  subtreeRoots: readonly Uint8Array[],
  leavesFrom: (index: number) => readonly Uint8Array[],
  keccak: Keccak256 = portableCrypto.keccak256,
): MerkleTree {
  if (countSubtrees(txCount) === 0) return merkleTree(leavesFrom(0), keccak);
  const emptySubtree = levelsOver([], SUBTREE_DEPTH, ZERO_LEAF, keccak).root;
  const above = levelsOver(subtreeRoots, depthOf(txCount) - SUBTREE_DEPTH, emptySubtree, keccak);
  let last: { readonly start: number; readonly subtree: Levels } | undefined;
  return {
    root: toHex(above.root),
    subtreeRoots,
    path(index) {
      requireLeaf(index, txCount);
      const within = index % SUBTREE_LEAVES;
      const start = index - within;
      if (last?.start !== start) {
        last = { start, subtree: levelsOver(leavesFrom(start), SUBTREE_DEPTH, ZERO_LEAF, keccak) };
      }
      const nodes = [...last.subtree.siblings(within), ...above.siblings(start / SUBTREE_LEAVES)];
      return nodes.map((node) => toHex(node));
    },
  };
}

interface Levels {
  readonly root: Uint8Array;
  /** From the nodes up to the root. */
  readonly levels: readonly (readonly Uint8Array[])[];
  /** Of a node at the lowest level, up to the root. */
  siblings(index: number): Uint8Array[];
}

/** Hashes nodes up to their root, `depth` levels above, in a tree that is padded with `pad`. */
function levelsOver(nodes: readonly Uint8Array[], depth: number, pad: Uint8Array, keccak: Keccak256): Levels {
  const padding: Uint8Array[] = [pad];
  const levels: (readonly Uint8Array[])[] = [nodes];
  const nodeAt = (level: number, index: number): Uint8Array => levels[level]?.[index] ?? (padding[level] as Uint8Array);

  for (let level = 0; level < depth; level++) {
    const count = levels[level]?.length ?? 0;
    const parents: Uint8Array[] = [];
    for (let index = 0; index < count; index += 2) {
      parents.push(nodeHash(nodeAt(level, index), nodeAt(level, index + 1), keccak));
    }
    levels.push(parents);
    const empty = padding[level] as Uint8Array;
    padding.push(nodeHash(empty, empty, keccak));
  }

  return {
    root: nodeAt(depth, 0),
    levels,
    // The sibling's index at each level is the own one with its last bit flipped.
    siblings: (index) => Array.from({ length: depth }, (_, level) => nodeAt(level, Math.floor(index / 2 ** level) ^ 1)),
  };
}

function requireLeaf(index: number, txCount: number): void {
  if (Number.isInteger(index) && index >= 0 && index < txCount) return;
  throw new ProtocolError("MERKLE_INDEX_OUT_OF_RANGE", `the tree has ${txCount} leaves, none at ${index}`, { index });
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
