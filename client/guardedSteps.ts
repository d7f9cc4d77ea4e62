import type { Address } from "viem";
import { decodeHashTimeLock, type HashTimeLock } from "../protocol/conditions/hashTimeLock.ts";
import { decodeLimitOrder, type LimitOrderTerms } from "../protocol/conditions/limitOrder.ts";
import { decodeMultiSignature, type MultiSignature } from "../protocol/conditions/multiSignature.ts";
import { decodePaymentChannel, type PaymentChannelTerms } from "../protocol/conditions/paymentChannel.ts";
import type { ShippedCondition } from "../protocol/conditions/shipped.ts";
import { lastSafeStart } from "./deadlines.ts";

/** The terms of an output's condition, as far as they can be read. */
export type Terms =
  | ({ readonly kind: "hashTimeLock" } & HashTimeLock)
  | ({ readonly kind: "paymentChannel" } & PaymentChannelTerms)
  | ({ readonly kind: "limitOrder" } & LimitOrderTerms)
  | ({ readonly kind: "multiSignature" } & MultiSignature)
  | { readonly kind: "other" };

/**
 * What params say under a shipped condition.
 * @throws CONDITION_PARAMS_INVALID
 */
export function decodeTerms(name: ShippedCondition | undefined, params: Uint8Array): Terms {
  switch (name) {
    case "hashTimeLock":
      return { kind: name, ...decodeHashTimeLock(params) };
    case "paymentChannel":
      return { kind: name, ...decodePaymentChannel(params) };
    case "limitOrder":
      return { kind: name, ...decodeLimitOrder(params) };
    case "multiSignature":
      return { kind: name, ...decodeMultiSignature(params) };
    default:
      return { kind: "other" };
  }
}

/** What an account may do about an output under a condition. Times are L1's, seconds. */
export type GuardedStep =
  /** Claim it with the secret, or close the channel: safely before `before`, else as long as nobody was quicker. */
  | { readonly action: "claim" | "close"; readonly before: number; readonly isSafe: boolean }
  /** Take it back, from `at` on. */
  | { readonly action: "refund"; readonly at: number; readonly isDue: boolean }
  /** Nothing: an order stands open until `until`. It may be cancelled at any time. */
  | { readonly action: "cancel"; readonly until: number }
  /** Spend it as its condition allows; nothing presses. */
  | { readonly action: "spend" };

/** The step of one account; undefined for somebody who has no part in the output. */
export function guardedStep(
  terms: Terms,
  owner: Address,
  account: Address,
  { now, minExitPeriod }: { readonly now: number; readonly minExitPeriod: number },
): GuardedStep | undefined {
  const take = (action: "claim" | "close", deadline: number): GuardedStep => {
    const before = lastSafeStart(deadline, minExitPeriod);
    return { action, before, isSafe: now < before };
  };
  const refund = (at: number): GuardedStep | undefined =>
    account === owner ? { action: "refund", at, isDue: now >= at } : undefined;
  switch (terms.kind) {
    case "hashTimeLock":
      return account === terms.receiver ? take("claim", terms.timeout) : refund(terms.timeout);
    case "paymentChannel":
      return account === terms.receiver ? take("close", terms.expiry) : refund(terms.expiry);
    case "limitOrder":
      return account === owner ? { action: "cancel", until: terms.expiry } : undefined;
    case "multiSignature":
      return terms.owners.includes(account) || account === owner ? { action: "spend" } : undefined;
    default:
      return { action: "spend" };
  }
}
