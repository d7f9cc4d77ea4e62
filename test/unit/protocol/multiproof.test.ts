import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { toHex } from "../../../protocol/bytes.ts";
import { portableCrypto } from "../../../protocol/hashing.ts";
import { merkleTree } from "../../../protocol/merkle.ts";
import { mergePaths, verifyMergedPaths } from "../../../protocol/multiproof.ts";

const leafAt = (index: number): Uint8Array => portableCrypto.keccak256(Uint8Array.of(index >> 8, index & 255));

/** A tree and some of its leaves, ascending. */
const chosen = fc.integer({ min: 1, max: 70 }).chain((txCount) =>
  fc.record({
    txCount: fc.constant(txCount),
    indexes: fc
      .uniqueArray(fc.nat(txCount - 1), { minLength: 1, maxLength: txCount })
      .map((indexes) => indexes.sort((a, b) => a - b)),
    pick: fc.nat(),
  }),
);

function prove(txCount: number, indexes: readonly number[]) {
  const tree = merkleTree(Array.from({ length: txCount }, (_, index) => leafAt(index)));
  return {
    block: { root: tree.root, txCount },
    leaves: indexes.map((index) => ({ index, leaf: leafAt(index) })),
    siblings: mergePaths(indexes.map((index) => ({ index, path: tree.path(index) }))),
    tree,
  };
}

test("any leaves of any tree lead to its root, and no others do", () => {
  fc.assert(
    fc.property(chosen, ({ txCount, indexes, pick }) => {
      const { block, leaves, siblings } = prove(txCount, indexes);
      assert.ok(verifyMergedPaths(leaves, siblings, block));
      const at = pick % leaves.length;
      const changed = leaves.with(at, { index: indexes[at] as number, leaf: leafAt(999) });
      assert.ok(!verifyMergedPaths(changed, siblings, block), "another leaf");
      assert.ok(!verifyMergedPaths(leaves, [...siblings, block.root], block), "a sibling more");
      assert.ok(!verifyMergedPaths(leaves, siblings, { ...block, txCount: 2 * txCount + 1 }), "another depth");
      assert.ok(!verifyMergedPaths([...leaves, { index: txCount, leaf: leafAt(0) }], siblings, block), "no entry");
      assert.ok(!verifyMergedPaths([], siblings, block), "no leaf at all");
      if (siblings.length === 0) return;
      const another = siblings.with(pick % siblings.length, toHex(leafAt(999)));
      assert.ok(!verifyMergedPaths(leaves, another, block), "another sibling");
      assert.ok(!verifyMergedPaths(leaves, siblings.slice(1), block), "a sibling less");
    }),
  );
});

test("the siblings of one leaf are its Merkle path, and those of all leaves are none but padding", () => {
  const one = prove(13, [5]);
  assert.deepEqual(one.siblings, one.tree.path(5));
  const all = Array.from({ length: 16 }, (_, index) => index);
  assert.deepEqual(prove(16, all).siblings, []);
  assert.equal(prove(13, all.slice(0, 13)).siblings.length, 2);
});

test("siblings are the same in whatever order the paths are given", () => {
  const { tree, siblings } = prove(13, [2, 5, 11]);
  assert.deepEqual(mergePaths([11, 2, 5].map((index) => ({ index, path: tree.path(index) }))), siblings);
});
