import { z } from "zod";
import { missingSignatures, openPartial, type PartialTransaction } from "../client/partialTransaction.ts";
import { type SavedTransaction, savedTransactionSchema } from "../client/savedTransaction.ts";
import { isConditional } from "../protocol/conditionalSpend.ts";
import { formatPosition } from "../protocol/position.ts";
import { formatAmount } from "./amounts.ts";
import { required, text } from "./command.ts";
import { writeFile } from "./guarded.ts";
import { fields, type Result } from "./output.ts";
import { readTransactionFile } from "./proofFile.ts";
import type { WalletSession } from "./session.ts";

export const partialFile = required("<file>", "the transaction, as the one before handed it over", text);

/** Throws FILE_UNREADABLE, FILE_DAMAGED, and like `openPartial`. */
export function readPartial({ client }: WalletSession, path: string): Promise<PartialTransaction> {
  return openPartial(client, readTransactionFile(path));
}

export function writePartial(path: string, saved: SavedTransaction): string {
  return writeFile(path, z.encode(savedTransactionSchema, saved));
}

/** What a transaction does, and whose signatures it has and lacks. */
export async function partialResult(
  { client, tokens }: WalletSession,
  partial: PartialTransaction,
  file: string,
  next: readonly string[],
): Promise<Result> {
  const { txId, transaction, signers } = partial;
  const missing = await missingSignatures(client, partial);
  const pays = await Promise.all(
    transaction.outputs.map(async (output): Promise<[string, string]> => {
      const shown = formatAmount(output.amount, await tokens.unitOf(output.token));
      return isConditional(output)
        ? ["stays", `${shown} under its condition`]
        : ["pays", `${shown} to ${output.owner}`];
    }),
  );
  const needed = Math.max(0, ...missing.map((input) => input.needed));
  return {
    data: {
      txId,
      file,
      signers,
      needed,
      inputs: transaction.inputs.map(({ position }) => formatPosition(position)),
      outputs: transaction.outputs,
    },
    text: fields([
      ["transaction", txId],
      ["spends", transaction.inputs.map(({ position }) => formatPosition(position)).join(", ")],
      ...pays,
      ["signed by", signers.length === 0 ? "nobody yet" : signers.join(", ")],
      ["lacks", needed === 0 ? "nothing" : `${needed} more of the owners' signatures`],
      ["file", file],
    ]),
    next: needed === 0 ? [`plasma-cli multisig send ${file}`] : next,
  };
}
