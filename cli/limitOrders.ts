import type { GuardedOutput } from "../client/guardedOutputs.ts";
import { openOrder } from "../client/limitOrders.ts";
import type { LimitOrder, LimitOrderTerms } from "../protocol/conditions/limitOrder.ts";
import { formatPosition } from "../protocol/position.ts";
import { formatAmount } from "./amounts.ts";
import { openGuarded, type ShownTerms } from "./guarded.ts";
import { describeTime } from "./names.ts";
import type { WalletSession } from "./session.ts";

/** An order that stands on its chain. */
export interface OpenOrder {
  readonly output: GuardedOutput;
  readonly order: LimitOrder;
}

/** Throws CONDITION_MISMATCH, CONDITION_PARAMS_INVALID, and like `openGuarded`. */
export async function readOrder(session: WalletSession, written: string): Promise<OpenOrder> {
  const output = await openGuarded(session, written);
  return { output, order: await openOrder(session.client, output) };
}

/** Terms of an order for both readers; `now` is L1 time. */
export async function orderTerms(
  { tokens }: Pick<WalletSession, "tokens">,
  terms: LimitOrderTerms,
  offeredToken: `0x${string}`,
  now: number,
): Promise<ShownTerms> {
  const [offered, wanted] = await Promise.all([tokens.unitOf(offeredToken), tokens.unitOf(terms.wantedToken)]);
  return {
    data: {
      wantedToken: terms.wantedToken,
      offered: terms.offered,
      wanted: terms.wanted,
      minimum: terms.minimum,
      expiry: terms.expiry,
      inputsBefore: formatPosition(terms.inputsBefore),
    },
    lines: [
      ["price", `${formatAmount(terms.wanted, wanted)} for ${formatAmount(terms.offered, offered)}`],
      ["at least", `${formatAmount(terms.minimum, offered)} at once`],
      ["ends", describeTime(terms.expiry, now)],
      ["paid with", `money older than ${formatPosition(terms.inputsBefore)}`],
    ],
  };
}
