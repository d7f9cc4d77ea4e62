import type { UnsignedSpend } from "../protocol/conditions/guardedOutput.ts";
import { decodeLimitOrder, fillLimitOrder, type LimitOrder, priceOf } from "../protocol/conditions/limitOrder.ts";
import { type Output, PLAIN } from "../protocol/output.ts";
import { type Client, requireWallet } from "./client.ts";
import type { Coin } from "./coinSelection.ts";
import { selectCoins } from "./coinSelection.ts";
import { clientError } from "./errors.ts";
import { type GuardedOutput, requireShipped } from "./guardedOutputs.ts";
import { type FeePolicy, feeIn } from "./payment.ts";

/**
 * The order that stands in an output.
 * @throws CONDITION_MISMATCH, CONDITION_PARAMS_INVALID
 */
export async function openOrder(client: Client, { guard, held }: GuardedOutput): Promise<LimitOrder> {
  await requireShipped(client, "limitOrder", guard);
  return { held, condition: guard.condition, terms: decodeLimitOrder(guard.params) };
}

/** How a wallet fills an order. */
export interface FillRequest {
  /** Units of what the order holds; by default all of them. */
  readonly taken?: bigint | undefined;
  /** What may pay. */
  readonly coins: readonly Coin[];
  readonly fees: FeePolicy;
  /** L1 time, seconds. */
  readonly now: number;
  /** Last L1 time of the fill, seconds; by default the order's end. */
  readonly validBefore?: number | undefined;
}

/**
 * A fill of an order by the wallet, for it to sign: the fewest of its outputs of the wanted token that are old enough for this order. The fee is
 * paid in the wanted token.
 * @throws ORDER_EXPIRED, FUNDS_LOW, TOO_MANY_INPUTS, FEE_TOKEN_REFUSED, ORDER_FILL_INVALID
 */
export function buildFill(
  client: Client,
  order: LimitOrder,
  { taken = order.held.output.amount, coins, fees, now, validBefore }: FillRequest,
): UnsignedSpend {
  const { address: filler } = requireWallet(client);
  const { terms } = order;
  if (now >= terms.expiry) {
    throw clientError("ORDER_EXPIRED", `the order ended at ${terms.expiry}, and L1 is at ${now}`, { now });
  }
  const fee = feeIn(fees, terms.wantedToken);
  const old = coins.filter(({ position }) => position < terms.inputsBefore);
  const chosen = selectCoins(old, new Map([[terms.wantedToken, priceOf(terms, taken) + fee]]));
  const payment = chosen.map(({ position, outputId, token, amount }) => {
    const output: Output = { owner: filler, token, amount, condition: PLAIN };
    return { position, outputId, output };
  });
  return fillLimitOrder(order, {
    filler,
    payment,
    taken,
    fee,
    ...(validBefore === undefined ? {} : { validBefore: Math.min(validBefore, terms.expiry) }),
  });
}
