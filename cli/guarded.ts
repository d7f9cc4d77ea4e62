import { resolve } from "node:path";
import { z } from "zod";
import {
  type GuardedOutput,
  guardedOutputFile,
  guardedOutputSchema,
  openGuardedOutput,
} from "../client/guardedOutputs.ts";
import { exitPeriod } from "../client/l1.ts";
import type { Guard } from "../protocol/conditions/guardedOutput.ts";
import { blockOf, formatPosition } from "../protocol/position.ts";
import type { ExitProof } from "../protocol/proof.ts";
import { formatAmount } from "./amounts.ts";
import { type Parameter, required, text } from "./command.ts";
import { CliError } from "./errors.ts";
import { writePrivateFile } from "./files.ts";
import { readRequired } from "./proofFile.ts";
import type { WalletSession } from "./session.ts";
import { orNothing } from "./wallet.ts";

export const guardedOutput: Parameter<string> = required(
  "<output>",
  "a file of it, or its position where this wallet keeps its terms",
  text,
);

/**
 * A guarded output, from a file that somebody handed over or by its position. From a file it is compared with L1 and kept from then on.
 * @throws TERMS_UNKNOWN, PROOF_UNKNOWN, and like `openGuardedOutput`
 */
export async function openGuarded(session: WalletSession, written: string): Promise<GuardedOutput> {
  return /^\d+:\d+:\d+$/.test(written)
    ? openKept(session, written)
    : openGuardedFile(session, readRequired(written, guardedOutputSchema));
}

/** The same for a document that was read. */
export async function openGuardedFile(
  { client, store }: WalletSession,
  file: z.output<typeof guardedOutputSchema>,
): Promise<GuardedOutput> {
  const opened = await openGuardedOutput(client, file);
  store.saveGuard(opened.guard);
  store.saveProof(opened.proof);
  return opened;
}

async function openKept({ client, store }: WalletSession, written: string): Promise<GuardedOutput> {
  const proof = store.proofNamed(written);
  if (!proof) throw new CliError("PROOF_UNKNOWN", `there is no stored proof of ${written}`);
  return guardedBy(store.guard(proof.output.condition), proof, await exitPeriod(client));
}

/**
 * An output with the terms that this wallet keeps of it.
 * @throws TERMS_UNKNOWN
 */
export function guardedBy(guard: Guard | undefined, proof: ExitProof, minExitPeriod: number): GuardedOutput {
  const { position, outputId, output } = proof;
  if (!guard) throw new CliError("TERMS_UNKNOWN", `this wallet keeps no terms of ${formatPosition(position)}`);
  return { guard, proof, minExitPeriod, held: { position, outputId, output } };
}

/**
 * Whether this wallet's watcher has executed the block in which an output stands: before, nobody relies on it (R18).
 * @throws BLOCK_NOT_VALIDATED unless the operator is trusted
 */
export async function requireValidated(
  { watcher }: WalletSession,
  { held }: GuardedOutput,
  trustOperator: boolean,
): Promise<boolean> {
  const block = blockOf(held.position);
  const verification = await watcher.call("plasma_getVerification").catch(orNothing);
  const isValidated = verification !== undefined && verification.validBlock >= block;
  if (isValidated || trustOperator) return isValidated;
  const reason = verification ? `it has come to block ${verification.validBlock}` : "it does not answer";
  throw new CliError("BLOCK_NOT_VALIDATED", `the watcher has not executed block ${block}: ${reason}`);
}

/** Terms as JSON, and as lines for people. */
export interface ShownTerms {
  readonly data: Readonly<Record<string, unknown>>;
  readonly lines: readonly (readonly [string, string])[];
}

/** Writes the file that the other side opens. */
export function writeGuardedFile(path: string, output: GuardedOutput): string {
  return writeFile(path, z.encode(guardedOutputSchema, guardedOutputFile(output)));
}

/** Writes a JSON document where the person wants it. */
export function writeFile(path: string, document: unknown): string {
  const file = resolve(path);
  writePrivateFile(file, `${JSON.stringify(document, null, 2)}\n`);
  return file;
}

/** Token and amount of a guarded output, as JSON. */
export function moneyOf({ held: { output } }: Pick<GuardedOutput, "held">) {
  return { owner: output.owner, token: output.token, amount: output.amount };
}

export async function describeMoney(
  { held: { output } }: Pick<GuardedOutput, "held">,
  tokens: WalletSession["tokens"],
): Promise<string> {
  return formatAmount(output.amount, await tokens.unitOf(output.token));
}
