import type { Address, Hex } from "viem";
import { ZERO_HASH } from "../protocol/hashing.ts";
import { FIRST_OUTPUT_PIECE } from "../protocol/inFlight.ts";
import { type Output, outputIdOf } from "../protocol/output.ts";
import type { Spend } from "../protocol/spend.ts";
import type { Transaction } from "../protocol/transaction.ts";
import type { Client } from "./client.ts";
import { atL1, rootChain } from "./l1.ts";

/** What the output id of an input commits to. */
export type OutputPreimage = Spend["preimages"][number];

/** An input or output of a transaction that may take part in its in-flight exit. */
export interface Piece {
  /** 0 to 7 are inputs, 8 + i is output i. */
  readonly number: number;
  readonly outputId: Hex;
  readonly output: Output;
}

/** A transaction whose inputs are known. */
export interface KnownTransaction {
  readonly txId: Hex;
  readonly transaction: Transaction;
  /** What the inputs were, in order. */
  readonly inputs: readonly OutputPreimage[];
}

/** All pieces of a transaction, inputs first. */
export function listPieces(
  { crypto }: Pick<Client, "crypto">,
  { txId, transaction, inputs }: KnownTransaction,
): Piece[] {
  return [
    ...inputs.map(({ originId, outputIndex, output }, number) => ({
      number,
      outputId: outputIdOf(originId, outputIndex, output, crypto.keccak256),
      output,
    })),
    ...transaction.outputs.map((output, index) => ({
      number: FIRST_OUTPUT_PIECE + index,
      outputId: outputIdOf(txId, index, output, crypto.keccak256),
      output,
    })),
  ];
}

/** Those that belong to `owner` and that no exit has finalised: what he may piggyback (R11). */
export async function ownPieces<P extends Piece>(client: Client, pieces: readonly P[], owner: Address): Promise<P[]> {
  const own = pieces.filter(({ output }) => output.owner === owner);
  const finalised = await Promise.all(own.map(({ outputId }) => isFinalised(client, outputId)));
  return own.filter((_, index) => !finalised[index]);
}

async function isFinalised(client: Client, outputId: Hex): Promise<boolean> {
  const args = [outputId] as const;
  return (await atL1(client.l1.readContract({ ...rootChain(client), functionName: "flagOf", args }))) !== ZERO_HASH;
}
