import { type Address, type Hex, slice } from "viem";
import { fromHex } from "../protocol/bytes.ts";
import { decodePreimages } from "../protocol/evidence.ts";
import { ZERO_ADDRESS } from "../protocol/hashing.ts";
import {
  decodeInFlightWord,
  IN_NO_BLOCK,
  type InFlightState,
  type InFlightTerms,
  inFlightEntryId,
  piecesOf,
  unpackTerms,
} from "../protocol/inFlight.ts";
import { decodeSignedTransaction } from "../protocol/transaction.ts";
import type { Client } from "./client.ts";
import { clientError } from "./errors.ts";
import { mixedEventPages, type RootChainEvent } from "./events.ts";
import { atL1, exitPeriod, rootChain } from "./l1.ts";
import { type KnownTransaction, listPieces, type Piece } from "./pieces.ts";

/**
 * Where an in-flight exit stands by the newest L1 block: `joining` in phase 1, when pieces are piggybacked and competitors shown;
 * `waiting` for its time; `ready` to be processed. The others have ended: with a verdict, or without one.
 */
export type InFlightStatus = "joining" | "waiting" | "ready" | "canonical" | "not canonical" | "deleted";

/**
 * `live`: piggybacked. `challenged`: was, and its bond went to whoever showed it spent. `done`: took part, and what was due to it has
 * been paid.
 */
export interface InFlightPiece extends Piece {
  readonly state: "absent" | "live" | "challenged" | "done";
}

/** One in-flight exit, open or ended. */
export interface InFlightExit extends KnownTransaction {
  /** Its id in the queues. */
  readonly entryId: Hex;
  readonly body: Hex;
  readonly witness: Hex;
  readonly terms: InFlightTerms;
  readonly pieces: readonly InFlightPiece[];
  /** L1 time, seconds: before it, pieces join and competitors are shown. */
  readonly phaseOneEnds: number;
  readonly status: InFlightStatus;
  /** Not canonical as it is: a competitor stands, or the transaction had expired. */
  readonly contested: boolean;
  /** Canonical for ever: nobody can contest it. */
  readonly settled: boolean;
  readonly verdict: InFlightState["verdict"];
  /** A competitor counts only at a lower place than this; undefined where any does. */
  readonly oldest: bigint | undefined;
  /** Who gets the bond of the exit itself as things stand. */
  readonly bondOwner: Address;
  readonly startedIn: Hex;
}

type Started = RootChainEvent<"InFlightExitStarted">;

/** What the events after a start tell of it. */
interface History {
  readonly started: Started;
  /** What became last of each piece that was ever piggybacked. */
  readonly pieces: Map<number, "joined" | "challenged">;
  ended: "canonical" | "not canonical" | "deleted" | undefined;
}

interface Clock {
  /** L1 time, seconds. */
  readonly now: number;
  /** How long phase 1 lasts, seconds. */
  readonly phaseOne: number;
}

const EVENTS = [
  "InFlightExitStarted",
  "Piggybacked",
  "PiggybackChallenged",
  "InFlightExitDecided",
  "InFlightExitDeleted",
] as const;

/** Every in-flight exit that L1 knows, oldest start first; a transaction's earlier ones that have ended are listed too. */
export async function listInFlightExits(client: Client): Promise<InFlightExit[]> {
  const [{ number, timestamp }, minExitPeriod] = await Promise.all([
    atL1(client.l1.getBlock({ blockTag: "latest" })),
    exitPeriod(client),
  ]);
  const histories = await readHistories(client, number);
  const newest = new Map(histories.map((history) => [history.started.args.txId, history]));
  const clock: Clock = { now: Number(timestamp), phaseOne: Math.floor(minExitPeriod / 2) };
  return Promise.all(
    histories.map((history) => describe(client, history, newest.get(history.started.args.txId) === history, clock)),
  );
}

/** The newest in-flight exit of a transaction. Throws EXIT_UNKNOWN. */
export async function findInFlightExit(client: Client, txId: Hex): Promise<InFlightExit> {
  const exit = (await listInFlightExits(client)).findLast((candidate) => candidate.txId === txId);
  if (!exit) throw clientError("EXIT_UNKNOWN", `no in-flight exit of ${txId} was ever started`, { txId });
  return exit;
}

