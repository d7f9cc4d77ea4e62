import assert from "node:assert/strict";
import { truncateSync } from "node:fs";
import path from "node:path";
import { describe, it, type TestContext } from "node:test";
import fc from "fast-check";
import type { Hex } from "viem";
import { type FiledEntry, openBlockFile } from "../../../runtime/blockFile.ts";
import { createLedgerStore } from "../../../runtime/ledgerStore.ts";
import { openStore } from "../../../runtime/store.ts";
import { temporaryDirectory } from "../../support/temporaryDirectory.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const id = bytes(32).map((value): Hex => `0x${Buffer.from(value).toString("hex")}`);
const entry = fc.record({
  txId: id,
  leaf: bytes(32),
  outputIds: fc.array(id, { maxLength: 8 }),
  raw: fc.uint8Array({ minLength: 1, maxLength: 300 }),
});

const ZERO: Hex = `0x${"00".repeat(32)}`;
const small: FiledEntry = { txId: ZERO, leaf: new Uint8Array(32), outputIds: [], raw: new Uint8Array(8) };

const openFile = (test: TestContext) => path.join(temporaryDirectory(test), "blocks");

describe("file of blocks", () => {
  it("gives back the blocks that were written, whole and in parts", (test) => {
    const file = openBlockFile(openFile(test));
    test.after(() => file.close());
    fc.assert(
      fc.property(
        fc.array(fc.array(entry, { maxLength: 6 }), { minLength: 1, maxLength: 4 }),
        fc.nat(3),
        (blocks, from) => {
          const starts = [0];
          for (const block of blocks) starts.push(file.write(starts.at(-1) as number, block, []));
          assert.ok(file.size() >= (starts.at(-1) as number));
          for (const [number, block] of blocks.entries()) {
            const start = starts[number] as number;
            assert.deepEqual(
              file.leaves(start, block.length, 0, block.length),
              block.map(({ leaf }) => leaf),
            );
            const part = block.slice(from);
            const views = part.length === 0 ? [] : file.entries(start, from, part.length);
            for (const [index, { txId, outputIds, raw }] of part.entries()) {
              for (const view of [views[index], file.entry(start, from + index)]) {
                assert.equal(view?.txId(), txId);
                assert.deepEqual(view.raw, raw);
                for (const [at, outputId] of outputIds.entries()) {
                  assert.equal(view.outputId(at), outputId);
                  assert.equal(view.indexOfOutput(outputId), outputIds.indexOf(outputId));
                }
                assert.equal(view.indexOfOutput(`0x${"ab".repeat(32)}`), -1);
              }
            }
          }
        },
      ),
    );
  });

  it("writes a block that is longer than what it writes at once", (test) => {
    const file = openBlockFile(openFile(test));
    test.after(() => file.close());
    const raw = new Uint8Array(2 ** 20).fill(7);
    const end = file.write(0, [small, ...Array.from({ length: 9 }, () => ({ ...small, raw })), small], []);
    assert.ok(end > 9 * 2 ** 20);
    assert.deepEqual(file.entry(0, 9).raw, raw);
    assert.deepEqual(file.entry(0, 10).raw, small.raw);
  });

  it("says when it is shorter than it was", (test) => {
    const name = openFile(test);
    const file = openBlockFile(name);
    test.after(() => file.close());
    const end = file.write(0, [small, small], []);
    truncateSync(name, end - 1);
    assert.deepEqual(file.entry(0, 0).raw, small.raw);
    assert.throws(() => file.entry(0, 1), { code: "STORE_CORRUPT" });
  });

  it("must hold what the store has of it, and is written over where the store has not", (test) => {
    const name = path.join(temporaryDirectory(test), "store.sqlite");
    const identity = { kind: "operator", chainId: 1n, contract: `0x${"cc".repeat(20)}` } as const;
    const open = () => {
      const store = openStore(name, identity);
      test.after(() => store.close());
      return { store, ledger: createLedgerStore(store) };
    };
    const block = { number: 1n, root: ZERO, txCount: 1, sealedAt: 1, depositCount: 0, depositHash: ZERO };
    const entryWith = (raw: Uint8Array) => ({ ...small, raw, spent: [], created: [] });
    const { store, ledger } = open();
    const failing = () =>
      store.transaction(() => {
        ledger.addBlock(block, [entryWith(new Uint8Array(100).fill(1))], []);
        throw new RangeError("a failure of the test");
      });
    assert.throws(failing, RangeError);
    assert.equal(ledger.entry({ block: 1n, txIndex: 0 }), undefined);
    store.transaction(() => ledger.addBlock(block, [entryWith(new Uint8Array(50).fill(2))], []));
    for (const opened of [ledger, open().ledger]) {
      assert.deepEqual(opened.entry({ block: 1n, txIndex: 0 })?.raw, new Uint8Array(50).fill(2));
    }
    truncateSync(`${name}-blocks`, 60);
    assert.throws(() => open(), { code: "STORE_CORRUPT" });
  });
});
