import type { Hex } from "viem";
import { fromHex, toHex } from "./bytes.ts";
import { type Keccak256, portableCrypto } from "./hashing.ts";
import { depthOf, nodeHash } from "./merkle.ts";

/**
 * The siblings that lead from several leaves of a block to its root, each once: level by level from the leaves up, from left
 * to right in each. What two leaves share or lead to themselves is left out, so that one leaf's are exactly its Merkle path.
 */
export function mergePaths(leaves: readonly { readonly index: number; readonly path: readonly Hex[] }[]): Hex[] {
  const siblings: Hex[] = [];
  const ascending = leaves.toSorted((a, b) => a.index - b.index);
  let known = new Map(ascending.map(({ index, path }) => [index, path]));
  const depth = ascending[0]?.path.length ?? 0;
  for (let level = 0; level < depth; level++) {
    const parents = new Map<number, readonly Hex[]>();
    for (const [index, path] of known) {
      const sibling = path[level];
      if (sibling !== undefined && !known.has(index ^ 1)) siblings.push(sibling);
      parents.set(Math.floor(index / 2), path);
    }
    known = parents;
  }
  return siblings;
}

/**
 * Whether these leaves, ascending by index, are the entries at their indexes of a block with this root. `siblings` must be
 * exactly those of `mergePaths`, and every index below the count, so that there is one proof for a set of leaves.
 * @throws HEX_INVALID for a sibling that is not 32 bytes of lowercase hex
 */
export function verifyMergedPaths(
  leaves: readonly { readonly index: number; readonly leaf: Uint8Array }[],
  siblings: readonly Hex[],
  { root, txCount }: { readonly root: Hex; readonly txCount: number },
  keccak: Keccak256 = portableCrypto.keccak256,
): boolean {
  if (leaves.some(({ index }, at) => index <= (leaves[at - 1]?.index ?? -1) || index >= txCount)) return false;
  let nodes = new Map(leaves.map(({ index, leaf }) => [index, leaf]));
  let used = 0;
  const nextSibling = (): Uint8Array | undefined => {
    const sibling = siblings[used++];
    return sibling === undefined ? undefined : fromHex(sibling, 32);
  };
  for (let level = 0; level < depthOf(txCount); level++) {
    const parents = new Map<number, Uint8Array>();
    for (const [index, node] of nodes) {
      const isRight = index % 2 === 1;
      if (isRight && nodes.has(index - 1)) continue; // hashed together with its left neighbour
      const sibling = nodes.get(index ^ 1) ?? nextSibling();
      if (sibling === undefined) return false;
      parents.set(Math.floor(index / 2), isRight ? nodeHash(sibling, node, keccak) : nodeHash(node, sibling, keccak));
    }
    nodes = parents;
  }
  const top = nodes.get(0);
  return used === siblings.length && top !== undefined && toHex(top) === root;
}
