import { concatHex, encodeFunctionData, type Hex } from "viem";
import { encodeHeader, encodeProofSource } from "../protocol/evidence.ts";
import { exitableAt } from "../protocol/exit.ts";
import { rootChainAbi } from "../protocol/generated/rootChain.ts";
import { maskOf } from "../protocol/inFlight.ts";
import { blockOf } from "../protocol/position.ts";
import { currentBond } from "./bond.ts";
import { type Client, requireWallet } from "./client.ts";
import { findHeader } from "./headers.ts";
import { findInFlightExit } from "./inFlightExits.ts";
import { exitPeriod, type L1Call, l1Time, sendCall } from "./l1.ts";
import { listPieces, ownPieces, type Piece } from "./pieces.ts";
import { choosePieces } from "./piggyback.ts";
import { verifyProofOnL1 } from "./proofs.ts";
import { findHint } from "./queue.ts";
import { type OpenedTransaction, openTransaction, type SavedTransaction } from "./savedTransaction.ts";

export interface InFlightRequest {
  readonly saved: SavedTransaction;
  /** Numbers of the pieces to piggyback at once; by default all of the wallet's own, on both sides. */
  readonly pieces?: readonly number[] | undefined;
}

export interface PlannedInFlightExit {
  readonly call: L1Call;
  readonly opened: OpenedTransaction;
  readonly pieces: readonly Piece[];
  /** Wei, for the exit and once more for each piece: the call sends (1 + pieces) times as much. */
  readonly bond: bigint;
  /** L1 timestamps in seconds, if it is started now. */
  readonly phaseOneEnds: number;
  readonly exitableAt: number;
}

export interface StartedInFlightExit extends Omit<PlannedInFlightExit, "call"> {
  readonly transactionHash: Hex;
  readonly gasUsed: bigint;
}

/**
 * The L1 transaction that starts the in-flight exit of a transaction (R10), piggybacking own pieces in the same call. The proofs
 * of its inputs are verified against L1 first; nothing comes from the operator. Throws INPUT_PROOF_MISSING, PIECE_UNKNOWN, and
 * like `verifyProofOnL1`.
 */
export async function planInFlightExit(client: Client, request: InFlightRequest): Promise<PlannedInFlightExit> {
  const { address } = requireWallet(client);
  const opened = openTransaction(client, request.saved);
  for (const proof of opened.proofs) await verifyProofOnL1(client, proof);
  const all = listPieces(client, opened);
  const pieces = choosePieces(all, await ownPieces(client, all, address), request.pieces);

  const youngest = opened.proofs.reduce((a, b) => (a.position > b.position ? a : b));
  const [startedAt, minExitPeriod, bond, header] = await Promise.all([
    l1Time(client),
    exitPeriod(client),
    currentBond(client),
    youngest.kind === "deposit" ? findHeader(client, blockOf(youngest.position)) : youngest.inclusion.header,
  ]);
  const time = exitableAt({ startedAt, minExitPeriod, blockTimestamp: header.timestamp });
  const tokens = [...new Set(pieces.map(({ output }) => output.token))];
  const hint = await findHint(client, tokens, time, youngest.position);

  const sources = opened.proofs.map(encodeProofSource);
  // No source shows the block behind which a deposit was made.
  if (youngest.kind === "deposit" && header.number !== 0n) sources.push(encodeHeader(header));
  const mask = maskOf(pieces.map(({ number }) => number));
  const data = encodeFunctionData({
    abi: rootChainAbi,
    functionName: "startInFlightExit",
    args: [concatHex([opened.body, opened.witness]), concatHex(sources), mask, hint],
  });
  const value = bond * BigInt(1 + pieces.length);
  return {
    call: { purpose: "start in-flight exit", to: client.domain.contract, data, value },
    opened,
    pieces,
    bond,
    phaseOneEnds: startedAt + Math.floor(minExitPeriod / 2),
    exitableAt: time,
  };
}

/** Starts the in-flight exit and waits until L1 has it. Throws like `planInFlightExit` and `sendCall`. */
export async function startInFlightExit(client: Client, request: InFlightRequest): Promise<StartedInFlightExit> {
  const { call, ...planned } = await planInFlightExit(client, request);
  const { transactionHash, gasUsed } = await sendCall(client, call);
  const { phaseOneEnds, terms } = await findInFlightExit(client, planned.opened.txId);
  return { ...planned, phaseOneEnds, exitableAt: terms.exitableAt, transactionHash, gasUsed };
}
