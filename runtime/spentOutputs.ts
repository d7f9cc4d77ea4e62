import { MAX_BLOCK_TRANSACTIONS } from "../protocol/generated/constants.ts";
import { DEPOSITS, entryKeyOf, outputIndexOf } from "./outputRef.ts";

/** Which outputs of the stored chain are spent, in memory: a byte an entry, a bit for each of its outputs. */
export interface SpentOutputs {
  /** The next block, with so many entries. */
  addBlock(entries: number): void;
  /** Forgets the blocks from `number` on, and what is spent of them. */
  removeBlocks(number: number): void;
  mark(ref: number): void;
  unmark(ref: number): void;
  has(ref: number): boolean;
}

export function createSpentOutputs(): SpentOutputs {
  /** Bytes before the end of every block, by its number. */
  let ends = [0];
  const entries = createBytes();
  const deposits = createBytes();

  /** Index of the byte that has the output's bit. */
  const byteOf = (ref: number): number | undefined => {
    const key = entryKeyOf(ref);
    const block = Math.floor(key / MAX_BLOCK_TRANSACTIONS);
    const [start, end] = [ends[block - 1], ends[block]];
    if (start === undefined || end === undefined) return undefined;
    const index = start + (key % MAX_BLOCK_TRANSACTIONS);
    return index < end ? index : undefined;
  };
  const bitOf = (ref: number) => 1 << outputIndexOf(ref);

  return {
    addBlock(count) {
      ends.push((ends.at(-1) as number) + count);
    },
    removeBlocks(number) {
      ends = ends.slice(0, number);
      entries.clearFrom(ends.at(-1) as number);
    },
    mark(ref) {
      const index = byteOf(ref);
      if (ref >= DEPOSITS) deposits.set(ref - DEPOSITS, 1);
      else if (index !== undefined) entries.set(index, entries.get(index) | bitOf(ref));
    },
    unmark(ref) {
      const index = byteOf(ref);
      if (ref >= DEPOSITS) deposits.set(ref - DEPOSITS, 0);
      else if (index !== undefined) entries.set(index, entries.get(index) & ~bitOf(ref));
    },
    has(ref) {
      if (ref >= DEPOSITS) return deposits.get(ref - DEPOSITS) !== 0;
      const index = byteOf(ref);
      return index !== undefined && (entries.get(index) & bitOf(ref)) !== 0;
    },
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
