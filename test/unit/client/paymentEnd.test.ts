import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defaultEnd, endsSoon } from "../../../client/paymentEnd.ts";

const NOW = 1_900_000_000;
const WEEK = 604_800;

describe("the end of a payment (R24)", () => {
  it("is half an exit period ahead, and at least an hour", () => {
    assert.equal(defaultEnd(NOW, WEEK), NOW + WEEK / 2);
    assert.equal(defaultEnd(NOW, 120), NOW + 3_600);
  });

  it("is soon from three eighths of an exit period before it, until it comes", () => {
    const end = NOW + WEEK;
    const from = end - (WEEK * 3) / 8;
    assert.deepEqual(
      [from - 1, from, end - 1, end].map((now) => endsSoon(end, now, WEEK)),
      [false, true, true, false],
    );
  });

  it("is never soon where there is none", () => {
    assert.equal(endsSoon(0, NOW, WEEK), false);
  });

  it("by default leaves time to be included before it is soon", () => {
    assert.equal(endsSoon(defaultEnd(NOW, WEEK), NOW, WEEK), false);
  });
});
