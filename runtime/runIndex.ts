import { createRunStore, PAIRS_PER_PAGE, type Run, type RunStore, type RunWriter } from "./runStore.ts";
import { sortedOrder } from "./sortedOrder.ts";
import type { Store } from "./store.ts";

/**
 * Pairs of a key, which is looked for, and a value, where it leads: whole numbers from 0 to 2^53 - 1, in order of both. Writers run
 * inside `store.transaction`.
 *
 * A log-structured merge tree (O'Neil et al., 1996): what is written at once is one sorted run, and runs of about the same size become
 * one, so that no page is ever changed and a pair is written again as often as the logarithm of their number says. Of a merge, each
 * `flush` does a part that is in proportion to what it writes: none takes long.
 */
export interface RunIndex {
  /** Notes a pair; those of one key in ascending order of their values. It is found after `flush`. */
  add(key: number, value: number): void;
  flush(): void;
  /** The lowest `limit` values of a key above `after`, ascending. */
  above(key: number, after: number, limit?: number): number[];
  /** The highest `limit` values of a key below `before`, descending. */
  below(key: number, before: number, limit: number): number[];
  visit(visitor: (key: number, value: number) => void): void;
  /** Removes all pairs with this value or a higher one. */
  removeFrom(value: number): void;
}

export interface RunIndexOptions {
  readonly name: string;
  /** Whether a value is still wanted: others are not found, and are left out when runs are merged. */
  readonly isWanted?: (value: number) => boolean;
}

/** So many runs of one size are merged. */
const FAN_IN = 8;
/** Runs with fewer pairs are of one size; sizes differ by FAN_IN. */
const SMALL_RUN = 2_048;
/** A merge does at least so much with every flush. */
const LEAST_WORK = 8_192;
/** Merging as many pairs as come in would be just enough to end one merge before the next of its size is due. */
const WORK_PER_PAIR = 2;

interface Merge {
  readonly sources: readonly Run[];
  readonly cursors: Cursor[];
  readonly writer: RunWriter;
}

interface Cursor {
  readonly run: Run;
  page: number;
  pairs: Float64Array;
  at: number;
}

export function createRunIndex(store: Store, { name, isWanted = () => true }: RunIndexOptions): RunIndex {
  const runStore = createRunStore(store, name);
  let runs: Run[] = [];
  let merges: Merge[] = [];
  let keys: number[] = [];
  let values: number[] = [];

  const load = () => {
    runs = runStore.load();
    [merges, keys, values] = [[], [], []];
  };
  load();
  store.onRollback(load);

  const writeRun = (): number => {
    const added = keys.length;
    if (added === 0) return 0;
    const writer = runStore.startRun();
    for (const index of sortedOrder(keys)) writer.push(keys[index] as number, values[index] as number);
    [keys, values] = [[], []];
    runs.push(writer.end());
    return added;
  };

  const startMerges = () => {
    const busy = new Set(merges.flatMap(({ sources }) => sources));
    const bySize = Map.groupBy(
      runs.filter((run) => !busy.has(run)),
      ({ pairs }) => Math.max(0, Math.floor(Math.log(pairs / SMALL_RUN) / Math.log(FAN_IN))),
    );
    for (const sameSize of bySize.values()) {
      if (sameSize.length < FAN_IN) continue;
      const sources = sameSize.slice(0, FAN_IN);
      const cursors = sources.map((run) => cursorAt(runStore, run));
      merges.push({ sources, cursors, writer: runStore.startRun() });
    }
  };

  const endMerge = (merge: Merge) => {
    const merged = merge.writer.end();
    const sources = new Set(merge.sources);
    runs = [...runs.filter((run) => !sources.has(run)), merged];
    merges = merges.filter((other) => other !== merge);
    for (const run of merge.sources) runStore.drop(run);
  };

  /** Values of one key in all runs, in an order that `compare` says, each once. */
  const collect = (
    valuesOf: (run: Run) => Generator<number>,
    compare: (a: number, b: number) => number,
    limit: number,
  ): number[] => {
    const found = runs.flatMap((run) => [...valuesOf(run).filter(isWanted).take(limit)]).sort(compare);
    return found.filter((value, index) => value !== found[index - 1]).slice(0, limit);
  };

  return {
    add(key, value) {
      keys.push(key);
      values.push(value);
    },

    flush() {
      const added = writeRun();
      startMerges();
      const work = Math.max(LEAST_WORK, WORK_PER_PAIR * added);
      for (const merge of merges) if (advance(merge, runStore, work, isWanted)) endMerge(merge);
      runStore.erase(Math.ceil((WORK_PER_PAIR * work) / PAIRS_PER_PAGE));
    },

    above: (key, after, limit = Number.POSITIVE_INFINITY) =>
      collect(
        (run) => ascending(runStore, run, key, after + 1),
        (a, b) => a - b,
        limit,
      ),

    below: (key, before, limit) =>
      collect(
        (run) => descending(runStore, run, key, before),
        (a, b) => b - a,
        limit,
      ),

    visit(visitor) {
      for (const run of runs) {
        for (let page = 0; page < run.pages; page++) {
          const pairs = runStore.read(run, page);
          for (let at = 0; at < pairs.length; at += 2) visitor(pairs[at] as number, pairs[at + 1] as number);
        }
      }
    },

    removeFrom(value) {
      for (const { writer } of merges) runStore.drop(writer.end());
      merges = [];
      runs = runs.flatMap((run) => {
        if (run.highest < value) return [run];
        const cursor = cursorAt(runStore, run);
        const writer = runStore.startRun();
        advance({ sources: [run], cursors: [cursor], writer }, runStore, Infinity, (other) => other < value);
        runStore.drop(run);
        const rest = writer.end();
        if (rest.pairs > 0) return [rest];
        runStore.drop(rest);
        return [];
      });
    },
  };
}

