import { isZero, type Reader } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";

// A bit of a flags byte says that a field is there. It is not zero then, for a field that is left out is zero: nothing has two encodings.

/** @throws TX_UNKNOWN_FLAGS */
export function assertFlags(flags: number, known: number): void {
  if ((flags & ~known) !== 0) {
    throw new ProtocolError("TX_UNKNOWN_FLAGS", `flags ${flags} have a bit without a meaning`, { flags, known });
  }
}

/**
 * Passes over a field if it is there, and tells where it begins.
 * @throws TX_ZERO_FIELD, and what the reader throws
 */
export function skipOptional(reader: Reader, isThere: boolean, length: number, field: string): number | undefined {
  if (!isThere) return undefined;
  const start = reader.skip(length);
  if (isZero(reader.bytes, start, length)) {
    throw new ProtocolError("TX_ZERO_FIELD", `${field} is zero and must be left out`, { field });
  }
  return start;
}
