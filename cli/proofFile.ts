import { z } from "zod";
import { exitAuthorizationSchema, type SignedExitAuthorization } from "../client/exitAuthorization.ts";
import { type ExitProof, parseExitProof } from "../protocol/proof.ts";
import { type Spend, spendSchema } from "../protocol/spend.ts";
import { CliError } from "./errors.ts";
import { readJsonFile } from "./files.ts";

/** A proof file that somebody handed over. Throws FILE_UNREADABLE, FILE_DAMAGED, PROOF_MALFORMED. */
export function readProofFile(path: string): ExitProof {
  return parseExitProof(readRequired(path, z.unknown()));
}

/** A saved spend, the evidence of a challenge. Throws FILE_UNREADABLE, FILE_DAMAGED. */
export function readSpendFile(path: string): Spend {
  return readRequired(path, spendSchema);
}

/** An owner's permission to start an exit. Throws FILE_UNREADABLE, FILE_DAMAGED. */
export function readAuthorizationFile(path: string): SignedExitAuthorization {
  return readRequired(path, exitAuthorizationSchema);
}

function readRequired<T>(path: string, schema: z.ZodType<T>): T {
  const value = readJsonFile(path, schema);
  if (value === undefined) throw new CliError("FILE_UNREADABLE", `there is no file ${path}`);
  return value;
}
