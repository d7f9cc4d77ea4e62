import { DEPOSIT_INDEX_BASE, MAX_BLOCK_TRANSACTIONS, MAX_OUTPUTS } from "../protocol/generated/constants.ts";

/** Where an entry stands in the chain. */
export interface EntryPlace {
  readonly block: bigint;
  readonly txIndex: number;
}

// A position has 104 bits, of which a chain of less than 2^29 blocks uses 53: the store keeps places and outputs as numbers that sort
// like them.

/** The first number for a deposit: the k-th has DEPOSITS + k, above all outputs of entries. */
export const DEPOSITS = 2 ** 52;
/** Above every entry. */
export const END_OF_ENTRIES = DEPOSITS / MAX_OUTPUTS;

/** The number of an entry. */
export const keyOf = ({ block, txIndex }: EntryPlace): number => Number(block) * MAX_BLOCK_TRANSACTIONS + txIndex;

/** Its block, and its index there. */
export const blockOf = (key: number): number => Math.floor(key / MAX_BLOCK_TRANSACTIONS);
export const txIndexOf = (key: number): number => key % MAX_BLOCK_TRANSACTIONS;
export const placeOf = (key: number): EntryPlace => ({ block: BigInt(blockOf(key)), txIndex: txIndexOf(key) });

/** The number of an entry's output. */
export const refOf = (key: number, outputIndex: number): number => key * MAX_OUTPUTS + outputIndex;

/** The same from a position; undefined where no output can be. */
export function refAt(position: bigint): number | undefined {
  const block = Number(position >> 40n);
  const slot = Number(position & 0xffffffffffn);
  const [txIndex, outputIndex] = [Math.floor(slot / 256), slot % 256];
  if (txIndex >= DEPOSIT_INDEX_BASE) return outputIndex === 0 ? DEPOSITS + txIndex - DEPOSIT_INDEX_BASE : undefined;
  const key = block * MAX_BLOCK_TRANSACTIONS + txIndex;
  return txIndex < MAX_BLOCK_TRANSACTIONS && outputIndex < MAX_OUTPUTS && key < END_OF_ENTRIES
    ? refOf(key, outputIndex)
    : undefined;
}

/** The same for an output that there is. Throws RangeError. */
export function requireRef(position: bigint): number {
  const ref = refAt(position);
  if (ref === undefined) throw new RangeError(`no output can be at ${position}`);
  return ref;
}

/** The entry of an output that is no deposit's, and its index there. */
export const entryKeyOf = (ref: number): number => Math.floor(ref / MAX_OUTPUTS);
export const outputIndexOf = (ref: number): number => ref % MAX_OUTPUTS;

/** The position of an output that is no deposit's. */
export function positionOf(ref: number): bigint {
  const { block, txIndex } = placeOf(entryKeyOf(ref));
  return (block << 40n) | BigInt(txIndex * 256 + outputIndexOf(ref));
}

/** A number that outputs of entries at or below this position do not exceed, and those above it do. */
export function refBelow(position: bigint): number {
  if (position < 0n) return -1;
  const block = Number(position >> 40n);
  const slot = Number(position & 0xffffffffffn);
  const txIndex = Math.min(Math.floor(slot / 256), MAX_BLOCK_TRANSACTIONS);
  if (txIndex === MAX_BLOCK_TRANSACTIONS) return refOf((block + 1) * MAX_BLOCK_TRANSACTIONS, 0) - 1;
  return refOf(block * MAX_BLOCK_TRANSACTIONS + txIndex, Math.min(slot % 256, MAX_OUTPUTS - 1));
}
