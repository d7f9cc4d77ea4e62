import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createAdmission } from "../../../operator/admission.ts";
import { ApiError } from "../../../runtime/apiError.ts";

function refusalOf(enter: () => unknown): Readonly<Record<string, unknown>> {
  try {
    enter();
  } catch (error) {
    assert.ok(error instanceof ApiError);
    assert.equal(error.code, "OVERLOADED");
    return error.details;
  }
  assert.fail("it was taken in");
}

describe("admission", () => {
  const options = { maxWaitingTransactions: 10_000, maxWaitMs: 1_000 };

  it("takes in what comes while nothing waits, however much it is", () => {
    const admission = createAdmission({ ...options, maxWaitingTransactions: 2 }, () => 0);
    const stay = admission.enter(5);
    assert.equal(admission.waiting(), 5);
    refusalOf(() => admission.enter(1));
    stay.leave();
    admission.enter(5);
  });

  it("never takes in more than may wait", () => {
    const admission = createAdmission(options, () => 0);
    admission.enter(6_000);
    admission.enter(4_000);
    refusalOf(() => admission.enter(1));
    assert.equal(admission.waiting(), 10_000);
  });

  it("learns how long the queue takes, and refuses what would wait longer", () => {
    let now = 0;
    const admission = createAdmission(options, () => now);
    for (let turn = 0; turn < 100; turn++) {
      const stay = admission.enter(1_000);
      now += 500; // 2,000 a second
      stay.leave();
    }
    const stays = [admission.enter(1_000), admission.enter(900)];
    const { retryAfterMs } = refusalOf(() => admission.enter(1_000));
    assert.ok(typeof retryAfterMs === "number" && retryAfterMs > 400 && retryAfterMs < 500, `${retryAfterMs} ms`);
    for (const stay of stays) stay.leave();
    assert.equal(admission.waiting(), 0);
  });

  it("takes in more again when it has become quicker", () => {
    let now = 0;
    const admission = createAdmission(options, () => now);
    const answer = (milliseconds: number) => {
      for (let turn = 0; turn < 100; turn++) {
        const stay = admission.enter(1_000);
        now += milliseconds;
        stay.leave();
      }
    };
    answer(10_000);
    const slow = admission.enter(50);
    refusalOf(() => admission.enter(100));
    slow.leave();
    answer(100);
    admission.enter(4_000);
    admission.enter(4_000);
  });

  it("recovers from a standstill, after which only few transactions at a time are taken in", () => {
    let now = 0;
    const admission = createAdmission(options, () => now);
    const answer = (count: number, milliseconds: number) => {
      const stay = admission.enter(count);
      now += milliseconds;
      stay.leave();
    };
    for (let turn = 0; turn < 100; turn++) answer(1_000, 60_000);
    const stay = admission.enter(1);
    refusalOf(() => admission.enter(100));
    stay.leave();
    for (let turn = 0; turn < 10_000; turn++) answer(10, 2);
    admission.enter(2_000);
    admission.enter(2_000);
  });

  it("does not learn from few transactions, which wait for the disk and not for each other", () => {
    let now = 0;
    const admission = createAdmission(options, () => now);
    for (let turn = 0; turn < 10_000; turn++) {
      const stay = admission.enter(1);
      now += 20;
      stay.leave();
    }
    admission.enter(5_000);
    admission.enter(4_000);
  });

  it("gives the room of what waits for something of its own to others, and still waits for it", async () => {
    const admission = createAdmission({ ...options, maxWaitingTransactions: 10 }, () => 0);
    const stay = admission.enter(10);
    refusalOf(() => admission.enter(1));
    stay.stepAside();
    const other = admission.enter(10);
    assert.equal(admission.waiting(), 20);
    other.leave();
    assert.equal(admission.waiting(), 10);
    stay.leave();
    await admission.idle();
  });

  it("tells when nothing waits", async () => {
    const admission = createAdmission(options, () => 0);
    await admission.idle();
    const stays = [admission.enter(1), admission.enter(1)];
    let isIdle = false;
    const idle = admission.idle().then(() => {
      isIdle = true;
    });
    stays[0]?.leave();
    await Promise.resolve();
    assert.equal(isIdle, false);
    stays[1]?.leave();
    await idle;
  });
});
