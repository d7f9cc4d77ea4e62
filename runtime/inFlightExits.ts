import type { Address, Hex } from "viem";
import * as z from "zod";
import { fromHex } from "../protocol/bytes.ts";
import { decodePreimages } from "../protocol/evidence.ts";
import type { Keccak256 } from "../protocol/hashing.ts";
import {
  FIRST_OUTPUT_PIECE,
  type InFlightState,
  type InFlightTerms,
  inFlightEntryId,
  maskOf,
  piecesOf,
  unpackTerms,
} from "../protocol/inFlight.ts";
import { outputIdOf } from "../protocol/output.ts";
import { type OutputPreimage, preimagesSchema } from "../protocol/spend.ts";
import { decodeBody, decodeSignedTransaction } from "../protocol/transaction.ts";
import { toBlob, toHexText, toLowercase } from "./bytes.ts";
import type { RootChainEvent } from "./rootChainEvent.ts";
import type { Row, Store } from "./store.ts";

/** A transaction that L1 was shown in flight, complete (R7). */
export interface InFlightTransaction {
  readonly txId: Hex;
  readonly body: Hex;
  readonly witness: Hex;
  /** What its inputs were, in order. */
  readonly inputs: readonly OutputPreimage[];
}

/** An in-flight exit with all that it takes to play it. */
export interface InFlightExit extends InFlightTransaction, InFlightState {
  /** The id of its queue entries. */
  readonly entryId: Hex;
  readonly terms: InFlightTerms;
  /** Place of the oldest competitor, or of the transaction once it was shown included; null while nothing stands. */
  readonly oldest: bigint | null;
  /** The competitor that stands. */
  readonly competitorId: Hex | null;
  /** Who gets the exit's bond as things are. */
  readonly bondOwner: Address;
  readonly status: "open" | "deleted" | "ended";
  /** L1 transaction of the start. */
  readonly startTxHash: Hex;
}

/** One move in an in-flight exit, for those who listen. */
export interface InFlightNotice {
  readonly kind: "inFlight";
  readonly txId: Hex;
  readonly startedAt: number;
  readonly move: InFlightMove;
}

export type InFlightMove =
  | "started"
  | "piggybacked"
  | "contested"
  | "answered"
  | "pieceChallenged"
  | "decided"
  | "deleted"
  | "ended";

/** The events of which in-flight exits are made. */
export type InFlightEvent = RootChainEvent<
  | "InFlightExitStarted"
  | "Piggybacked"
  | "PiggybackChallenged"
  | "NonCanonicalChallenged"
  | "NonCanonicalResponded"
  | "InFlightExitDecided"
  | "InFlightExitDeleted"
  | "InFlightExitEnded"
>;

export type InFlightExits = ReturnType<typeof createInFlightExits>;

/**
 * The in-flight exits as L1 tells them: every start, the outputs that each concerns, and every move, all with their places in the
 * L1 log. What an exit is now is what its moves have made of it, so a reorg is undone by forgetting moves. `onConcerned` is told of
 * every output that takes part.
 */
