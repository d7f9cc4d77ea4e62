import type { Row, Store } from "../runtime/store.ts";
import type { Move, PlannedMove } from "./moves.ts";

/** sent: on its way; mined, settled: done, the second for ever; overtaken: somebody else did it first; stood down: taken back in time. */
export type MoveOutcome = "sent" | "mined" | "settled" | "overtaken" | "stood down";

/** A move that was made or tried. Times are L1's, seconds. */
export interface LoggedMove {
  readonly id: number;
  readonly kind: Move["kind"];
  readonly subject: string;
  readonly deadline: number | null;
  readonly decidedAt: number;
  readonly outcome: MoveOutcome;
}

export type MoveLog = ReturnType<typeof createMoveLog>;

/** What was done on L1 and what became of it, one line for each need. */
export function createMoveLog(store: Store) {
  const upsert = store.prepare(
    `INSERT INTO moves (key, kind, subject, deadline, decided_at, outcome) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET outcome = excluded.outcome`,
  );
  const update = store.prepare("UPDATE moves SET outcome = ? WHERE key = ?");
  const selectOpen = store.prepare("SELECT key FROM moves WHERE outcome IN ('sent', 'mined') ORDER BY id");
  const selectPage = store.prepare("SELECT * FROM moves WHERE id > ? ORDER BY id LIMIT ?");

  return {
    note({ key, subject, deadline, move }: PlannedMove, outcome: MoveOutcome, now: number): void {
      upsert.run(key, move.kind, subject, deadline ?? null, now, outcome);
    },
    settle: (key: string, outcome: MoveOutcome): void => void update.run(outcome, key),
    /** Keys of the moves that are not done for ever. */
    open: (): string[] => selectOpen.all().map((row) => row.key as string),
    /** Moves after a cursor, oldest first. */
    page: (after: number, limit: number): LoggedMove[] => selectPage.all(after, limit).map(toMove),
  };
}

function toMove(row: Row): LoggedMove {
  return {
    id: row.id as number,
    kind: row.kind as Move["kind"],
    subject: row.subject as string,
    deadline: row.deadline as number | null,
    decidedAt: row.decided_at as number,
    outcome: row.outcome as MoveOutcome,
  };
}
