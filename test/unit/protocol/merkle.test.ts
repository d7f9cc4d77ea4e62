import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { concat, type Hex, keccak256 } from "viem";
import { fromHex, toHex } from "../../../protocol/bytes.ts";
import { ZERO_HASH } from "../../../protocol/hashing.ts";
import { depthOf, leafHash, merkleTree, prunedTree, SUBTREE_LEAVES, verifyPath } from "../../../protocol/merkle.ts";
import { hashArb } from "../../support/arbitraries.ts";
import { badNumbers } from "../../support/badValues.ts";
import { expectCode } from "../../support/expectCode.ts";

const leavesArb = (min: number, max: number) =>
  fc.uniqueArray(hashArb, { minLength: min, maxLength: max }).map((leaves) => leaves.map((leaf) => fromHex(leaf)));

/** The definition, word by word: pad to a power of two with zero words, hash upwards. */
function referenceRoot(leaves: readonly Uint8Array[]): Hex {
  if (leaves.length === 0) return ZERO_HASH;
  const width = 2 ** Math.ceil(Math.log2(leaves.length));
  let level = Array.from({ length: width }, (_, index): Hex => {
    const leaf = leaves[index];
    return leaf === undefined ? ZERO_HASH : toHex(leaf);
  });
  while (level.length > 1) {
    level = Array.from({ length: level.length / 2 }, (_, index) =>
      keccak256(concat(["0x01", level[2 * index] as Hex, level[2 * index + 1] as Hex])),
    );
  }
  return level[0] as Hex;
}

test("a leaf is keccak256(0x00 | txId | witness hash)", () => {
  fc.assert(
    fc.property(hashArb, hashArb, (txId, witnessHash) => {
      assert.equal(toHex(leafHash(txId, witnessHash)), keccak256(concat(["0x00", txId, witnessHash])));
    }),
  );
});

test("roots are those of the definition, for every count up to 70", () => {
  const [leaves] = fc.sample(leavesArb(70, 70), { numRuns: 1, seed: 4 });
  assert.ok(leaves);
  for (let count = 0; count <= leaves.length; count++) {
    assert.equal(merkleTree(leaves.slice(0, count)).root, referenceRoot(leaves.slice(0, count)), `${count} leaves`);
  }
});

test("depth is ceil(log2(count)), and 0 for one or none", () => {
  for (const [count, depth] of [
    [0, 0],
    [1, 0],
    [2, 1],
    [3, 2],
    [4, 2],
    [5, 3],
    [2 ** 20 - 1, 20],
    [2 ** 20, 20],
    [2 ** 20 + 1, 21],
  ]) {
    assert.equal(depthOf(count as number), depth);
  }
});

test("every leaf has a path that verifies, and at its own index only (I6)", () => {
  fc.assert(
    fc.property(leavesArb(1, 40), (leaves) => {
      const count = leaves.length;
      const { root, path } = merkleTree(leaves);
      for (const [index, leaf] of leaves.entries()) {
        const siblings = path(index);
        assert.equal(siblings.length, depthOf(count));
        for (let other = 0; other <= 2 * 2 ** depthOf(count); other++) {
          assert.equal(verifyPath(leaf, other, siblings, root, count), other === index, `leaf ${index} at ${other}`);
        }
      }
    }),
    { numRuns: 20 },
  );
});

test("a flip of any byte of leaf, sibling or root is refused", () => {
  const flip = (bytes: Uint8Array, at: number): Uint8Array =>
    bytes.map((byte, index) => (index === at ? byte ^ 0x10 : byte));
  fc.assert(
    fc.property(leavesArb(2, 40), fc.nat(), (leaves, seed) => {
      const index = seed % leaves.length;
      const { root, path } = merkleTree(leaves);
      const leaf = leaves[index] as Uint8Array;
      const siblings = path(index);
      for (let at = 0; at < 32; at++) {
        assert.ok(!verifyPath(flip(leaf, at), index, siblings, root, leaves.length));
        assert.ok(!verifyPath(leaf, index, siblings, toHex(flip(fromHex(root), at)), leaves.length));
        for (const level of siblings.keys()) {
          const changed = siblings.map((sibling, other) =>
            other === level ? toHex(flip(fromHex(sibling), at)) : sibling,
          );
          assert.ok(!verifyPath(leaf, index, changed, root, leaves.length));
        }
      }
    }),
    { numRuns: 10 },
  );
});

test("a pruned tree has the root and the paths of the whole one", () => {
  const [leaves] = fc.sample(leavesArb(1_100, 1_100), { numRuns: 1, seed: 6 });
  assert.ok(leaves);
  for (const count of [1, 2, 255, 256, 257, 511, 512, 513, 1_000, 1_100]) {
    const all = leaves.slice(0, count);
    const leavesFrom = (from: number) => all.slice(from, from + SUBTREE_LEAVES);
    const whole = merkleTree(all);
    const pruned = prunedTree(count, whole.subtreeRoots, leavesFrom);
    assert.equal(pruned.root, whole.root, `${count} leaves`);
    for (const index of new Set([0, 1, 100, 254, 255, 256, 300, 511, 512, 999, count - 1])) {
      if (index < count) assert.deepEqual(pruned.path(index), whole.path(index), `leaf ${index} of ${count}`);
      else expectCode("MERKLE_INDEX_OUT_OF_RANGE", () => pruned.path(index));
    }
    for (const index of [count, ...badNumbers(32)]) {
      expectCode("MERKLE_INDEX_OUT_OF_RANGE", () => pruned.path(index as number));
    }
  }
});

test("a path of another depth is refused, and so is a node shown as a leaf", () => {
  const [leaves] = fc.sample(leavesArb(5, 5), { numRuns: 1, seed: 5 });
  assert.ok(leaves);
  const { root, path } = merkleTree(leaves);
  const leaf = leaves[4] as Uint8Array;
  const siblings = path(4);
  assert.ok(verifyPath(leaf, 4, siblings, root, 5));
  assert.ok(!verifyPath(leaf, 4, siblings.slice(1), root, 5));
  assert.ok(!verifyPath(leaf, 4, [...siblings, ZERO_HASH], root, 5));
  for (const count of [0, 1, 2, 4, 9, 16]) assert.ok(!verifyPath(leaf, 4, siblings, root, count), `count ${count}`);
  const inner = leafHash(toHex(leaves[0] as Uint8Array), toHex(leaves[1] as Uint8Array));
  for (const count of [3, 4])
    assert.ok(!verifyPath(inner, 0, path(0).slice(1), root, count), "children shown as a leaf");
  assert.ok(!verifyPath(new Uint8Array(32), 5, path(4), root, 5), "padding is no entry");
  expectCode("HEX_INVALID", () => verifyPath(leaf, 4, ["0x00", ...siblings.slice(1)], root, 5));
});

test("a tree has no path for an index that it has not", () => {
  const { path } = merkleTree([new Uint8Array(32), new Uint8Array(32), new Uint8Array(32)]);
  for (const index of [3, 4, ...badNumbers(32)]) expectCode("MERKLE_INDEX_OUT_OF_RANGE", () => path(index as number));
  expectCode("MERKLE_INDEX_OUT_OF_RANGE", () => merkleTree([]).path(0));
});
