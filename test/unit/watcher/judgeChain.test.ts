import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { GENESIS } from "../../../protocol/block.ts";
import { badFrom, type ChainCase, judgeChain, judgeDeadlines, withheldBlocks } from "../../../watcher/judgeChain.ts";
import type { PlannedMove } from "../../../watcher/moves.ts";

const PERIOD = 8_000;
const ROOT = `0x${"11".repeat(32)}` as const;

const GOOD: ChainCase = {
  now: 100_000,
  minExitPeriod: PERIOD,
  fault: undefined,
  faultCommittedAt: undefined,
  missing: [],
  changedRoots: [],
  newest: { ...GENESIS, number: 9n, timestamp: 99_000, sealedAt: 98_900 },
  uncommittedSince: undefined,
};

const fault = (code: string) => ({ number: 7n, root: ROOT, txIndex: 3, code, message: "" });
const missing = (number: bigint, committedAt: number, missedSince = committedAt) => ({
  number,
  root: ROOT,
  committedAt,
  missedSince,
});
const codes = (changes: Partial<ChainCase>) => judgeChain({ ...GOOD, ...changes }).map(({ code }) => code);

test("a chain without a fault gives no finding", () => {
  assert.deepEqual([judgeChain(GOOD), badFrom(GOOD)], [[], undefined]);
});

describe("a fault", () => {
  const rules: [rule: string, event: string][] = [
    ["TX_OVERSPEND", "INVALID_BLOCK"],
    ["WITNESS_SIGNER_ORDER", "INVALID_BLOCK"],
    ["FEE_CLAIM_TOO_HIGH", "WRONG_FEE_CLAIM"],
    ["FEE_CLAIM_NOT_LAST", "WRONG_FEE_CLAIM"],
    ["BLOCK_TX_COUNT_MISMATCH", "WRONG_COUNT_OR_PARENT"],
    ["BLOCK_SEALED_AT_DECREASED", "WRONG_COUNT_OR_PARENT"],
  ];
  for (const [rule, event] of rules) {
    test(`${rule} is told as ${event}, until an exit period after the commit`, () => {
      const [finding] = judgeChain({ ...GOOD, fault: fault(rule), faultCommittedAt: 99_500 });
      assert.deepEqual(
        [finding?.code, finding?.subject, finding?.deadline, finding?.details.rule, finding?.details.txIndex],
        [event, "block 7", 99_500 + PERIOD, rule, 3],
      );
    });
  }
});

describe("a block that nobody shows", () => {
  const at = (now: number, missedSince = 90_000) => ({ ...GOOD, now, missing: [missing(5n, 90_000, missedSince)] });

  test("counts as withheld an eighth of the exit period after its commit (R24), not before", () => {
    assert.deepEqual(withheldBlocks(at(90_000 + PERIOD / 8 - 1)), []);
    assert.deepEqual(
      withheldBlocks(at(90_000 + PERIOD / 8)).map(({ number }) => number),
      [5n],
    );
    const [finding] = judgeChain(at(90_000 + PERIOD / 8));
    assert.deepEqual([finding?.code, finding?.deadline], ["WITHHELD_BLOCK", 90_000 + PERIOD]);
  });

  test("of the past is asked for first, since one request may fail", () => {
    assert.deepEqual(withheldBlocks(at(100_000, 100_000)), []);
    assert.equal(withheldBlocks(at(100_000 + PERIOD / 64, 100_000)).length, 1);
  });
});

test("everything is bad from the oldest block that is invalid or withheld", () => {
  assert.equal(badFrom({ ...GOOD, fault: fault("TX_OVERSPEND") }), 7n);
  assert.equal(badFrom({ ...GOOD, fault: fault("TX_OVERSPEND"), missing: [missing(5n, 1)] }), 5n);
  assert.equal(badFrom({ ...GOOD, fault: fault("TX_OVERSPEND"), missing: [missing(5n, GOOD.now)] }), 7n);
});

test("a number with two roots is told, and nothing counts as bad for it", () => {
  const changed = { ...GOOD, changedRoots: [{ number: 4n, roots: [ROOT, GENESIS.root] }] };
  assert.deepEqual([codes(changed), badFrom(changed)], [["CHANGED_ROOT"], undefined]);
});

describe("commits are stalled", () => {
  const newest = { ...GENESIS, number: 9n, timestamp: 99_000 };
  test("when the newest block reached L1 more than an eighth of the exit period after its seal (R3)", () => {
    assert.deepEqual(codes({ newest: { ...newest, sealedAt: 99_000 - PERIOD / 8 } }), []);
    assert.deepEqual(codes({ newest: { ...newest, sealedAt: 99_000 - PERIOD / 8 - 1 } }), ["COMMITS_STALLED"]);
  });
  test("when the operator shows a block as old as that which L1 does not have", () => {
    assert.deepEqual(codes({ uncommittedSince: GOOD.now - PERIOD / 8 }), []);
    assert.deepEqual(codes({ uncommittedSince: GOOD.now - PERIOD / 8 - 1 }), ["COMMITS_STALLED"]);
  });
});

test("a defence that is due within an eighth of the exit period is told apart, other moves are not", () => {
  const plan = (kind: "challengeExit" | "startExit", deadline: number | undefined) =>
    ({ key: "", subject: "exit d0", deadline, move: { kind } }) as PlannedMove;
  const told = (...plans: PlannedMove[]) => judgeDeadlines(plans, GOOD.now, PERIOD).map(({ subject }) => subject);
  assert.deepEqual(told(plan("challengeExit", GOOD.now + PERIOD / 8)), []);
  assert.deepEqual(told(plan("challengeExit", GOOD.now + PERIOD / 8 - 1)), ["challengeExit exit d0"]);
  assert.deepEqual(told(plan("startExit", GOOD.now), plan("challengeExit", undefined)), []);
});
