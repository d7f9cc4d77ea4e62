import type { Hex } from "viem";
import { fromHex } from "../protocol/bytes.ts";
import { IN_NO_BLOCK, placeOf } from "../protocol/inFlight.ts";
import type { Spend } from "../protocol/spend.ts";
import { decodeBody } from "../protocol/transaction.ts";
import { txIdOf } from "../protocol/typedData.ts";
import type { Client } from "./client.ts";
import { clientError } from "./errors.ts";
import type { InFlightExit } from "./inFlightExits.ts";
import { asSpend } from "./savedTransaction.ts";

/** The transaction that spends an output, with all that a challenge shows of it, from the operator. Throws SPEND_UNKNOWN. */
export async function getSpend(client: Client, outputId: Hex): Promise<Spend> {
  const spend = await client.operator.call("plasma_getSpend", outputId);
  if (!spend) throw clientError("SPEND_UNKNOWN", `the operator knows no spend of output ${outputId}`, { outputId });
  return spend;
}

/** Spends of an output that in-flight exits have shown on L1. */
export function spendsInFlight(exits: readonly InFlightExit[], outputId: Hex): Spend[] {
  return exits
    .filter(({ transaction }) => transaction.inputs.some((input) => input.outputId === outputId))
    .map((exit) => asSpend({ ...exit, inclusion: undefined }, outputId));
}

/** The transaction that a spend shows. */
export function spendIdOf({ domain, crypto }: Client, { body }: Spend): Hex {
  return txIdOf(decodeBody(fromHex(body)), domain, crypto.keccak256);
}

/** Where a spend stands among competitors: older is lower, and in no block is last. */
export function placeOfSpend({ inclusion }: Spend): bigint {
  return inclusion ? placeOf(inclusion.header.number, inclusion.txIndex) : IN_NO_BLOCK;
}
