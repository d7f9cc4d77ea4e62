import assert from "node:assert/strict";
import { test } from "node:test";
import { createRateLimiter } from "../../../runtime/rateLimiter.ts";

test("a peer that was charged more than it has waits until that is refilled, and no other peer does", () => {
  let now = 0;
  const limiter = createRateLimiter({ perSecond: 10, burst: 20 }, () => now);
  assert.ok(limiter.take("a", 1));
  limiter.charge("a", 30);
  now = 1_000;
  assert.ok(!limiter.take("a", 1));
  assert.ok(limiter.take("b", 20));
  now = 1_200;
  assert.ok(limiter.take("a", 1));
  assert.ok(!limiter.take("a", 1));
});