const cursorAt = (runStore: RunStore, run: Run): Cursor => ({ run, page: 0, pairs: runStore.read(run, 0), at: 0 });

/** Writes the next `work` pairs of the sources in order, those that are wanted, each once; true when none is left. */
function advance(
  { cursors, writer }: Merge,
  runStore: RunStore,
  work: number,
  isWanted: (value: number) => boolean,
): boolean {
  for (let done = 0; done < work; done++) {
    let least: Cursor | undefined;
    let key = Infinity;
    let value = Infinity;
    for (const cursor of cursors) {
      const otherKey = cursor.pairs[cursor.at] as number;
      if (otherKey > key) continue;
      const otherValue = cursor.pairs[cursor.at + 1] as number;
      if (otherKey === key && otherValue >= value) continue;
      least = cursor;
      key = otherKey;
      value = otherValue;
    }
    if (least === undefined) return true;
    if (isWanted(value)) writer.push(key, value);
    least.at += 2;
    if (least.at < least.pairs.length) continue;
    least.page += 1;
    least.at = 0;
    if (least.page < least.run.pages) least.pairs = runStore.read(least.run, least.page);
    else cursors.splice(cursors.indexOf(least), 1);
  }
  return cursors.length === 0;
}

/** Values of a key from `from` on. */
function* ascending(runStore: RunStore, run: Run, key: number, from: number): Generator<number> {
  for (let page = Math.max(0, firstNotBelow(run.fences, key, from) - 1); page < run.pages; page++) {
    if ((run.fences[2 * page] as number) > key) return;
    const pairs = runStore.read(run, page);
    for (let at = 2 * firstNotBelow(pairs, key, from); at < pairs.length; at += 2) {
      if (pairs[at] !== key) return;
      yield pairs[at + 1] as number;
    }
  }
}

/** Values of a key below `before`, the highest first. */
function* descending(runStore: RunStore, run: Run, key: number, before: number): Generator<number> {
  for (let page = firstNotBelow(run.fences, key, before) - 1; page >= 0; page--) {
    const pairs = runStore.read(run, page);
    for (let at = 2 * firstNotBelow(pairs, key, before) - 2; at >= 0; at -= 2) {
      if (pairs[at] !== key) return;
      yield pairs[at + 1] as number;
    }
  }
}

/** Number of the first of some sorted pairs that is not below (key, value). */
function firstNotBelow(pairs: Float64Array, key: number, value: number): number {
  let [low, high] = [0, pairs.length / 2];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = pairs[2 * middle] as number;
    if (other < key || (other === key && (pairs[2 * middle + 1] as number) < value)) low = middle + 1;
    else high = middle;
  }
  return low;
}
