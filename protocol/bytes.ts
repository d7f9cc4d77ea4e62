import type { Hex } from "viem";
import { ProtocolError, type ProtocolErrorCode } from "./errors.ts";

const HEX_DIGITS = Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
const ZERO = 48;
const LETTER_X = 120;
/** Bytes of which text is made at once. */
const HEX_CHUNK = 1_024;

/** Lowercase 0x-hex of a range of bytes. */
export function toHex(bytes: Uint8Array, start = 0, end = bytes.length): Hex {
  let hex = hexText([ZERO, LETTER_X], bytes, start, Math.min(end, start + HEX_CHUNK));
  for (let from = start + HEX_CHUNK; from < end; from += HEX_CHUNK) {
    hex += hexText([], bytes, from, Math.min(end, from + HEX_CHUNK));
  }
  return hex as Hex;
}

/** In one piece: text that is put together byte by byte is slow to compare and to look up, and leaves a heap of garbage. */
function hexText(codes: number[], bytes: Uint8Array, start: number, end: number): string {
  for (let index = start; index < end; index++) {
    const byte = bytes[index] as number;
    codes.push(HEX_DIGITS[byte >> 4] as number, HEX_DIGITS[byte & 15] as number);
  }
  return String.fromCharCode(...codes);
}

/**
 * Bytes of lowercase 0x-hex, of any length unless one is given.
 * @throws HEX_INVALID
 */
export function fromHex(hex: string, length = Math.max(0, (hex.length - 2) >> 1)): Uint8Array {
  const bytes = new Uint8Array(length);
  writeHex(bytes, 0, hex, bytes.length, "bytes");
  return bytes;
}

/** Appends big-endian fields to a buffer of known size; every value is checked against its width, nothing ever wraps. */
export interface Writer {
  readonly bytes: Uint8Array;
  /** Leaves zeros, such as the padding of an ABI word. */
  skip(length: number): Writer;
  /** A whole number of at most 6 bytes. */
  number(value: number, width: number, field: string): Writer;
  /** An unsigned integer of any width. */
  uint(value: bigint, width: number, field: string): Writer;
  /** Lowercase hex of exactly `length` bytes. */
  hex(value: Hex, length: number, field: string): Writer;
  raw(value: Uint8Array): Writer;
}

/** A writer over a fresh, zeroed buffer. Its methods throw UINT_OUT_OF_RANGE and HEX_INVALID, naming the field. */
export function createWriter(size: number): Writer {
  const bytes = new Uint8Array(size);
  let offset = 0;
  const writer: Writer = {
    bytes,
    skip(length) {
      offset += length;
      return writer;
    },
    number(value, width, field) {
      writeNumber(bytes, offset, value, width, field);
      offset += width;
      return writer;
    },
    uint(value, width, field) {
      writeUint(bytes, offset, value, width, field);
      offset += width;
      return writer;
    },
    hex(value, length, field) {
      writeHex(bytes, offset, value, length, field);
      offset += length;
      return writer;
    },
    raw(value) {
      bytes.set(value, offset);
      offset += value.length;
      return writer;
    },
  };
  return writer;
}

/** Takes big-endian fields from the front of a buffer. */
export interface Reader {
  readonly bytes: Uint8Array;
  offset(): number;
  remaining(): number;
  /** A whole number of at most 6 bytes. */
  number(width: number): number;
  uint(width: number): bigint;
  hex(length: number): Hex;
  /** A view, not a copy. */
  raw(length: number): Uint8Array;
  /** Passes over a field and tells where it begins. */
  skip(length: number): number;
}

/** A reader that throws `truncated` when a field reaches beyond the end. */
export function createReader(bytes: Uint8Array, truncated: ProtocolErrorCode): Reader {
  let offset = 0;

  const take = (length: number): number => {
    const start = offset;
    if (start + length > bytes.length) {
      throw new ProtocolError(
        truncated,
        `${length} bytes are expected at byte ${start}, ${bytes.length - start} are left`,
        {
          offset: start,
          needed: length,
        },
      );
    }
    offset += length;
    return start;
  };

  return {
    bytes,
    offset: () => offset,
    remaining: () => bytes.length - offset,
    number: (width) => readNumber(bytes, take(width), width),
    uint: (width) => readUint(bytes, take(width), width),
    hex(length) {
      const start = take(length);
      return toHex(bytes, start, offset);
    },
    raw(length) {
      const start = take(length);
      return bytes.subarray(start, offset);
    },
    skip: take,
  };
}

