import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Address } from "viem";
import { decodeTerms, guardedStep, type Terms } from "../../../client/guardedSteps.ts";
import { encodeHashTimeLock } from "../../../protocol/conditions/hashTimeLock.ts";
import { encodeLimitOrder } from "../../../protocol/conditions/limitOrder.ts";
import { encodeMultiSignature } from "../../../protocol/conditions/multiSignature.ts";
import { encodePaymentChannel } from "../../../protocol/conditions/paymentChannel.ts";
import { ETH } from "../../../protocol/output.ts";

const owner: Address = `0x${"0a".repeat(20)}`;
const receiver: Address = `0x${"0b".repeat(20)}`;
const stranger: Address = `0x${"0c".repeat(20)}`;
const hash = `0x${"11".repeat(32)}` as const;
const DEADLINE = 10_000;
const minExitPeriod = 1_000;

const lock = decodeTerms("hashTimeLock", encodeHashTimeLock({ hash, receiver, timeout: DEADLINE }));
const channel = decodeTerms("paymentChannel", encodePaymentChannel({ receiver, expiry: DEADLINE }));
const order = decodeTerms(
  "limitOrder",
  encodeLimitOrder({ wantedToken: ETH, offered: 1n, wanted: 2n, minimum: 1n, expiry: DEADLINE, inputsBefore: 5n }),
);
const shared = decodeTerms("multiSignature", encodeMultiSignature({ threshold: 1, owners: [receiver] }));

const step = (terms: Terms, account: Address, now: number) =>
  guardedStep(terms, owner, account, { now, minExitPeriod });

describe("what to do about an output under a condition", () => {
  const taken: [Terms, "claim" | "close"][] = [
    [lock, "claim"],
    [channel, "close"],
  ];
  for (const [terms, action] of taken) {
    test(`${terms.kind}: the receiver acts half an exit period before the deadline, the owner from it on`, () => {
      assert.deepEqual(step(terms, receiver, 9_499), { action, before: 9_500, isSafe: true });
      assert.deepEqual(step(terms, receiver, 9_500), { action, before: 9_500, isSafe: false });
      assert.deepEqual(step(terms, owner, 9_999), { action: "refund", at: DEADLINE, isDue: false });
      assert.deepEqual(step(terms, owner, DEADLINE), { action: "refund", at: DEADLINE, isDue: true });
      assert.equal(step(terms, stranger, 0), undefined);
    });
  }

  test("an order is its maker's to cancel, shared money its owners' to spend", () => {
    assert.deepEqual(step(order, owner, 0), { action: "cancel", until: DEADLINE });
    assert.equal(step(order, stranger, 0), undefined);
    assert.deepEqual(step(shared, receiver, 0), { action: "spend" });
    assert.equal(step(shared, stranger, 0), undefined);
  });

  test("of another condition nothing is known but that it may allow a spend", () => {
    assert.deepEqual(step(decodeTerms(undefined, new Uint8Array(7)), stranger, 0), { action: "spend" });
  });
});
