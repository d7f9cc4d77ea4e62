import type { Address } from "viem";
import type { Reveal } from "../condition.ts";
import { ProtocolError } from "../errors.ts";
import { ZERO_HASH } from "../hashing.ts";
import type { LedgerOutput } from "../ledger.ts";
import type { Output } from "../output.ts";
import {
  assertGuarded,
  guardedOutput,
  plainOutput,
  spendGuarded,
  type UnsignedSpend,
  type Window,
} from "./guardedOutput.ts";
import { decodeParams, encodeParams, invalidParams } from "./params.ts";

/**
 * Whoever pays the maker, who is the output's owner, the price may take what it holds, wholly or partly (contracts/conditions/LimitOrder.sol).
 */
export interface LimitOrderTerms {
  readonly wantedToken: Address;
  /** The price: `wanted` units for every `offered` units of what the output holds. */
  readonly offered: bigint;
  readonly wanted: bigint;
  /** Least units that a fill takes, and that it leaves unless it takes all. */
  readonly minimum: bigint;
  /** Unix seconds; a fill expires by then. */
  readonly expiry: number;
  /** Every other input of a fill stands before this position, which the maker knows to be good. */
  readonly inputsBefore: bigint;
}

/** An order as it stands on the chain. */
export interface LimitOrder {
  readonly held: LedgerOutput;
  readonly condition: Address;
  readonly terms: LimitOrderTerms;
}

const TYPES = [
  { type: "address" },
  { type: "uint128" },
  { type: "uint128" },
  { type: "uint128" },
  { type: "uint40" },
  { type: "uint104" },
] as const;
const NO_ARGS = new Uint8Array();

/**
 * Params of the condition.
 * @throws CONDITION_PARAMS_INVALID for a price, a minimum or an expiry of zero, and values that do not fit
 */
export function encodeLimitOrder(terms: LimitOrderTerms): Uint8Array {
  assertTerms(terms);
  const { wantedToken, offered, wanted, minimum, expiry, inputsBefore } = terms;
  return encodeParams(TYPES, [wantedToken, offered, wanted, minimum, expiry, inputsBefore]);
}

/**
 * What params say, if they are the ones that `encodeLimitOrder` makes.
 * @throws CONDITION_PARAMS_INVALID
 */
export function decodeLimitOrder(params: Uint8Array): LimitOrderTerms {
  const [wantedToken, offered, wanted, minimum, expiry, inputsBefore] = decodeParams(TYPES, params);
  const terms = { wantedToken: wantedToken.toLowerCase() as Address, offered, wanted, minimum, expiry, inputsBefore };
  assertTerms(terms);
  return terms;
}

/**
 * An order of the maker's; `amount` is at least the minimum, or no fill could take it.
 * @throws CONDITION_PARAMS_INVALID, HEX_INVALID
 */
export function limitOrderOutput(
  condition: Address,
  terms: LimitOrderTerms,
  { maker, token, amount }: Pick<Output, "token" | "amount"> & { readonly maker: Address },
): Output {
  if (amount < terms.minimum) throw invalidParams(`${amount} is less than a fill takes`, { amount });
  return guardedOutput({ condition, params: encodeLimitOrder(terms) }, { owner: maker, token, amount });
}

/** The least units of the wanted token that `taken` units cost: rounded up, in the maker's favour. */
export function priceOf({ offered, wanted }: LimitOrderTerms, taken: bigint): bigint {
  return (taken * wanted + offered - 1n) / offered;
}

/**
 * A fill: the order first, then what the filler pays with, all his own outputs of the wanted token. He gets what he takes and his change, and signs. The fee
 * is paid in the wanted token. It expires at `validBefore`, which is the order's expiry at the latest.
 * @throws ORDER_FILL_INVALID where the condition would say no, or the filler's outputs do not pay; CONDITION_MISMATCH, CONDITION_PARAMS_INVALID
 */
export function fillLimitOrder(
  { held, condition, terms }: LimitOrder,
  {
    filler,
    payment,
    taken,
    fee,
    validBefore = terms.expiry,
  }: {
    readonly filler: Address;
    readonly payment: readonly LedgerOutput[];
    readonly taken: bigint;
    readonly fee: bigint;
    readonly validBefore?: number;
  },
): UnsignedSpend {
  const guard = { condition, params: encodeLimitOrder(terms) };
  const order = held.output;
  assertGuarded(order, guard);
  const left = order.amount - taken;
  const price = priceOf(terms, taken);
  const change = payment.reduce((sum, { output }) => sum + output.amount, 0n) - price - fee;
  refuseUnless(taken >= terms.minimum, `a fill takes at least ${terms.minimum}, not ${taken}`);
  refuseUnless(left === 0n || left >= terms.minimum, `${left} of at least ${terms.minimum} would be left`);
  refuseUnless(validBefore > 0 && validBefore <= terms.expiry, `the order expires at ${terms.expiry}`);
  refuseUnless(change >= 0n, `${price} and a fee of ${fee} are to be paid, ${-change} are missing`);
  for (const { position, output } of payment) {
    refuseUnless(position < terms.inputsBefore, `what stands at ${position} is too young for this order`);
    refuseUnless(output.token === terms.wantedToken, `the order wants ${terms.wantedToken}, not ${output.token}`);
  }

  // Output 0 is the price and output 1 the remainder, which is what the order at input 0 reads.
  const outputs = [plainOutput(order.owner, terms.wantedToken, price)];
  if (left > 0n) outputs.push({ ...order, amount: left });
  outputs.push(plainOutput(filler, order.token, taken));
  if (change > 0n) outputs.push(plainOutput(filler, terms.wantedToken, change));
  const reveal: Reveal = { inputIndex: 0, ...guard, args: NO_ARGS };
  return {
    transaction: {
      inputs: [held, ...payment].map(({ position, outputId }) => ({ position, outputId })),
      outputs,
      memo: ZERO_HASH,
      validAfter: 0,
      validBefore,
    },
    reveals: [reveal],
  };
}

/**
 * The maker's spend of her own order, for her to sign: it cancels the order and gives her the money.
 * @throws CONDITION_MISMATCH, CONDITION_PARAMS_INVALID
 */
export function cancelLimitOrder(
  { held, condition, terms }: LimitOrder,
  { to = held.output.owner, fee, ...window }: { readonly to?: Address; readonly fee: bigint } & Window,
): UnsignedSpend {
  const { token, amount } = held.output;
  const guard = { condition, params: encodeLimitOrder(terms) };
  return spendGuarded(held, guard, NO_ARGS, [plainOutput(to, token, amount - fee)], window);
}

function assertTerms({ offered, wanted, minimum, expiry }: LimitOrderTerms): void {
  if (offered <= 0n || wanted <= 0n) throw invalidParams("an order has a price above zero", { offered, wanted });
  if (minimum <= 0n) throw invalidParams("a fill takes at least 1 unit", { minimum });
  if (expiry === 0) throw invalidParams("no fill could be in time: the expiry is zero");
}

function refuseUnless(allowed: boolean, reason: string): void {
  if (!allowed) throw new ProtocolError("ORDER_FILL_INVALID", reason);
}
