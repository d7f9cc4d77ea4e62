import type { BlockTable } from "./blockTable.ts";
import { DEPOSITS, entryKeyOf, outputIndexOf } from "./outputRef.ts";

/** Which outputs of the stored chain are spent, in memory: a byte an entry, a bit for each of its outputs. */
export interface SpentOutputs {
  mark(ref: number): void;
  unmark(ref: number): void;
  has(ref: number): boolean;
  /** Forgets what is spent of the entries that the table no longer has. */
  shrink(): void;
}

export function createSpentOutputs(table: BlockTable): SpentOutputs {
  const entries = createBytes();
  const deposits = createBytes();

  const bitOf = (ref: number) => 1 << outputIndexOf(ref);

  return {
    mark(ref) {
      if (ref >= DEPOSITS) return deposits.set(ref - DEPOSITS, 1);
      const ordinal = table.ordinalOf(entryKeyOf(ref));
      if (ordinal >= 0) entries.set(ordinal, entries.get(ordinal) | bitOf(ref));
    },
    unmark(ref) {
      if (ref >= DEPOSITS) return deposits.set(ref - DEPOSITS, 0);
      const ordinal = table.ordinalOf(entryKeyOf(ref));
      if (ordinal >= 0) entries.set(ordinal, entries.get(ordinal) & ~bitOf(ref));
    },
    has(ref) {
      if (ref >= DEPOSITS) return deposits.get(ref - DEPOSITS) !== 0;
      const ordinal = table.ordinalOf(entryKeyOf(ref));
      return ordinal >= 0 && (entries.get(ordinal) & bitOf(ref)) !== 0;
    },
    shrink: () => entries.clearFrom(table.count()),
  };
}

/** Bytes that are 0 until they are set. */
function createBytes() {
  let bytes = new Uint8Array(2 ** 12);
  return {
    get: (index: number): number => bytes[index] ?? 0,
    set(index: number, value: number): void {
      if (index >= bytes.length) {
        const longer = new Uint8Array(2 ** Math.ceil(Math.log2(index + 1)));
        longer.set(bytes);
        bytes = longer;
      }
      bytes[index] = value;
    },
    clearFrom: (index: number): void => void bytes.fill(0, index),
  };
}
