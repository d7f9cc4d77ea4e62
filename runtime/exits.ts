import type { Address, Hex } from "viem";
import { fromHex } from "../protocol/bytes.ts";
import type { Keccak256 } from "../protocol/hashing.ts";
import { FIRST_OUTPUT_PIECE } from "../protocol/inFlight.ts";
import type { ExitState, Finalisation, OpenExit } from "../protocol/ledger.ts";
import { decodeBody } from "../protocol/transaction.ts";
import { idPrefix, toBlob, toHexText } from "./bytes.ts";
import { createInFlightExits, type InFlightEvent, type InFlightExits, type InFlightNotice } from "./inFlightExits.ts";
import type { L1Place, RootChainEvent } from "./rootChainEvent.ts";
import type { Row, Store } from "./store.ts";

/** What became of a standard exit, for those who listen. */
export interface StandardExitNotice {
  readonly kind: "standard";
  readonly outputId: Hex;
  readonly position: bigint;
  readonly token: Address;
  readonly startedAt: number;
  /** Finalised: the output was paid, by this exit or another one, or a canonical in-flight exit spends it. */
  readonly status: "started" | "challenged" | "finalised";
}

export type ExitNotice = StandardExitNotice | InFlightNotice;

/** A standard exit as L1 told of it; open while it is neither challenged nor finalised. */
export interface StandardExit {
  readonly outputId: Hex;
  readonly position: bigint;
  readonly token: Address;
  /** L1 times, seconds. */
  readonly startedAt: number;
  readonly exitableAt: number;
}

/** The events of which exits are made. */
export type ExitEvent = RootChainEvent<"ExitStarted" | "ExitChallenged" | "ExitProcessed"> | InFlightEvent;

export interface Exits {
  readonly inFlight: InFlightExits;
  /** Takes in an event of an L1 block with this time; returns what listeners are told. */
  onEvent(event: ExitEvent, timestamp: number): ExitNotice[];
  onRollback(block: bigint): void;
  /** The finished and open exits that concern an output; undefined if there are none. */
  stateOf(outputId: Hex): ExitState | undefined;
  /** The same as it was just before `place`. */
  stateBefore(outputId: Hex, place: L1Place): ExitState | undefined;
  /** Standard exits that are open, in the order in which they are paid. */
  open(): StandardExit[];
  countOpen(): number;
  /** The last standard exit of an output, open or not. */
  find(outputId: Hex): StandardExit | undefined;
}

/** Behind everything in the L1 log. */
const END: L1Place = { block: BigInt(Number.MAX_SAFE_INTEGER), logIndex: 0 };

/**
 * The exits as L1 tells them. An exit that left its queue without a payment (`ExitDropped`) changes nothing: it was
 * challenged or deleted before, or its output was finalised by an in-flight exit.
 */
