import type { Address, Hex } from "viem";
import { LIMITS } from "../protocol/limits.ts";
import { PLAIN } from "../protocol/output.ts";
import { clientError } from "./errors.ts";

/** An unspent output that may pay. */
export interface Coin {
  readonly position: bigint;
  readonly outputId: Hex;
  readonly token: Address;
  readonly amount: bigint;
  /** Of what the operator lists; one that has a condition pays nothing by itself. */
  readonly condition?: Hex;
}

/** Whether its owner's signature alone spends it. */
export const isPlain = ({ condition = PLAIN }: Coin): boolean => condition === PLAIN;

/**
 * Chooses what pays `target` (base units of each token): the fewest coins, and among those a change as small as the last
 * coin allows. Coins of other tokens, and conditional ones, are left alone. Throws FUNDS_LOW, TOO_MANY_INPUTS.
 */
export function selectCoins<C extends Coin>(coins: readonly C[], target: ReadonlyMap<Address, bigint>): C[] {
  const chosen = [...target].flatMap(([token, amount]) => selectOneToken(coins, token, amount));
  if (chosen.length > LIMITS.maxInputs) {
    const message = `it takes ${chosen.length} outputs to pay that, and a transaction spends at most ${LIMITS.maxInputs}`;
    throw clientError("TOO_MANY_INPUTS", message, { needed: chosen.length });
  }
  return chosen;
}

function selectOneToken<C extends Coin>(coins: readonly C[], token: Address, target: bigint): C[] {
  if (target === 0n) return [];
  const descending = coins.filter((coin) => coin.token === token && isPlain(coin)).sort(largestFirst);
  const chosen: C[] = [];
  let missing = target;
  for (const coin of descending) {
    if (coin.amount < missing) {
      chosen.push(coin);
      missing -= coin.amount;
      continue;
    }
    // The largest coins were taken so far, so no fewer can do; the smallest that completes them leaves the least change.
    const last = descending.findLast(({ amount }) => amount >= missing) ?? coin;
    return [...chosen, last];
  }
  const message = `${target} base units of ${token} are needed and ${target - missing} can be spent`;
  throw clientError("FUNDS_LOW", message, { token, needed: target, available: target - missing });
}

/** Of equal coins the older one first, so that the choice depends on nothing else. */
export function largestFirst(a: Coin, b: Coin): number {
  if (a.amount !== b.amount) return a.amount > b.amount ? -1 : 1;
  return a.position < b.position ? -1 : 1;
}
