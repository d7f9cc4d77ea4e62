import type { Address } from "viem";
import * as z from "zod";
import { fromHex, toHex } from "../protocol/bytes.ts";
import { assertGuarded, type Guard } from "../protocol/conditions/guardedOutput.ts";
import { type ShippedCondition, shippedConditionAddress } from "../protocol/conditions/shipped.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { addressSchema, bytesSchema, countSchema } from "../protocol/json.ts";
import type { LedgerOutput } from "../protocol/ledger.ts";
import { exitProofSchema } from "../protocol/proof.ts";
import type { Client } from "./client.ts";
import { conditionRegistry } from "./conditions.ts";
import { clientError } from "./errors.ts";
import { exitPeriod } from "./l1.ts";
import { verifyProofOnL1 } from "./proofs.ts";

/** Which condition guards an output and on what terms, as a file keeps it. The chain has only its hash until a spend reveals it. */
export const guardSchema = z.object({ condition: addressSchema, params: bytesSchema });

/**
 * Money under a condition, as one party hands it to another: enough to spend it, if the condition allows, and to take that spend to L1
 * with nobody's help. It holds no secret.
 */
export const guardedOutputSchema = guardSchema.extend({
  version: z.literal(1),
  proof: exitProofSchema,
  /** Of its chain, in seconds: what deadlines are counted in. */
  minExitPeriod: countSchema,
});

export type GuardedOutputFile = z.output<typeof guardedOutputSchema>;

/** A guarded output that stands on its chain. */
export interface GuardedOutput extends Pick<GuardedOutputFile, "proof" | "minExitPeriod"> {
  readonly guard: Guard;
  readonly held: LedgerOutput;
}

/**
 * A file of a guarded output, compared with L1: the output is included, under these terms and no others, and the period is the
 * chain's. Whether its block is valid, only a watcher knows (R18).
 * @throws CONDITION_MISMATCH, EXIT_PERIOD_MISMATCH, and like `verifyProofOnL1`
 */
export async function openGuardedOutput(client: Client, file: GuardedOutputFile): Promise<GuardedOutput> {
  const { condition, params, proof, minExitPeriod } = file;
  const guard = { condition, params: fromHex(params) };
  assertGuarded(proof.output, guard);
  await verifyProofOnL1(client, proof);
  const period = await exitPeriod(client);
  if (period !== minExitPeriod) {
    const message = `the chain has an exit period of ${period} s, not ${minExitPeriod} s`;
    throw clientError("EXIT_PERIOD_MISMATCH", message, { period, minExitPeriod });
  }
  const { position, outputId, output } = proof;
  return { guard, proof, minExitPeriod, held: { position, outputId, output } };
}

/** The document that `openGuardedOutput` opens. */
export function guardedOutputFile({ guard, proof, minExitPeriod }: GuardedOutput): GuardedOutputFile {
  return { version: 1, condition: guard.condition, params: toHex(guard.params), proof, minExitPeriod };
}

/**
 * Requires that an output is under this shipped condition.
 * @throws CONDITION_MISMATCH
 */
export async function requireShipped(client: Client, name: ShippedCondition, { condition }: Guard): Promise<void> {
  const expected = await shippedAddress(client, name);
  if (condition === expected) return;
  throw new ProtocolError("CONDITION_MISMATCH", `the output is not under the condition ${name}`, {
    condition,
    expected,
  });
}

/** Where the root chain's registry has a shipped condition, once it is registered. */
export async function shippedAddress(client: Client, name: ShippedCondition): Promise<Address> {
  return shippedConditionAddress(name, await conditionRegistry(client), client.crypto.keccak256);
}
