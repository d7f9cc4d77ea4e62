import type { Address } from "viem";
import { copyBytes, writeHex, writeNumber, writeUint } from "./bytes.ts";

// Fields of `abi.encode`: 32-byte words, each value at the right end of its word. `words` comes zeroed and is filled word by word. Ids are
// hashed a dozen times for every payment, so their fields are copied from the encoding, and whoever hashes at once keeps the words for the
// next time.

const WORD_BYTES = 32;

/** Room for so many words. */
export const abiWords = (count: number): Uint8Array => new Uint8Array(WORD_BYTES * count);

/** @throws HEX_INVALID */
export function setAddress(words: Uint8Array, word: number, address: Address, field: string): void {
  writeHex(words, WORD_BYTES * word + 12, address, 20, field);
}

/** An unsigned integer of at most `width` bytes. @throws UINT_OUT_OF_RANGE */
export function setUint(words: Uint8Array, word: number, value: bigint, width: number, field: string): void {
  writeUint(words, WORD_BYTES * (word + 1) - width, value, width, field);
}

/** A whole number of at most `width` ≤ 6 bytes. @throws UINT_OUT_OF_RANGE */
export function setNumber(words: Uint8Array, word: number, value: number, width: number, field: string): void {
  writeNumber(words, WORD_BYTES * (word + 1) - width, value, width, field);
}

/** A hash as it is. */
export function setBytes(words: Uint8Array, word: number, hash: Uint8Array): void {
  copyBytes(words, WORD_BYTES * word, hash, 0, WORD_BYTES);
}

/** A field of `width` bytes as it stands in an encoding, or zero where it is left out. */
export function setField(
  words: Uint8Array,
  word: number,
  bytes: Uint8Array,
  start: number | undefined,
  width: number,
): void {
  const at = WORD_BYTES * (word + 1) - width;
  if (start === undefined) words.fill(0, at, at + width);
  else copyBytes(words, at, bytes, start, width);
}
