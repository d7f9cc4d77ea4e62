import { type Address, encodeFunctionData } from "viem";
import { encodeInclusion, encodeSpend } from "../protocol/evidence.ts";
import { rootChainAbi } from "../protocol/generated/rootChain.ts";
import { type Inclusion, verifyInclusion } from "../protocol/inclusion.ts";
import { FIRST_OUTPUT_PIECE, packTerms } from "../protocol/inFlight.ts";
import type { Spend } from "../protocol/spend.ts";
import type { ChallengeResult } from "./challengeExit.ts";
import { type Client, requireWallet } from "./client.ts";
import { clientError } from "./errors.ts";
import type { InFlightExit } from "./inFlightExits.ts";
import { type L1Call, sendCall } from "./l1.ts";
import type { Piece } from "./pieces.ts";
import { verifySpendOnL1 } from "./spends.ts";

export interface PieceChallenge {
  readonly exit: Pick<InFlightExit, "txId" | "transaction" | "body" | "terms"> & { readonly pieces: readonly Piece[] };
  /** Number of the piece. */
  readonly piece: number;
  /** A spend of it by another transaction; of an output, with the exiting transaction as its source. */
  readonly spend: Spend;
  /** Who gets the piece's bond; the wallet's address by default. */
  readonly beneficiary?: Address | undefined;
}

/** No output stands there: whoever spends an output of the exiting transaction shows where that is included. */
const UNPROVEN = -1n;

/**
 * The L1 transaction that shows a piggybacked piece to be spent (R7). The spend is checked first, wherever it came from. Throws
 * PIECE_UNKNOWN and what `verifySpendOnL1` throws: the reason why it does not count.
 */
export async function challengePieceCall(client: Client, request: PieceChallenge): Promise<L1Call> {
  const { address } = requireWallet(client);
  const { exit, piece, spend, beneficiary = address } = request;
  const outputId = exit.pieces.find(({ number }) => number === piece)?.outputId;
  if (outputId === undefined) throw clientError("PIECE_UNKNOWN", "the transaction has no such piece", { piece });
  const position = exit.transaction.inputs[piece]?.position ?? UNPROVEN;
  await verifySpendOnL1(client, spend, { outputId, position });
  const shown = encodeSpend(spend, piece < FIRST_OUTPUT_PIECE ? "another" : "exiting");
  const data = encodeFunctionData({
    abi: rootChainAbi,
    functionName: "challengePiggyback",
    args: [exit.body, packTerms(exit.terms, exit.transaction), piece, shown, beneficiary],
  });
  return { purpose: "challenge piggyback", to: client.domain.contract, data, value: 0n };
}

export interface IncludedOutput extends Omit<PieceChallenge, "spend"> {
  /** Where the exiting transaction stands. */
  readonly inclusion: Inclusion;
}

/**
 * The L1 transaction that takes a conditional output out of the in-flight exit of the transaction that creates it: that stands in a block, so
 * the output leaves with what spends it (R18). The path is checked first. Throws PROOF_*: the reason why it does not count.
 */
export function challengeIncludedCall(client: Client, request: IncludedOutput): L1Call {
  const { address } = requireWallet(client);
  const { exit, piece, inclusion, beneficiary = address } = request;
  verifyInclusion(exit.txId, exit.transaction, inclusion, client.crypto.keccak256);
  const data = encodeFunctionData({
    abi: rootChainAbi,
    functionName: "challengePiggyback",
    args: [exit.body, packTerms(exit.terms, exit.transaction), piece, encodeInclusion(inclusion), beneficiary],
  });
  return { purpose: "challenge piggyback", to: client.domain.contract, data, value: 0n };
}

/** Takes a spent piece out of an in-flight exit, and its bond. Throws like `challengePieceCall` and `sendCall`. */
export async function challengePiggyback(client: Client, request: PieceChallenge): Promise<ChallengeResult> {
  const { transactionHash, gasUsed } = await sendCall(client, await challengePieceCall(client, request));
  return { transactionHash, gasUsed, reward: request.exit.terms.bond };
}