export function createExits(store: Store, keccak: Keccak256): Exits {
  const insert = store.prepare(
    "INSERT INTO exits (output_id, block, slot, token, started_at, exitable_at, l1_block, log_index) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING *",
  );
  const end = store.prepare(
    "UPDATE exits SET outcome = ?, outcome_l1_block = ?, outcome_log_index = ? WHERE output_id = ? AND outcome IS NULL RETURNING *",
  );
  const insertFinalised = store.prepare("INSERT INTO finalised_outputs VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING");
  const isBefore = (block: string, logIndex: string) => `(${block}, ${logIndex}) < (?2, ?3)`;
  const isOpen = (table: string, fact: string) =>
    `(${table}.${fact}_l1_block IS NULL OR NOT ${isBefore(`${table}.${fact}_l1_block`, `${table}.${fact}_log_index`)})`;
  const selectState = store.prepare(
    `SELECT 'finalised' AS kind, spent_by AS tx_id, NULL AS started_at FROM finalised_outputs
      WHERE output_id = ?1 AND ${isBefore("l1_block", "log_index")}
    UNION ALL SELECT 'standard', NULL, started_at FROM exits e
      WHERE output_id = ?1 AND ${isBefore("l1_block", "log_index")} AND ${isOpen("e", "outcome")}
    UNION ALL SELECT iif(p.piece < ${FIRST_OUTPUT_PIECE}, 'input', 'output'), x.tx_id, x.started_at
      FROM in_flight_pieces p JOIN in_flight_exits x ON x.id = p.exit
      WHERE p.output_id = ?1 AND ${isBefore("p.l1_block", "p.log_index")} AND ${isOpen("p", "removed")} AND ${isOpen("x", "outcome")}`,
  );
  const selectConcerned = store.prepare(
    `SELECT output_id FROM finalised_outputs UNION SELECT output_id FROM exits UNION SELECT output_id FROM in_flight_pieces`,
  );
  const selectOpen = store.prepare("SELECT * FROM exits WHERE outcome IS NULL ORDER BY exitable_at, block, slot, id");
  const selectNewest = store.prepare("SELECT * FROM exits WHERE output_id = ? ORDER BY id DESC LIMIT 1");
  const countOpen = store.prepare("SELECT count(*) AS count FROM exits WHERE outcome IS NULL");
  const rollback = [
    store.prepare("DELETE FROM exits WHERE l1_block > ?"),
    store.prepare(
      "UPDATE exits SET outcome = NULL, outcome_l1_block = NULL, outcome_log_index = NULL WHERE outcome_l1_block > ?",
    ),
    store.prepare("DELETE FROM finalised_outputs WHERE l1_block > ?"),
  ];

  // Every payment asks for its inputs, and next to none of them ever took part in an exit. What a reorg takes back may stay here.
  const concerned = new Set(selectConcerned.all().map((row) => idPrefix(toHexText(row.output_id as Uint8Array))));
  const concern = (outputId: Hex) => void concerned.add(idPrefix(outputId));
  const inFlight = createInFlightExits(store, keccak, concern);

  const onStarted = (event: RootChainEvent<"ExitStarted">, timestamp: number): ExitNotice[] => {
    const { outputId, position, token, exitableAt } = event.args;
    const [block, slot] = [Number(position >> 40n), Number(position & 0xffffffffffn)];
    concern(outputId);
    const place = [event.blockNumber, event.logIndex] as const;
    return toNotices(insert.get(toBlob(outputId), block, slot, toBlob(token), timestamp, exitableAt, ...place));
  };

  const finalise = (outputId: Hex, spentBy: Hex | undefined, { blockNumber, logIndex }: ExitEvent): ExitNotice[] => {
    concern(outputId);
    insertFinalised.run(toBlob(outputId), spentBy === undefined ? null : toBlob(spentBy), blockNumber, logIndex);
    return toNotices(end.get("finalised", blockNumber, logIndex, toBlob(outputId)));
  };

  /** R13: a canonical verdict finalises all inputs that nothing else has finalised. */
  const onDecided = (event: RootChainEvent<"InFlightExitDecided">): ExitNotice[] => {
    const { txId, canonical } = event.args;
    const body = canonical ? inFlight.get(txId)?.body : undefined;
    if (body === undefined) return [];
    return decodeBody(fromHex(body)).inputs.flatMap(({ outputId }) => finalise(outputId, txId, event));
  };

  const stateBefore = (outputId: Hex, { block, logIndex }: L1Place): ExitState | undefined => {
    if (!concerned.has(idPrefix(outputId))) return undefined;
    const rows = selectState.all(toBlob(outputId), block, logIndex);
    return rows.length === 0 ? undefined : toState(rows);
  };

  return {
    inFlight,
    onEvent(event, timestamp) {
      switch (event.eventName) {
        case "ExitStarted":
          return onStarted(event, timestamp);
        case "ExitChallenged":
          return toNotices(end.get("challenged", event.blockNumber, event.logIndex, toBlob(event.args.outputId)));
        case "ExitProcessed":
          return finalise(event.args.outputId, undefined, event);
        case "InFlightExitDecided":
          return [inFlight.onEvent(event), ...onDecided(event)];
        default:
          return [inFlight.onEvent(event)];
      }
    },
    onRollback(block) {
      for (const statement of rollback) statement.run(block);
      inFlight.onRollback(block);
    },
    stateOf: (outputId) => stateBefore(outputId, END),
    stateBefore,
    open: () => selectOpen.all().map(toExit),
    find(outputId) {
      const row = selectNewest.get(toBlob(outputId));
      return row && toExit(row);
    },
    countOpen: () => countOpen.get()?.count as number,
  };
}

function toState(rows: readonly Row[]): ExitState {
  let finalised: Finalisation | undefined;
  const open: OpenExit[] = [];
  for (const { kind, tx_id, started_at } of rows) {
    const startedAt = started_at as number;
    if (kind === "finalised") {
      finalised = tx_id === null ? { kind: "paid" } : { kind: "spent", txId: toHexText(tx_id as Uint8Array) };
    } else if (kind === "standard") {
      open.push({ kind, startedAt });
    } else {
      open.push({ kind: kind as "input" | "output", txId: toHexText(tx_id as Uint8Array), startedAt });
    }
  }
  return { finalised, open };
}

const positionOf = (row: Row) => (BigInt(row.block as number) << 40n) | BigInt(row.slot as number);

function toExit(row: Row): StandardExit {
  return {
    outputId: toHexText(row.output_id as Uint8Array),
    position: positionOf(row),
    token: toHexText(row.token as Uint8Array),
    startedAt: row.started_at as number,
    exitableAt: row.exitable_at as number,
  };
}

function toNotices(row: Row | undefined): StandardExitNotice[] {
  if (row === undefined) return [];
  return [
    {
      kind: "standard",
      outputId: toHexText(row.output_id as Uint8Array),
      position: positionOf(row),
      token: toHexText(row.token as Uint8Array),
      startedAt: row.started_at as number,
      status: row.outcome === null ? "started" : (row.outcome as "challenged" | "finalised"),
    },
  ];
}
