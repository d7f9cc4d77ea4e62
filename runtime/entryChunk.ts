import type { Hex } from "viem";
import { toHexText } from "./bytes.ts";

/** An entry of a sealed block as the store keeps it: its bytes, and what was hashed from them. */
export interface ChunkEntry {
  readonly txId: Hex;
  readonly leaf: Uint8Array;
  readonly outputIds: readonly Hex[];
  readonly raw: Uint8Array;
}

/** Entries in one row: enough to make a row cheap, few enough to read a row for one of them. */
export const CHUNK_ENTRIES = 4;

const LENGTH_BYTES = 4;
const ID_BYTES = 32;
const FIXED_BYTES = 2 * LENGTH_BYTES + 2 * ID_BYTES;

/** `(length of what follows 4 | length of raw 4 | txId 32 | leaf 32 | output ids × 32 | raw)*`. */
export function packChunk(entries: readonly ChunkEntry[]): Uint8Array {
  const sizeOf = ({ outputIds, raw }: ChunkEntry) => FIXED_BYTES + ID_BYTES * outputIds.length + raw.length;
  const chunk = Buffer.allocUnsafe(entries.reduce((sum, entry) => sum + sizeOf(entry), 0));
  let offset = 0;
  for (const entry of entries) {
    const { txId, leaf, outputIds, raw } = entry;
    offset = chunk.writeUInt32BE(sizeOf(entry) - LENGTH_BYTES, offset);
    offset = chunk.writeUInt32BE(raw.length, offset);
    offset += chunk.write(txId.slice(2), offset, "hex");
    chunk.set(leaf, offset);
    offset += ID_BYTES;
    for (const outputId of outputIds) offset += chunk.write(outputId.slice(2), offset, "hex");
    chunk.set(raw, offset);
    offset += raw.length;
  }
  return chunk;
}

/** A view of one entry of a chunk, whose ids are made into text when they are asked for. */
export interface PackedEntry {
  readonly raw: Uint8Array;
  readonly leaf: Uint8Array;
  txId(): Hex;
  outputId(index: number): Hex;
  /** -1 where the output is another entry's. */
  indexOfOutput(outputId: Hex): number;
}

/** The entries of a chunk from an index on. */
export function* unpackChunk(chunk: Uint8Array, from = 0): Generator<PackedEntry> {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  let index = 0;
  for (let start = 0; start < chunk.length; index++) {
    const end = start + LENGTH_BYTES + view.getUint32(start);
    if (index >= from) yield entryAt(chunk, start, end, view.getUint32(start + LENGTH_BYTES));
    start = end;
  }
}

function entryAt(chunk: Uint8Array, start: number, end: number, rawLength: number): PackedEntry {
  const at = (offset: number) => chunk.subarray(start + offset, start + offset + ID_BYTES);
  const outputId = (index: number) => toHexText(at(FIXED_BYTES + ID_BYTES * index));
  return {
    raw: chunk.subarray(end - rawLength, end),
    leaf: at(2 * LENGTH_BYTES + ID_BYTES),
    txId: () => toHexText(at(2 * LENGTH_BYTES)),
    outputId,
    indexOfOutput(id) {
      const count = (end - rawLength - start - FIXED_BYTES) / ID_BYTES;
      return Array.from({ length: count }, (_, index) => outputId(index)).indexOf(id);
    },
  };
}
