import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLongReads } from "../../../runtime/longReads.ts";

const READ_MS = 5;

function block(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

describe("long reads", () => {
  it("are done one at a time, in order, whether those before them succeed or not", async () => {
    const longRead = createLongReads();
    const done: string[] = [];
    const first = longRead(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      done.push("first");
      return 1;
    });
    const second = longRead(() => {
      done.push("second");
      throw new RangeError("no such page");
    });
    const third = longRead(() => done.push("third"));
    await assert.rejects(second, RangeError);
    assert.deepEqual([await first, await third], [1, 3]);
    assert.deepEqual(done, ["first", "second", "third"]);
  });

  it("leave the thread to everything else between any two", async () => {
    const longRead = createLongReads();
    let reads = 0;
    let readsBefore: number | undefined;
    const all = Array.from({ length: 10 }, () =>
      longRead(() => {
        block(READ_MS);
        reads += 1;
      }),
    );
    setImmediate(() => {
      readsBefore = reads;
    });
    await Promise.all(all);
    assert.equal(readsBefore, 1);
  });
});
