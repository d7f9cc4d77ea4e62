import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { lastSafeStart, requireBefore, requireReached, requireSwapMargin } from "../../../client/deadlines.ts";
import { failureCode, rejectsWithCode } from "../../support/failureCode.ts";

const DAY = 86_400;

describe("deadlines", () => {
  test("an exit that starts before the last safe moment has all of phase 1 before the deadline", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 39 }), fc.integer({ min: 1, max: 365 * DAY }), (deadline, period) => {
        const latest = lastSafeStart(deadline, period) - 1;
        assert.ok(latest + Math.floor(period / 2) < deadline);
      }),
    );
  });

  test("are held to the second", async () => {
    const lock = { deadline: 10 * DAY, minExitPeriod: 2 * DAY };
    requireBefore("CLAIM_TOO_LATE", lock, 9 * DAY - 1);
    await rejectsWithCode("CLAIM_TOO_LATE", () => requireBefore("CLAIM_TOO_LATE", lock, 9 * DAY));
    await rejectsWithCode("LOCK_TOO_SHORT", () => requireBefore("LOCK_TOO_SHORT", lock, 11 * DAY));
    requireReached(100, 100);
    await rejectsWithCode("REFUND_TOO_EARLY", () => requireReached(100, 99));
  });

  test("a swap leaves two of the longer exit periods between its two locks", async () => {
    const code = (first: number, second: number, periods: readonly [number, number]) =>
      failureCode(() =>
        requireSwapMargin(
          { deadline: first, minExitPeriod: periods[0] },
          { deadline: second, minExitPeriod: periods[1] },
        ),
      );
    assert.equal(await code(10 * DAY, 6 * DAY, [2 * DAY, DAY]), undefined);
    assert.equal(await code(10 * DAY, 6 * DAY + 1, [2 * DAY, DAY]), "SWAP_MARGIN_TOO_SHORT");
    assert.equal(await code(10 * DAY, 6 * DAY + 1, [DAY, 2 * DAY]), "SWAP_MARGIN_TOO_SHORT");
    assert.equal(await code(10 * DAY, 8 * DAY, [DAY, DAY]), undefined);
  });
});