export function createInFlightExits(store: Store, keccak: Keccak256, onConcerned: (outputId: Hex) => void) {
  const insert = store.prepare(
    `INSERT INTO in_flight_exits (tx_id, started_at, exitable_at, registered_behind, block, slot, bond, starter, expired, settled, body, witness, inputs,
    l1_block, log_index, l1_transaction) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *`,
  );
  const insertMove = store.prepare("INSERT INTO in_flight_moves VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const insertPiece = store.prepare(
    "INSERT INTO in_flight_pieces (exit, piece, output_id, l1_block, log_index) VALUES (?, ?, ?, ?, ?)",
  );
  const addPiece = (exit: Row, piece: number, outputId: Hex, { blockNumber, logIndex }: InFlightEvent) => {
    onConcerned(outputId);
    insertPiece.run(exit.id as number, piece, toBlob(outputId), blockNumber, logIndex);
  };
  const removePiece = store.prepare(
    `UPDATE in_flight_pieces SET removed_l1_block = ?, removed_log_index = ?
    WHERE exit = ? AND piece = ? AND removed_l1_block IS NULL`,
  );
  const end = store.prepare(
    "UPDATE in_flight_exits SET outcome = ?, outcome_l1_block = ?, outcome_log_index = ? WHERE id = ?",
  );
  const selectNewest = store.prepare("SELECT * FROM in_flight_exits WHERE tx_id = ? ORDER BY id DESC LIMIT 1");
  const selectOpen = store.prepare(
    "SELECT * FROM in_flight_exits WHERE outcome IS NULL AND id > ? ORDER BY id LIMIT ?",
  );
  const selectOpenTransactions = store.prepare("SELECT tx_id FROM in_flight_exits WHERE outcome IS NULL ORDER BY id");
  const countOpen = store.prepare("SELECT count(*) AS count FROM in_flight_exits WHERE outcome IS NULL");
  const selectMoves = store.prepare("SELECT * FROM in_flight_moves WHERE exit = ? ORDER BY rowid");
  const selectSpends = store.prepare(
    `SELECT x.* FROM in_flight_pieces p JOIN in_flight_exits x ON x.id = p.exit
    WHERE p.output_id = ? AND p.piece < ${FIRST_OUTPUT_PIECE} GROUP BY x.tx_id ORDER BY x.id`,
  );
  const rollback = [
    store.prepare("DELETE FROM in_flight_exits WHERE l1_block > ?"),
    store.prepare("DELETE FROM in_flight_moves WHERE l1_block > ?"),
    store.prepare("DELETE FROM in_flight_pieces WHERE l1_block > ?"),
    store.prepare(
      "UPDATE in_flight_pieces SET removed_l1_block = NULL, removed_log_index = NULL WHERE removed_l1_block > ?",
    ),
    store.prepare(
      `UPDATE in_flight_exits SET outcome = NULL, outcome_l1_block = NULL, outcome_log_index = NULL
      WHERE outcome_l1_block > ?`,
    ),
  ];

  const onStarted = (event: RootChainEvent<"InFlightExitStarted">): Row => {
    const { args, blockNumber, logIndex, transactionHash } = event;
    const { txId } = args;
    const terms = unpackTerms(args.terms);
    const shown = fromHex(args.shown);
    const { transaction, bodyLength } = decodeSignedTransaction(shown);
    const inputs = z.encode(preimagesSchema, decodePreimages(args.preimages));
    const row = insert.get(
      toBlob(txId),
      terms.startedAt,
      terms.exitableAt,
      terms.registeredBehind,
      Number(terms.position >> 40n),
      Number(terms.position & 0xffffffffffn),
      `0x${terms.bond.toString(16)}`,
      toBlob(terms.starter),
      Number(args.contested),
      Number(args.settled),
      shown.subarray(0, bodyLength),
      shown.subarray(bodyLength),
      JSON.stringify(inputs),
      blockNumber,
      logIndex,
      toBlob(transactionHash),
    ) as Row;
    for (const [piece, { outputId }] of transaction.inputs.entries()) {
      addPiece(row, piece, outputId, event);
    }
    return row;
  };

  /** The transaction's outputs among `pieces` take part from now on; its inputs do from the start. */
  const onPiggybacked = (exit: Row, event: RootChainEvent<"Piggybacked">) => {
    const { args } = event;
    const { outputs } = decodeBody(exit.body as Uint8Array);
    for (const piece of piecesOf(args.pieces)) {
      const outputIndex = piece - FIRST_OUTPUT_PIECE;
      const output = outputs[outputIndex];
      if (output === undefined) continue;
      addPiece(exit, piece, outputIdOf(args.txId, outputIndex, output, keccak), event);
    }
  };

  const toExit = (row: Row): InFlightExit => {
    const terms = toTerms(row);
    const txId = toHexText(row.tx_id as Uint8Array);
    const start: Standing = {
      pieces: [],
      contested: row.expired === 1,
      verdict: "none",
      oldest: null,
      competitorId: null,
      bondOwner: terms.starter,
    };
    return {
      ...toTransaction(row),
      ...selectMoves.all(row.id as number).reduce(afterMove, start),
      entryId: inFlightEntryId(txId, terms.startedAt, keccak),
      terms,
      settled: row.settled === 1,
      status: (row.outcome as "deleted" | "ended" | null) ?? "open",
      startTxHash: toHexText(row.l1_transaction as Uint8Array),
    };
  };

  return {
    /** Takes in an event; returns what listeners are told. */
    onEvent(event: InFlightEvent): InFlightNotice {
      const { blockNumber, logIndex } = event;
      const exit =
        event.eventName === "InFlightExitStarted" ? onStarted(event) : selectNewest.get(toBlob(event.args.txId));
      if (exit === undefined)
        throw new RangeError(`L1 tells of an in-flight exit ${event.args.txId} that never started`);
      const id = exit.id as number;
      const move = moveOf(event);
      const { kind, pieces, spendId, place, account, canonical } = move;
      insertMove.run(id, kind, pieces, spendId, place, account, canonical, blockNumber, logIndex);
      switch (event.eventName) {
        case "Piggybacked":
          onPiggybacked(exit, event);
          break;
        case "PiggybackChallenged":
          if (event.args.piece >= FIRST_OUTPUT_PIECE) removePiece.run(blockNumber, logIndex, id, event.args.piece);
          break;
        case "InFlightExitDeleted":
          end.run("deleted", blockNumber, logIndex, id);
          break;
        case "InFlightExitEnded":
          end.run("ended", blockNumber, logIndex, id);
          break;
      }
      return {
        kind: "inFlight",
        txId: toHexText(exit.tx_id as Uint8Array),
        startedAt: exit.started_at as number,
        move: kind,
      };
    },
    onRollback(block: bigint): void {
      for (const statement of rollback) statement.run(block);
    },
    /** The open in-flight exit of a transaction, or else its last one. */
    get(txId: Hex): InFlightExit | undefined {
      const row = selectNewest.get(toBlob(txId));
      return row && toExit(row);
    },
    /** The open ones after a cursor, oldest first, and the cursor of each. */
    open(after: number, limit: number): { readonly cursor: number; readonly exit: InFlightExit }[] {
      return selectOpen.all(after, limit).map((row) => ({ cursor: row.id as number, exit: toExit(row) }));
    },
    /** Ids of the transactions of the open ones, oldest first. */
    openTransactions: (): Hex[] => selectOpenTransactions.all().map((row) => toHexText(row.tx_id as Uint8Array)),
    countOpen: () => countOpen.get()?.count as number,
    /** All transactions ever shown in flight that spend an output. */
    spendsOf: (outputId: Hex): InFlightTransaction[] => selectSpends.all(toBlob(outputId)).map(toTransaction),
  };
}

