import assert from "node:assert/strict";
import path from "node:path";
import { describe, it, type TestContext } from "node:test";
import fc from "fast-check";
import { createRunIndex, type RunIndex } from "../../../runtime/runIndex.ts";
import { openStore, type Store } from "../../../runtime/store.ts";
import { temporaryDirectory } from "../../support/temporaryDirectory.ts";

const IDENTITY = { kind: "operator", chainId: 1n, contract: `0x${"cc".repeat(20)}` } as const;
const NAME = "pairs";
/** Keys at the ends of the range, and some that differ in their lowest or highest digits only. */
const KEYS = [0, 1, 2, 2 ** 11, 2 ** 32, 2 ** 32 + 1, 2 ** 48, 2 ** 53 - 1];

type Pair = readonly [key: number, value: number];

const openFile = (test: TestContext) => path.join(temporaryDirectory(test), "store.sqlite");

const sorted = (pairs: readonly Pair[]): Pair[] => {
  const unique = new Map(pairs.map((pair) => [pair.join(), pair]));
  return [...unique.values()].sort(([a, x], [b, y]) => a - b || x - y);
};

const contentOf = (index: RunIndex): Pair[] => {
  const pairs: Pair[] = [];
  index.visit((key, value) => pairs.push([key, value]));
  return sorted(pairs);
};

const countRows = (store: Store, table: string) => store.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.count;

function write(store: Store, index: RunIndex, pairs: readonly Pair[]): void {
  store.transaction(() => {
    for (const [key, value] of pairs) index.add(key, value);
    index.flush();
  });
}

const pair = fc.tuple(fc.constantFrom(...KEYS), fc.nat(40));
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ add: fc.array(pair, { maxLength: 12 }) }) },
  { weight: 1, arbitrary: fc.record({ removeFrom: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.constant({ reopen: true }) },
);

describe("run index", () => {
  it("finds what was added and not removed, through merges and restarts", (test) => {
    const directory = temporaryDirectory(test);
    let run = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 60 }), (steps) => {
        const file = path.join(directory, `${run++}.sqlite`);
        let store = openStore(file, IDENTITY);
        let index = createRunIndex(store, { name: NAME });
        const other = createRunIndex(store, { name: "other" });
        write(store, other, [[1, 99]]);
        let model: Pair[] = [];
        for (const taken of steps) {
          if ("add" in taken) {
            write(store, index, sorted(taken.add));
            model = sorted([...model, ...taken.add]);
          } else if ("removeFrom" in taken) {
            store.transaction(() => index.removeFrom(taken.removeFrom));
            model = model.filter(([, value]) => value < taken.removeFrom);
          } else {
            store.close();
            store = openStore(file, IDENTITY);
            index = createRunIndex(store, { name: NAME });
          }
          assert.deepEqual(contentOf(index), model);
          for (const key of KEYS) {
            const values = model.filter(([of]) => of === key).map(([, value]) => value);
            assert.deepEqual(index.above(key, -1), values);
            assert.deepEqual(index.above(key, 10, 3), values.filter((value) => value > 10).slice(0, 3));
            assert.deepEqual(
              index.below(key, 30, 3),
              values
                .filter((value) => value < 30)
                .reverse()
                .slice(0, 3),
            );
          }
        }
        assert.deepEqual(contentOf(createRunIndex(store, { name: "other" })), [[1, 99]]);
        store.close();
      }),
      { numRuns: 40 },
    );
  });

  it("merges long runs by and by, also when it is opened again half-way", (test) => {
    const file = openFile(test);
    let store = openStore(file, IDENTITY);
    let index = createRunIndex(store, { name: NAME });
    const runs = Array.from({ length: 8 }, (_, run) =>
      Array.from({ length: 5_000 }, (_, at): Pair => [at * 8 + ((at * 5 + run) % 8), run]),
    );
    for (const pairs of runs) write(store, index, pairs);
    const all = sorted(runs.flat());
    for (const reopened of [true, false]) {
      assert.ok((countRows(store, "runs") as number) > 8, "the merge has begun and not ended");
      assert.deepEqual(contentOf(index), all);
      if (!reopened) continue;
      store.close();
      store = openStore(file, IDENTITY);
      index = createRunIndex(store, { name: NAME });
      write(store, index, []);
    }
    for (let turn = 0; turn < 10; turn++) write(store, index, []);
    assert.equal(countRows(store, "runs"), 1);
    assert.equal(countRows(store, "run_pages"), Math.ceil(all.length / 252));
    assert.deepEqual(contentOf(index), all);
    for (const [key, value] of [all[0], all[251], all[252], all.at(-1)] as Pair[]) {
      assert.deepEqual(index.above(key, -1), [value]);
    }
    store.close();
  });

  it("finds a key whose values fill many pages, from anywhere, both ways", (test) => {
    const store = openStore(openFile(test), IDENTITY);
    test.after(() => store.close());
    const index = createRunIndex(store, { name: NAME });
    const values = Array.from({ length: 2_000 }, (_, at) => 3 * at);
    write(store, index, [[6, 1], ...values.map((value): Pair => [7, value]), [8, 1]]);
    assert.deepEqual(index.above(7, -1), values);
    for (const at of [0, 250, 251, 252, 253, 1_000, 1_999]) {
      const value = 3 * at;
      assert.deepEqual(index.above(7, value, 2), values.slice(at + 1, at + 3));
      assert.deepEqual(index.below(7, value, 2), values.slice(Math.max(0, at - 2), at).reverse());
    }
  });

  it("neither finds nor keeps what is not wanted any more", (test) => {
    const store = openStore(openFile(test), IDENTITY);
    test.after(() => store.close());
    const unwanted = new Set<number>();
    const index = createRunIndex(store, { name: NAME, isWanted: (value) => !unwanted.has(value) });
    for (let value = 0; value < 7; value++) write(store, index, [[1, value]]);
    unwanted.add(3);
    assert.deepEqual(index.above(1, -1), [0, 1, 2, 4, 5, 6]);
    assert.equal(contentOf(index).length, 7);
    write(store, index, [[1, 7]]);
    assert.deepEqual(
      contentOf(index).map(([, value]) => value),
      [0, 1, 2, 4, 5, 6, 7],
    );
  });

  it("is as it was when a transaction is taken back", (test) => {
    const store = openStore(openFile(test), IDENTITY);
    test.after(() => store.close());
    const index = createRunIndex(store, { name: NAME });
    for (let value = 0; value < 7; value++) write(store, index, [[1, value]]);
    const failing = () =>
      store.transaction(() => {
        index.add(1, 7);
        index.flush();
        index.add(1, 8);
        throw new RangeError("a failure of the test");
      });
    assert.throws(failing, RangeError);
    assert.deepEqual(index.above(1, -1), [0, 1, 2, 3, 4, 5, 6]);
    write(store, index, [[2, 9]]);
    assert.deepEqual(contentOf(index), [...[0, 1, 2, 3, 4, 5, 6].map((value): Pair => [1, value]), [2, 9]]);
  });
});
