import type { Store } from "./store.ts";

/** Rows whose keys are hashes, collected to be written together. Used inside `store.transaction`. */
export interface SortedInsert {
  /** The first value, below 2^48, decides where in the table the row goes. */
  add(prefix: number, ...rest: number[]): void;
  /** Writes what was added since the last time, and forgets it. */
  flush(): void;
}

/** Rows of one statement. */
const ROWS = 64;
const ORDINALS = 2 ** 21;

/**
 * Inserts into a table of integers in the order of its key: neighbours share pages of the B-tree, so that a block of rows at random
 * places costs a fraction of as many single ones, and many rows share one statement.
 */
export function createSortedInsert(store: Store, table: string, columns: number): SortedInsert {
  const row = `(${Array(columns).fill("?").join(", ")})`;
  const insertOne = store.prepare(`INSERT OR IGNORE INTO ${table} VALUES ${row}`);
  const insertMany = store.prepare(`INSERT OR IGNORE INTO ${table} VALUES ${Array(ROWS).fill(row).join(", ")}`);
  let values: number[] = [];

  /** Numbers of the rows by ascending prefix. Numbers sort without a comparator: 32 bits of the prefix, then the row's number. */
  const sorted = (): Float64Array => {
    const count = values.length / columns;
    const keys = new Float64Array(count);
    for (let index = 0; index < count; index++) {
      keys[index] = Math.floor((values[index * columns] as number) / 2 ** 16) * ORDINALS + index;
    }
    return keys.sort();
  };

  const flush = () => {
    const order = sorted();
    const ordered: number[] = [];
    for (const key of order) {
      const start = (key % ORDINALS) * columns;
      for (let column = 0; column < columns; column++) ordered.push(values[start + column] as number);
    }
    values = [];
    let at = 0;
    for (; at + ROWS * columns <= ordered.length; at += ROWS * columns) {
      insertMany.run(...ordered.slice(at, at + ROWS * columns));
    }
    for (; at < ordered.length; at += columns) insertOne.run(...ordered.slice(at, at + columns));
  };

  return {
    add(prefix, ...rest) {
      values.push(prefix, ...rest);
      if (values.length === ORDINALS * columns) flush();
    },
    flush,
  };
}
