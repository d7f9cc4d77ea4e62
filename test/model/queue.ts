/** What standard and in-flight exits share: their time, their bond and their place. */
import type { Ledger } from "./money.ts";
import type { Objection } from "./moves.ts";
import { BOND, comparePositions, type Entry, type State, type Token } from "./state.ts";

/**
 * R12: open for a period, and for two after the block that created the output (`committedAt`; absent where L1 itself saw it).
 * Rounded up to a step of max(1 s, MEP/168).
 */
export function exitTime({ now, period }: State, committedAt?: number): number {
  const step = Math.max(1, Math.floor(period / 168));
  const time = committedAt === undefined ? now + period : Math.max(committedAt + 2 * period, now + period);
  return Math.ceil(time / step) * step;
}

/** R27: at least what a challenge costs, at most four times that. */
export function bondObjections(bond: bigint): Objection[] {
  return bond < BOND || bond > 4n * BOND ? ["BOND_OUT_OF_RANGE"] : [];
}

/** R25: by (exitableAt, position), first come first served. */
export function enqueue(ledger: Ledger, token: Token, entry: Entry): void {
  const queue = ledger.state.queues[token];
  const isLater = (other: Entry): boolean =>
    (other.exitableAt - entry.exitableAt || comparePositions(other.position, entry.position)) > 0;
  const place = queue.findIndex(isLater);
  ledger.set("queues", token, place === -1 ? [...queue, entry] : queue.toSpliced(place, 0, entry));
}
