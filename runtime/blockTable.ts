import { blockOf, txIndexOf } from "./outputRef.ts";

/** Where the blocks of the store are: in memory, two numbers a block. */
export interface BlockTable {
  /** The next block: how many entries it has, and where it ends in the file. */
  add(entries: number, end: number): void;
  /** Forgets the blocks from `number` on. */
  removeFrom(number: number): void;
  /** Entries of a block; 0 where there is no such block. */
  entriesOf(number: number): number;
  /** Where a block begins in the file, also the next one. */
  startOf(number: number): number;
  /** Entries of all blocks before the entry with this key, -1 where there is no such entry. */
  ordinalOf(key: number): number;
  /** Entries of all blocks. */
  count(): number;
  /** Where the last block ends. */
  end(): number;
}

export function createBlockTable(): BlockTable {
  /** By the number of a block: entries up to its end, and its end in the file. Blocks are numbered from 1. */
  let counts = [0];
  let ends = [0];

  const entriesOf = (number: number) => (counts[number] ?? 0) - (counts[number - 1] ?? counts[number] ?? 0);

  return {
    add(entries, end) {
      counts.push((counts.at(-1) as number) + entries);
      ends.push(end);
    },
    removeFrom(number) {
      counts = counts.slice(0, number);
      ends = ends.slice(0, number);
    },
    entriesOf,
    startOf: (number) => ends[number - 1] ?? 0,
    ordinalOf(key) {
      const number = blockOf(key);
      return txIndexOf(key) < entriesOf(number) ? (counts[number - 1] as number) + txIndexOf(key) : -1;
    },
    count: () => counts.at(-1) as number,
    end: () => ends.at(-1) as number,
  };
}
