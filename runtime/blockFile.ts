import { closeSync, constants, fdatasyncSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from "node:fs";
import path from "node:path";
import type { Hex } from "viem";
import { countSubtrees } from "../protocol/merkle.ts";
import { toHexText } from "./bytes.ts";
import { RuntimeError } from "./errors.ts";
import { guardStore } from "./storeError.ts";

/** An entry of a sealed block: its bytes, and what was hashed from them. */
export interface FiledEntry {
  readonly txId: Hex;
  readonly leaf: Uint8Array;
  readonly outputIds: readonly Hex[];
  readonly raw: Uint8Array;
}

/** An entry as it is in the file, whose ids are made into text when they are asked for. */
export interface EntryView {
  readonly raw: Uint8Array;
  txId(): Hex;
  outputId(index: number): Hex;
  /** -1 where the output is another entry's. */
  indexOfOutput(outputId: Hex): number;
}

/** The sealed blocks, one behind the other in a file; the store knows where each begins and how many entries it has. */
export interface BlockFile {
  /** Writes a block at `start`, over whatever is there; it is on disk when this returns. Gives where it ends. */
  write(start: number, entries: readonly FiledEntry[], subtreeRoots: readonly Uint8Array[]): number;
  /** One entry of a block that has it. */
  entry(start: number, txIndex: number): EntryView;
  /** `count` entries from an index on of a block that has them. */
  entries(start: number, from: number, count: number): EntryView[];
  /** `count` leaves from an index on of a block of so many entries. */
  leaves(start: number, entries: number, from: number, count: number): Uint8Array[];
  /** The roots of the subtrees of a block of so many entries. */
  subtreeRoots(start: number, entries: number): Uint8Array[];
  /** Bytes in the file. */
  size(): number;
  close(): void;
}

const OFFSET_BYTES = 4;
const ID_BYTES = 32;
const WRITE_BYTES = 2 ** 22;
/** Blocks whose offsets are kept in memory, 4 bytes an entry. */
const RECENT_BLOCKS = 64;

/**
 * Opens or creates a file of blocks. A block of n entries is
 * `(offset of an entry from the block's start 4) × n | length of the block 4 | leaf 32 × n | subtree root 32 × m | entry × n`,
 * an entry `outputs 1 | txId 32 | output id 32 × outputs | raw`, numbers little-endian.
 * It and its methods throw STORE_DISK_FULL, STORE_CORRUPT or STORE_FAILED.
 */
export function openBlockFile(file: string): BlockFile {
  const descriptor = guardStore(() => openDurably(file));

  const read = (position: number, length: number): Buffer =>
    guardStore(() => {
      const bytes = Buffer.allocUnsafe(length);
      for (let done = 0; done < length; ) {
        const count = readSync(descriptor, bytes, done, length - done, position + done);
        if (count === 0) {
          const message = `${file} ends before a block does: restore it from a copy, or rebuild into an empty directory`;
          throw new RuntimeError("STORE_CORRUPT", message, { file, position });
        }
        done += count;
      }
      return bytes;
    });

  const writeAt = (bytes: Buffer, position: number) => {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(descriptor, bytes, done, bytes.length - done, position + done);
    }
  };

  const entries = (start: number, from: number, count: number): EntryView[] => {
    const offsets = read(start + OFFSET_BYTES * from, OFFSET_BYTES * (count + 1));
    const offsetOf = (index: number) => offsets.readUInt32LE(OFFSET_BYTES * index);
    const first = offsetOf(0);
    const bytes = read(start + first, offsetOf(count) - first);
    return Array.from({ length: count }, (_, index) =>
      viewOf(bytes.subarray(offsetOf(index) - first, offsetOf(index + 1) - first)),
    );
  };

  /** Offsets of the blocks that were written last, by their starts: most of what is spent is young, and they spare a read. */
  const recent = new Map<number, Buffer>();
  const remember = (start: number, offsets: Buffer) => {
    for (const other of recent.keys()) if (other >= start || recent.size >= RECENT_BLOCKS) recent.delete(other);
    recent.set(start, offsets);
  };

  const leavesAt = (start: number, entries: number) => start + OFFSET_BYTES * (entries + 1);

  const hashesAt = (position: number, count: number): Uint8Array[] => {
    const hashes = read(position, ID_BYTES * count);
    return Array.from({ length: count }, (_, index) => plain(hashes, ID_BYTES * index, ID_BYTES * (index + 1)));
  };

  return {
    write: (start, written, subtreeRoots) =>
      guardStore(() => {
        const offsets = offsetsOf(written, subtreeRoots.length);
        remember(start, offsets);
        const head = Buffer.concat([offsets, ...written.map(({ leaf }) => leaf), ...subtreeRoots]);
        writeAt(head, start);
        let position = start + head.length;
        for (const piece of piecesOf(written)) {
          writeAt(piece, position);
          position += piece.length;
        }
        fdatasyncSync(descriptor);
        return position;
      }),
    entry(start, txIndex) {
      const at = OFFSET_BYTES * txIndex;
      const offsets = recent.get(start)?.subarray(at) ?? read(start + at, 2 * OFFSET_BYTES);
      const offset = offsets.readUInt32LE(0);
      return viewOf(read(start + offset, offsets.readUInt32LE(OFFSET_BYTES) - offset));
    },
    entries,
    leaves: (start, total, from, count) => hashesAt(leavesAt(start, total) + ID_BYTES * from, count),
    subtreeRoots: (start, total) => hashesAt(leavesAt(start, total) + ID_BYTES * total, countSubtrees(total)),
    size: () => fstatSync(descriptor).size,
    close: () => closeSync(descriptor),
  };
}

