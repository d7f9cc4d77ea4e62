import type { Address, Hex } from "viem";
import { fromHex, toHex } from "../protocol/bytes.ts";
import type { RegisteredCondition } from "../protocol/conditionalSpend.ts";
import { createConditionVerdicts, judgeAsking } from "../protocol/conditionVerdicts.ts";
import { conditionsAbi } from "../protocol/generated/conditions.ts";
import { ZERO_HASH } from "../protocol/hashing.ts";
import { IN_NO_BLOCK, placeOf } from "../protocol/inFlight.ts";
import { type ChallengedExit, type Spend, type VerifiedSpend, verifySpend } from "../protocol/spend.ts";
import { decodeBody } from "../protocol/transaction.ts";
import { txIdOf } from "../protocol/typedData.ts";
import { decodeWitness } from "../protocol/witness.ts";
import type { Client } from "./client.ts";
import { clientError } from "./errors.ts";
import type { InFlightExit } from "./inFlightExits.ts";
import { atL1, l1Time, rootChain } from "./l1.ts";
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

/**
 * Whether a spend counts against an exit now, as `verifySpend` judges it, with the conditions that it reveals as L1 has them. Throws what
 * that throws: the reason why it does not count; and like `atL1`.
 */
export async function verifySpendOnL1(client: Client, spend: Spend, exit: ChallengedExit): Promise<VerifiedSpend> {
  const { domain, crypto, openConditionVm: openVm } = client;
  const { keccak256 } = crypto;
  const { reveals } = decodeWitness(fromHex(spend.witness));
  const found = await Promise.all(reveals.map(({ condition }) => readCondition(client, condition)));
  const conditions = new Map(found.map(({ address, registered }) => [address, registered]));
  const codes = new Map(found.map(({ code }) => [toHex(keccak256(code)), code]));
  const { prepare, verdict } = createConditionVerdicts({ codeOf: (hash) => codes.get(hash), openVm, keccak256 }).hold();
  const context = {
    domain,
    now: await l1Time(client),
    conditions: { find: (address: Address) => conditions.get(address), verdict },
  };
  return judgeAsking(() => verifySpend(spend, exit, context, crypto), prepare);
}

async function readCondition(client: Client, address: Address) {
  const registry = await atL1(client.l1.readContract({ ...rootChain(client), functionName: "conditions" }));
  const read = { address: registry, abi: conditionsAbi, functionName: "registrationOf", args: [address] } as const;
  const [[codeHash, newestBlock], code = "0x"] = await atL1(
    Promise.all([client.l1.readContract(read), client.l1.getCode({ address })]),
  );
  const registered: RegisteredCondition | undefined = codeHash === ZERO_HASH ? undefined : { codeHash, newestBlock };
  return { address, registered, code: fromHex(code) };
}

/** Where a spend stands among competitors: older is lower, and in no block is last. */
export function placeOfSpend({ inclusion }: Spend): bigint {
  return inclusion ? placeOf(inclusion.header.number, inclusion.txIndex) : IN_NO_BLOCK;
}
