import type { Hex } from "viem";
import { z } from "zod";
import type { Client } from "../client/client.ts";
import { exitAuthorizationSchema, type SignedExitAuthorization } from "../client/exitAuthorization.ts";
import { asSpend, openTransaction, type SavedTransaction, savedTransactionSchema } from "../client/savedTransaction.ts";
import { ZERO_HASH } from "../protocol/hashing.ts";
import { type ExitProof, parseExitProof } from "../protocol/proof.ts";
import { type Spend, spendSchema } from "../protocol/spend.ts";
import { CliError } from "./errors.ts";
import { readJsonFile } from "./files.ts";

/** A proof file that somebody handed over. Throws FILE_UNREADABLE, FILE_DAMAGED, PROOF_MALFORMED. */
export function readProofFile(path: string): ExitProof {
  return parseExitProof(readRequired(path, z.unknown()));
}

/**
 * A spend of an output that somebody handed over: saved by a challenge, or a whole transaction as wallets keep it. Throws
 * FILE_UNREADABLE, FILE_DAMAGED, SPEND_UNRELATED, INPUT_PROOF_MISSING.
 */
export function readSpendFile(client: Client, path: string, outputIds: readonly Hex[]): Spend {
  const document = readRequired(path, z.union([spendSchema, savedTransactionSchema]));
  if ("body" in document) return document;
  const opened = openTransaction(client, document);
  const spent = opened.transaction.inputs.find(({ outputId }) => outputIds.includes(outputId));
  return asSpend(opened, spent?.outputId ?? ZERO_HASH);
}

/** A transaction as wallets keep it. Throws FILE_UNREADABLE, FILE_DAMAGED. */
export function readTransactionFile(path: string): SavedTransaction {
  return readRequired(path, savedTransactionSchema);
}

/** An owner's permission to start an exit. Throws FILE_UNREADABLE, FILE_DAMAGED. */
export function readAuthorizationFile(path: string): SignedExitAuthorization {
  return readRequired(path, exitAuthorizationSchema);
}

/** A JSON file that must be there. Throws FILE_UNREADABLE, FILE_DAMAGED. */
export function readRequired<T>(path: string, schema: z.ZodType<T>): T {
  const value = readJsonFile(path, schema);
  if (value === undefined) throw new CliError("FILE_UNREADABLE", `there is no file ${path}`);
  return value;
}
