import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  competitorDeadline,
  exitableAt,
  maximumBond,
  minimumBond,
  orderKey,
  spendDeadline,
} from "../../../protocol/exit.ts";
import { positionArb } from "../../support/arbitraries.ts";

const WEEK = 7 * 24 * 3600;
const GWEI = 10n ** 9n;

test("exit times of a week's period (R12)", () => {
  const now = 2_000_000_000;
  const hour = (time: number): number => Math.ceil(time / 3600) * 3600;
  assert.equal(exitableAt({ startedAt: now, minExitPeriod: WEEK }), hour(now + WEEK));
  assert.equal(exitableAt({ startedAt: now, minExitPeriod: WEEK, blockTimestamp: now }), hour(now + 2 * WEEK));
  assert.equal(exitableAt({ startedAt: now, minExitPeriod: WEEK, blockTimestamp: now - WEEK - 1 }), hour(now + WEEK));
  assert.equal(exitableAt({ startedAt: 0, minExitPeriod: 3600 }), 3612, "a step of 21 seconds does not divide 3600");
  assert.equal(exitableAt({ startedAt: 7, minExitPeriod: 60 }), 67, "a step is at least a second");
});

test("exit times are late enough, by less than a step, and never decrease with time (R12)", () => {
  const timeArb = fc.integer({ min: 1, max: 2 ** 38 });
  fc.assert(
    fc.property(
      timeArb,
      fc.integer({ min: 1, max: 365 * 24 * 3600 }),
      timeArb,
      (startedAt, minExitPeriod, blockTimestamp) => {
        const step = Math.max(1, Math.floor(minExitPeriod / 168));
        for (const deposit of [true, false]) {
          const block = deposit ? {} : { blockTimestamp };
          const time = exitableAt({ startedAt, minExitPeriod, ...block });
          const least = Math.max(startedAt + minExitPeriod, deposit ? 0 : blockTimestamp + 2 * minExitPeriod);
          assert.ok(time >= least && time < least + step && time % step === 0);
          assert.ok(exitableAt({ startedAt: startedAt + 1, minExitPeriod, ...block }) >= time);
        }
      },
    ),
  );
});

test("order is by time, then by age (R25)", () => {
  const timeArb = fc.integer({ min: 0, max: 2 ** 40 - 1 });
  fc.assert(
    fc.property(timeArb, timeArb, positionArb, positionArb, (timeA, timeB, positionA, positionB) => {
      const before = timeA < timeB || (timeA === timeB && positionA < positionB);
      assert.equal(orderKey(timeA, positionA) < orderKey(timeB, positionB), before);
      assert.ok(orderKey(timeA, positionA) < 1n << 144n);
    }),
  );
});

test("bonds follow the base fee from 20 gwei per gas upwards (R27)", () => {
  assert.equal(minimumBond(400_000n, 0n), 400_000n * 20n * GWEI);
  assert.equal(minimumBond(400_000n, 5n * GWEI), 400_000n * 20n * GWEI);
  assert.equal(minimumBond(400_000n, 5n * GWEI + 1n), 400_000n * (20n * GWEI + 4n));
  assert.equal(minimumBond(400_000n, 100n * GWEI), 400_000n * 400n * GWEI);
  assert.equal(maximumBond(400_000n, 100n * GWEI), 400_000n * 1600n * GWEI);
});

test("a spend is late from three quarters of the period on, to the second (R2)", () => {
  assert.equal(spendDeadline(1000, 100), 1075);
  assert.equal(spendDeadline(1000, 101), 1076, "75.75 seconds have passed at the 76th");
  assert.equal(spendDeadline(1000, 1), 1001);
});

test("a competitor is late from a quarter of the period on, to the second (R2)", () => {
  assert.equal(competitorDeadline(1000, 100), 1025);
  assert.equal(competitorDeadline(1000, 101), 1026, "25.25 seconds have passed at the 26th");
  assert.equal(competitorDeadline(1000, 1), 1001);
});