/** Opens a file whose directory entry is on disk, so that what is synced in it can be found again. */
function openDurably(file: string): number {
  const descriptor = openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600);
  const directory = openSync(path.dirname(file), constants.O_RDONLY);
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
  return descriptor;
}

const sizeOf = ({ outputIds, raw }: FiledEntry) => 1 + ID_BYTES * (1 + outputIds.length) + raw.length;

/** Where the entries of a block begin, and where it ends. */
function offsetsOf(entries: readonly FiledEntry[], subtrees: number): Buffer {
  const offsets = Buffer.allocUnsafeSlow(OFFSET_BYTES * (entries.length + 1));
  let offset = offsets.length + ID_BYTES * (entries.length + subtrees);
  for (const [index, entry] of entries.entries()) {
    offsets.writeUInt32LE(offset, OFFSET_BYTES * index);
    offset += sizeOf(entry);
  }
  offsets.writeUInt32LE(offset, OFFSET_BYTES * entries.length);
  return offsets;
}

/** The entries of a block, in pieces that are written at once. */
function* piecesOf(entries: readonly FiledEntry[]): Generator<Buffer> {
  let piece = Buffer.allocUnsafe(WRITE_BYTES);
  let used = 0;
  for (const entry of entries) {
    if (used + sizeOf(entry) > piece.length) {
      yield piece.subarray(0, used);
      piece = Buffer.allocUnsafe(Math.max(WRITE_BYTES, sizeOf(entry)));
      used = 0;
    }
    used = packEntry(entry, piece, used);
  }
  yield piece.subarray(0, used);
}

/** Writes an entry into a piece; gives where it ends. */
function packEntry({ txId, outputIds, raw }: FiledEntry, piece: Buffer, start: number): number {
  let offset = piece.writeUInt8(outputIds.length, start);
  offset += piece.write(txId.slice(2), offset, "hex");
  for (const outputId of outputIds) offset += piece.write(outputId.slice(2), offset, "hex");
  piece.set(raw, offset);
  return offset + raw.length;
}

function viewOf(bytes: Buffer): EntryView {
  const outputs = bytes.readUInt8(0);
  const idAt = (index: number) => toHexText(bytes.subarray(1 + ID_BYTES * index, 1 + ID_BYTES * (index + 1)));
  return {
    raw: plain(bytes, 1 + ID_BYTES * (1 + outputs), bytes.length),
    txId: () => idAt(0),
    outputId: (index) => idAt(1 + index),
    indexOfOutput: (outputId) => Array.from({ length: outputs }, (_, index) => idAt(1 + index)).indexOf(outputId),
  };
}

/** A part of a buffer as what others expect of bytes. */
const plain = ({ buffer, byteOffset }: Buffer, start: number, end: number) =>
  new Uint8Array(buffer, byteOffset + start, end - start);