/** What moves change. */
type Standing = Pick<InFlightExit, "pieces" | "contested" | "verdict" | "oldest" | "competitorId" | "bondOwner">;

interface MoveColumns {
  readonly kind: InFlightMove;
  /** A set of pieces. */
  readonly pieces: number | null;
  readonly spendId: Uint8Array | null;
  readonly place: string | null;
  readonly account: Uint8Array | null;
  readonly canonical: 0 | 1 | null;
}

function moveOf(event: InFlightEvent): MoveColumns {
  const nothing = { pieces: null, spendId: null, place: null, account: null, canonical: null };
  const accountOf = (address: Address) => toBlob(toLowercase(address));
  switch (event.eventName) {
    case "InFlightExitStarted":
      return { ...nothing, kind: "started" };
    case "Piggybacked":
      return { ...nothing, kind: "piggybacked", pieces: event.args.pieces, account: accountOf(event.args.owner) };
    case "PiggybackChallenged": {
      const { piece, spendId, beneficiary } = event.args;
      const account = accountOf(beneficiary);
      return { ...nothing, kind: "pieceChallenged", pieces: maskOf([piece]), spendId: toBlob(spendId), account };
    }
    case "NonCanonicalChallenged": {
      const { competitorId, place, beneficiary } = event.args;
      const [spendId, account] = [toBlob(competitorId), accountOf(beneficiary)];
      return { ...nothing, kind: "contested", spendId, place: place.toString(), account };
    }
    case "NonCanonicalResponded": {
      const { place, responder } = event.args;
      return { ...nothing, kind: "answered", place: place.toString(), account: accountOf(responder) };
    }
    case "InFlightExitDecided":
      return { ...nothing, kind: "decided", canonical: event.args.canonical ? 1 : 0 };
    case "InFlightExitDeleted":
      return { ...nothing, kind: "deleted" };
    case "InFlightExitEnded":
      return { ...nothing, kind: "ended" };
  }
}

function afterMove(standing: Standing, row: Row): Standing {
  const kind = row.kind as InFlightMove;
  const account = (): Address => toHexText(row.account as Uint8Array);
  const mask = maskOf(standing.pieces);
  const pieces = row.pieces as number;
  switch (kind) {
    case "piggybacked":
      return { ...standing, pieces: piecesOf(mask | pieces) };
    case "pieceChallenged":
      return { ...standing, pieces: piecesOf(mask & ~pieces) };
    case "contested":
      return {
        ...standing,
        contested: true,
        oldest: BigInt(row.place as string),
        competitorId: toHexText(row.spend_id as Uint8Array),
        bondOwner: account(),
      };
    case "answered": {
      const oldest = BigInt(row.place as string);
      return { ...standing, contested: false, oldest, competitorId: null, bondOwner: account() };
    }
    case "decided":
      return { ...standing, verdict: row.canonical === 1 ? "canonical" : "not canonical" };
    default:
      return standing;
  }
}

function toTerms(row: Row): InFlightTerms {
  return {
    startedAt: row.started_at as number,
    exitableAt: row.exitable_at as number,
    registeredBehind: BigInt(row.registered_behind as number),
    position: (BigInt(row.block as number) << 40n) | BigInt(row.slot as number),
    bond: BigInt(row.bond as string),
    starter: toHexText(row.starter as Uint8Array),
  };
}

function toTransaction(row: Row): InFlightTransaction {
  return {
    txId: toHexText(row.tx_id as Uint8Array),
    body: toHexText(row.body as Uint8Array),
    witness: toHexText(row.witness as Uint8Array),
    inputs: preimagesSchema.parse(JSON.parse(row.inputs as string)),
  };
}
