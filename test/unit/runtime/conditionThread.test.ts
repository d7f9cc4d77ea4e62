import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromHex } from "../../../protocol/bytes.ts";
import { createConditionThread } from "../../../runtime/conditionThread.ts";
import { assemble } from "../../support/assembler.ts";

const ECHO = assemble("PUSH0 CALLDATALOAD PUSH0 MSTORE PUSH1 32 PUSH0 RETURN");
const ENDLESS = assemble("JUMPDEST PUSH0 JUMP");
const wordOf = (value: number) => fromHex(`0x${value.toString(16).padStart(64, "0")}`);

describe("the thread that runs conditions", () => {
  it("answers each question, and ends when it has answered all", async () => {
    const thread = createConditionThread();
    const answers = [1, 2, 3].map((value) => thread.run(ECHO, wordOf(value), 1_000));
    const stopped = thread.stop();
    assert.deepEqual(
      (await Promise.all(answers)).map(({ success, returned }) => [success, returned[31]]),
      [
        [true, 1],
        [true, 2],
        [true, 3],
      ],
    );
    await stopped;
  });

  it("leaves the others their turn while code runs", async (test) => {
    const thread = createConditionThread();
    test.after(() => thread.stop());
    await thread.run(ECHO, wordOf(1), 1_000);
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    const { success, gas } = await thread.run(ENDLESS, new Uint8Array(), 5_000_000);
    clearInterval(timer);
    assert.deepEqual([success, gas], [false, 5_000_000]);
    assert.ok(turns >= 5, `${turns}`);
  });

  it("fails what it was given when it ends by itself, and starts again", async (test) => {
    const thread = createConditionThread();
    test.after(() => thread.stop());
    await assert.rejects(thread.run(ECHO, wordOf(1), Number.NaN), { code: "CONDITION_UNAVAILABLE" });
    assert.equal((await thread.run(ECHO, wordOf(7), 1_000)).returned[31], 7);
  });

  it("is not started where nothing is asked", async () => {
    await createConditionThread().stop();
  });
});
