import type { Address, Hex } from "viem";
import { writeHex, writeNumber, writeUint } from "./bytes.ts";
import { ZERO_ADDRESS, ZERO_HASH } from "./hashing.ts";

// Fields of `abi.encode`: 32-byte words, each value at the right end of its word. `words` comes zeroed and is filled word by word,
// because ids are hashed several times for every payment and a general writer costs more than the hash.

const WORD_BYTES = 32;

/** Room for so many words. */
export const abiWords = (count: number): Uint8Array => new Uint8Array(WORD_BYTES * count);

/** @throws HEX_INVALID */
export function setHash(words: Uint8Array, word: number, hash: Hex, field: string): void {
  if (hash !== ZERO_HASH) writeHex(words, WORD_BYTES * word, hash, WORD_BYTES, field);
}

/** @throws HEX_INVALID */
export function setAddress(words: Uint8Array, word: number, address: Address, field: string): void {
  if (address !== ZERO_ADDRESS) writeHex(words, WORD_BYTES * word + 12, address, 20, field);
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
  words.set(hash, WORD_BYTES * word);
}