/** Whether an in-flight exit of the transaction is open. */
export async function isInFlight(client: Client, txId: Hex): Promise<boolean> {
  return (await readInFlightExit(client, txId)).state !== undefined;
}

/** Whether an in-flight exit has ended. */
export function hasEnded({ status }: InFlightExit): boolean {
  return status !== "joining" && status !== "waiting" && status !== "ready";
}

async function readInFlightExit(client: Client, txId: Hex) {
  const args = [txId] as const;
  const [word, oldest, bondOwner] = await atL1(
    client.l1.readContract({ ...rootChain(client), functionName: "inFlightExitOf", args }),
  );
  return { state: decodeInFlightWord(word), oldest, bondOwner: lower(bondOwner) };
}

async function readHistories(client: Client, toBlock: bigint): Promise<History[]> {
  const histories: History[] = [];
  for await (const events of mixedEventPages(client, EVENTS, toBlock)) {
    for (const event of events) {
      if (event.eventName === "InFlightExitStarted") {
        histories.push({ started: event, pieces: new Map(), ended: undefined });
        continue;
      }
      const history = histories.findLast(({ started }) => started.args.txId === event.args.txId);
      if (!history) continue;
      switch (event.eventName) {
        case "PiggybackChallenged":
          history.pieces.set(event.args.piece, "challenged");
          break;
        case "Piggybacked":
          for (const piece of piecesOf(event.args.pieces)) history.pieces.set(piece, "joined");
          break;
        case "InFlightExitDecided":
          history.ended = event.args.canonical ? "canonical" : "not canonical";
          break;
        case "InFlightExitDeleted":
          history.ended = "deleted";
      }
    }
  }
  return histories;
}

async function describe(
  client: Client,
  { started: { args, transactionHash }, pieces, ended }: History,
  isNewest: boolean,
  { now, phaseOne }: Clock,
): Promise<InFlightExit> {
  const { txId } = args;
  const { transaction, bodyLength } = decodeSignedTransaction(fromHex(args.shown));
  const terms = unpackTerms(args.terms);
  const known = { txId, transaction, inputs: decodePreimages(args.preimages) };
  // Only the newest can be open.
  const read = isNewest ? await readInFlightExit(client, txId) : undefined;
  const state = read?.state;
  const competitor = read && read.bondOwner !== ZERO_ADDRESS ? read : undefined;
  const phaseOneEnds = terms.startedAt + phaseOne;
  const live = new Set(state?.pieces);
  const contested = state?.contested ?? false;
  return {
    ...known,
    entryId: inFlightEntryId(txId, terms.startedAt, client.crypto.keccak256),
    body: slice(args.shown, 0, bodyLength),
    witness: slice(args.shown, bodyLength),
    terms,
    pieces: listPieces(client, known).map((piece) => ({
      ...piece,
      state: live.has(piece.number) ? "live" : PIECE_STATES[pieces.get(piece.number) ?? "absent"],
    })),
    phaseOneEnds,
    status: state ? openStatus(now, phaseOneEnds, terms.exitableAt) : (ended ?? "deleted"),
    contested,
    settled: state?.settled ?? args.settled,
    verdict: state?.verdict ?? (ended === undefined || ended === "deleted" ? "none" : ended),
    oldest: competitor?.oldest ?? (contested ? IN_NO_BLOCK : undefined),
    bondOwner: competitor?.bondOwner ?? terms.starter,
    startedIn: transactionHash,
  };
}

// Of pieces that are not live.
const PIECE_STATES = { absent: "absent", joined: "done", challenged: "challenged" } as const;

function openStatus(now: number, phaseOneEnds: number, exitableAt: number): InFlightStatus {
  if (now < phaseOneEnds) return "joining";
  return now <= exitableAt ? "waiting" : "ready";
}

function lower(address: Address): Address {
  return address.toLowerCase() as Address;
}
