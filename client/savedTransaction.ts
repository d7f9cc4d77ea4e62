import type { Hex } from "viem";
import * as z from "zod";
import { fromHex, toHex } from "../protocol/bytes.ts";
import { encodeReveals } from "../protocol/condition.ts";
import { depositOriginId } from "../protocol/deposit.ts";
import { type Inclusion, inclusionSchema, verifyIncludedEntry } from "../protocol/inclusion.ts";
import { bytesSchema } from "../protocol/json.ts";
import { decodePosition, formatPosition } from "../protocol/position.ts";
import { type ExitProof, exitProofSchema } from "../protocol/proof.ts";
import type { Spend } from "../protocol/spend.ts";
import { decodeSignedTransaction } from "../protocol/transaction.ts";
import { txIdOf } from "../protocol/typedData.ts";
import type { Client } from "./client.ts";
import { clientError } from "./errors.ts";
import type { KnownTransaction, OutputPreimage } from "./pieces.ts";

/**
 * A transaction with all that its in-flight exit needs, so that it can start with nobody's help (R24): what every signer keeps
 * before he signs.
 */
export const savedTransactionSchema = z.object({
  /** Canonical bytes with signatures. */
  raw: bytesSchema,
  /** Proofs of its inputs, in any order. */
  inputs: z.array(exitProofSchema),
  /** Where it stands, once somebody has shown it. */
  inclusion: inclusionSchema.optional(),
});

export type SavedTransaction = z.output<typeof savedTransactionSchema>;

/** A saved transaction, taken apart. */
export interface OpenedTransaction extends KnownTransaction {
  readonly body: Hex;
  readonly witness: Hex;
  /** In the order of the inputs. */
  readonly proofs: readonly ExitProof[];
  readonly inclusion: Inclusion | undefined;
}

/** Takes a saved transaction apart. Throws INPUT_PROOF_MISSING, TX_* and WITNESS_* of the encoding, PROOF_*. */
export function openTransaction(client: Client, { raw, inputs, inclusion }: SavedTransaction): OpenedTransaction {
  const { transaction, body, witness } = splitTransaction(raw);
  const proofs = transaction.inputs.map(({ position, outputId }) => {
    const proof = inputs.find((candidate) => candidate.outputId === outputId && candidate.position === position);
    if (proof) return proof;
    const message = `nothing shows that input ${formatPosition(position)} was created there`;
    throw clientError("INPUT_PROOF_MISSING", message, { position, outputId });
  });
  return {
    txId: txIdOf(transaction, client.domain, client.crypto.keccak256),
    transaction,
    body,
    witness,
    inputs: proofs.map((proof) => preimageOf(client, proof)),
    proofs,
    inclusion,
  };
}

/** A transaction as a spend of one of its inputs (R7). Throws SPEND_UNRELATED where it does not spend the output. */
export function asSpend(opened: Omit<OpenedTransaction, "txId" | "proofs">, outputId: Hex): Spend {
  const { transaction, body, witness, inputs, inclusion } = opened;
  const inputIndex = transaction.inputs.findIndex((input) => input.outputId === outputId);
  if (inputIndex === -1) throw clientError("SPEND_UNRELATED", "the transaction spends another output", { outputId });
  return { body, witness, preimages: [...inputs], inputIndex, ...(inclusion ? { inclusion } : {}) };
}

/** Body and witness of a transaction's canonical bytes. Throws TX_* and WITNESS_* of the encoding. */
export function splitTransaction(raw: Hex) {
  const { transaction, bodyLength } = decodeSignedTransaction(fromHex(raw));
  const end = 2 + 2 * bodyLength;
  return { transaction, body: raw.slice(0, end) as Hex, witness: `0x${raw.slice(end)}` as Hex };
}

/**
 * Whether `included` is the transaction of `kept` with all that its witness has, and perhaps with signatures that were added later: then it
 * stands for it in every respect. Anything else that a block holds under the same id does not.
 */
export function isCompletionOf(kept: Hex, included: Hex): boolean {
  if (kept === included) return true;
  const [mine, theirs] = [decodeSignedTransaction(fromHex(kept)), decodeSignedTransaction(fromHex(included))];
  const bodyOf = (raw: Hex, length: number) => raw.slice(0, 2 + 2 * length);
  const added = new Set(theirs.signatures.map((signature) => toHex(signature)));
  return (
    bodyOf(kept, mine.bodyLength) === bodyOf(included, theirs.bodyLength) &&
    toHex(encodeReveals(mine.reveals)) === toHex(encodeReveals(theirs.reveals)) &&
    mine.signatures.every((signature) => added.has(toHex(signature)))
  );
}

/** What the id of a proven output commits to. */
function preimageOf({ domain, crypto }: Client, proof: ExitProof): OutputPreimage {
  const { outputIndex } = decodePosition(proof.position);
  const originId =
    proof.kind === "deposit"
      ? depositOriginId(proof.index, proof.block, crypto.keccak256)
      : verifyIncludedEntry(fromHex(proof.body), proof.inclusion, domain, crypto.keccak256).txId;
  return { originId, outputIndex, output: proof.output };
}
