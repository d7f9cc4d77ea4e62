import type { Row, Store } from "../runtime/store.ts";
import { EVENTS, type EventCode, type Finding, type Severity } from "./events.ts";

/** A finding as it is told to people and machines. Times are L1's, seconds. */
export interface Alert {
  readonly id: number;
  readonly code: EventCode;
  readonly severity: Severity;
  readonly subject: string;
  readonly meaning: string;
  readonly action: string;
  readonly deadline: number | null;
  readonly details: Finding["details"];
  readonly raisedAt: number;
  /** Null while it is the case. */
  readonly resolvedAt: number | null;
}

export type Alerts = ReturnType<typeof createAlerts>;

/** The alerts that were ever raised: each once while its finding holds, however often it is found. */
export function createAlerts(store: Store) {
  const selectOpen = store.prepare("SELECT * FROM alerts WHERE resolved_at IS NULL ORDER BY id");
  const insert = store.prepare(
    "INSERT INTO alerts (code, subject, severity, deadline, details, raised_at) VALUES (?, ?, ?, ?, ?, ?) RETURNING *",
  );
  const update = store.prepare("UPDATE alerts SET deadline = ?, details = ? WHERE id = ?");
  const resolve = store.prepare("UPDATE alerts SET resolved_at = ? WHERE id = ? RETURNING *");
  const selectPage = store.prepare("SELECT * FROM alerts WHERE id > ? ORDER BY id LIMIT ?");
  const selectOpenPage = store.prepare("SELECT * FROM alerts WHERE resolved_at IS NULL AND id > ? ORDER BY id LIMIT ?");

  const open = () => selectOpen.all().map(toAlert);

  return {
    open,

    /** Alerts after a cursor, oldest first. */
    page: (after: number, limit: number, onlyOpen: boolean): Alert[] =>
      (onlyOpen ? selectOpenPage : selectPage).all(after, limit).map(toAlert),

    /**
     * Makes the open alerts those of what is found now, at L1 time `now`; returns those that changed. Runs inside
     * `store.transaction`.
     */
    reconcile(findings: readonly Finding[], now: number): { readonly raised: Alert[]; readonly resolved: Alert[] } {
      const standing = new Map(open().map((alert) => [keyOf(alert), alert]));
      const raised: Alert[] = [];
      for (const finding of new Map(findings.map((found) => [keyOf(found), found])).values()) {
        const { code, subject, deadline = null } = finding;
        const details = JSON.stringify(finding.details);
        const known = standing.get(keyOf(finding));
        standing.delete(keyOf(finding));
        if (known === undefined) {
          raised.push(toAlert(insert.get(code, subject, EVENTS[code].severity, deadline, details, now) as Row));
        } else if (known.deadline !== deadline || JSON.stringify(known.details) !== details) {
          update.run(deadline, details, known.id);
        }
      }
      const resolved = [...standing.values()].map(({ id }) => toAlert(resolve.get(now, id) as Row));
      return { raised, resolved };
    },
  };
}

const keyOf = ({ code, subject }: Pick<Finding, "code" | "subject">) => `${code} ${subject}`;

function toAlert(row: Row): Alert {
  const code = row.code as EventCode;
  const { meaning, action } = EVENTS[code];
  return {
    id: row.id as number,
    code,
    severity: row.severity as Severity,
    subject: row.subject as string,
    meaning,
    action,
    deadline: row.deadline as number | null,
    details: JSON.parse(row.details as string),
    raisedAt: row.raised_at as number,
    resolvedAt: row.resolved_at as number | null,
  };
}
