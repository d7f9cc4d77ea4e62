import { toHex } from "../../protocol/bytes.ts";
import { shippedConditionAddress } from "../../protocol/conditions/shipped.ts";
import type { LedgerOutput } from "../../protocol/ledger.ts";
import { ETH, type Output } from "../../protocol/output.ts";
import { testAccount } from "./accounts.ts";

/** Where a registry would have the shipped conditions. */
const REGISTRY = "0x00000000000000000000000000000000000000c0";

export const MULTI_SIGNATURE = shippedConditionAddress("multiSignature", REGISTRY);
export const HASH_TIME_LOCK = shippedConditionAddress("hashTimeLock", REGISTRY);
export const PAYMENT_CHANNEL = shippedConditionAddress("paymentChannel", REGISTRY);
export const LIMIT_ORDER = shippedConditionAddress("limitOrder", REGISTRY);

export const TOKEN = "0x00000000000000000000000000000000000070c3";
export const alice = testAccount(1);
export const bob = testAccount(2);
export const carol = testAccount(3);

/** An output as if it stood at `position`. */
export function ledgerOutput(output: Output, position: bigint): LedgerOutput {
  return { position, outputId: toHex(new Uint8Array(32).fill(Number(position % 255n) + 1)), output };
}

/** ETH of bob's, older than anything of these tests. */
export const bobsEth = (amount: bigint, position = 7n): LedgerOutput =>
  ledgerOutput({ owner: bob.address, token: ETH, amount, condition: `0x${"00".repeat(32)}` }, position);
