import { encodeFunctionData, type Hex } from "viem";
import { encodePreimages } from "../protocol/evidence.ts";
import { rootChainAbi } from "../protocol/generated/rootChain.ts";
import { FIRST_OUTPUT_PIECE, maskOf, packTerms } from "../protocol/inFlight.ts";
import { type Client, requireWallet } from "./client.ts";
import { clientError } from "./errors.ts";
import type { InFlightExit } from "./inFlightExits.ts";
import { type L1Call, sendCall } from "./l1.ts";
import { ownPieces, type Piece } from "./pieces.ts";
import { findHint } from "./queue.ts";

/** What a piggyback needs to know of an in-flight exit. */
export type JoinableExit = Pick<InFlightExit, "txId" | "transaction" | "body" | "terms" | "inputs" | "pieces">;

export interface PiggybackRequest {
  readonly exit: JoinableExit;
  /** Numbers of the pieces; by default all of the wallet's own that do not take part yet and were not challenged. */
  readonly pieces?: readonly number[] | undefined;
}

export interface PlannedPiggyback {
  readonly call: L1Call;
  readonly pieces: readonly Piece[];
}

export interface Piggybacked {
  readonly pieces: readonly Piece[];
  /** Wei, of all pieces together. */
  readonly bonds: bigint;
  readonly transactionHash: Hex;
  readonly gasUsed: bigint;
}

/** The L1 transaction that lets own pieces take part in an in-flight exit (R11). Throws PIECE_UNKNOWN, PIECE_NONE. */
export async function planPiggyback(client: Client, request: PiggybackRequest): Promise<PlannedPiggyback> {
  const { exit } = request;
  const pieces = choosePieces(exit.pieces, await joinablePieces(client, exit), request.pieces);
  if (pieces.length === 0)
    throw clientError("PIECE_NONE", "no piece of the account can take part", { txId: exit.txId });
  const tokens = [...new Set(pieces.map(({ output }) => output.token))];
  const hint = await findHint(client, tokens, exit.terms.exitableAt, exit.terms.position);
  const inputs = pieces.some(({ number }) => number < FIRST_OUTPUT_PIECE) ? exit.inputs : [];
  const data = encodeFunctionData({
    abi: rootChainAbi,
    functionName: "piggyback",
    args: [
      exit.body,
      packTerms(exit.terms, exit.transaction),
      maskOf(pieces.map(({ number }) => number)),
      encodePreimages(inputs),
      hint,
    ],
  });
  const value = exit.terms.bond * BigInt(pieces.length);
  return { call: { purpose: "piggyback", to: client.domain.contract, data, value }, pieces };
}

/** Piggybacks and waits until L1 has it. Throws like `planPiggyback` and `sendCall`. */
export async function piggyback(client: Client, request: PiggybackRequest): Promise<Piggybacked> {
  const { call, pieces } = await planPiggyback(client, request);
  const { transactionHash, gasUsed } = await sendCall(client, call);
  return { pieces, bonds: call.value, transactionHash, gasUsed };
}

/** Pieces of the wallet that do not take part yet, were not challenged, and that no exit has finalised. */
export function joinablePieces(client: Client, exit: JoinableExit): Promise<Piece[]> {
  const absent = exit.pieces.filter(({ state }) => state === "absent");
  return ownPieces(client, absent, requireWallet(client).address);
}

/** The pieces with these numbers, or the wallet's `own`. Throws PIECE_UNKNOWN for one that the transaction does not have. */
export function choosePieces(
  all: readonly Piece[],
  own: readonly Piece[],
  numbers: readonly number[] | undefined,
): readonly Piece[] {
  if (numbers === undefined) return own;
  return [...new Set(numbers)].map((number) => {
    const piece = all.find((candidate) => candidate.number === number);
    if (!piece) throw clientError("PIECE_UNKNOWN", "the transaction has no such piece", { piece: number });
    return piece;
  });
}