/**
 * Writes a whole number of at most 6 bytes, big-endian.
 * @throws UINT_OUT_OF_RANGE
 */
export function writeNumber(bytes: Uint8Array, offset: number, value: number, width: number, field: string): void {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** (8 * width)) throw outOfRange(field, value, width);
  putNumber(bytes, offset, value, width);
}

/**
 * Writes an unsigned integer of any width, big-endian.
 * @throws UINT_OUT_OF_RANGE
 */
export function writeUint(bytes: Uint8Array, offset: number, value: bigint, width: number, field: string): void {
  if (typeof value !== "bigint" || value < 0n || value >> BigInt(8 * width) !== 0n) {
    throw outOfRange(field, value, width);
  }
  let end = offset + width;
  let rest = value;
  for (; end - offset >= 6; end -= 6) {
    putNumber(bytes, end - 6, Number(BigInt.asUintN(48, rest)), 6);
    rest >>= 48n;
  }
  putNumber(bytes, offset, Number(rest), end - offset);
}

/** A whole number of at most 6 bytes, big-endian, from bytes that hold it. */
export function readNumber(bytes: Uint8Array, start: number, width: number): number {
  let value = 0;
  for (let i = start; i < start + width; i++) value = value * 256 + (bytes[i] as number);
  return value;
}

/** An unsigned integer of any width, big-endian, from bytes that hold it. */
export function readUint(bytes: Uint8Array, start: number, width: number): bigint {
  let at = start + (width % 6);
  let value = BigInt(readNumber(bytes, start, width % 6));
  for (; at < start + width; at += 6) value = (value << 48n) | BigInt(readNumber(bytes, at, 6));
  return value;
}

/** Whether a field is nothing but zeros. */
export function isZero(bytes: Uint8Array, start: number, length: number): boolean {
  for (let i = start; i < start + length; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** Copies a field. For short ones this is quicker than `set`, which needs a view of them. */
export function copyBytes(target: Uint8Array, at: number, source: Uint8Array, start: number, length: number): void {
  for (let i = 0; i < length; i++) target[at + i] = source[start + i] as number;
}

function putNumber(bytes: Uint8Array, offset: number, value: number, width: number): void {
  let rest = value;
  for (let i = offset + width - 1; i >= offset; i--) {
    bytes[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

/**
 * Writes the bytes of lowercase 0x-hex of exactly that length.
 * @throws HEX_INVALID
 */
export function writeHex(bytes: Uint8Array, offset: number, hex: string, length: number, field: string): void {
  if (typeof hex !== "string" || hex.length !== 2 + 2 * length || !hex.startsWith("0x")) {
    throw hexInvalid(field, hex, length);
  }
  for (let i = 0; i < length; i++) {
    const high = nibble(hex.charCodeAt(2 + 2 * i));
    const low = nibble(hex.charCodeAt(3 + 2 * i));
    if (high < 0 || low < 0) throw hexInvalid(field, hex, length);
    bytes[offset + i] = (high << 4) | low;
  }
}

function nibble(charCode: number): number {
  if (charCode >= 48 && charCode <= 57) return charCode - 48; // 0-9
  if (charCode >= 97 && charCode <= 102) return charCode - 87; // a-f
  return -1;
}

function hexInvalid(field: string, value: unknown, length: number): ProtocolError {
  return new ProtocolError("HEX_INVALID", `${field} must be 0x followed by ${2 * length} lowercase hex digits`, {
    field,
    value,
    length,
  });
}

function outOfRange(field: string, value: unknown, width: number): ProtocolError {
  return new ProtocolError("UINT_OUT_OF_RANGE", `${field} must be a whole number from 0 to 2^${8 * width} - 1`, {
    field,
    value,
    bits: 8 * width,
  });
}
