import { type FileHandle, mkdir, open, readdir, readFile, unlink } from "node:fs/promises";
import path from "node:path";
import { crc32 } from "node:zlib";
import { isDiskFull, RuntimeError } from "./errors.ts";

/**
 * An append-only log in segments. Records are written in groups: one write and one fdatasync for all records that
 * arrived while the previous group was on its way to the disk.
 *
 * A group is one frame, so it is on disk entirely or not at all:
 *   magic 4 | sequence 8 | length 4 | crc32 of payload 4 | crc32 of the 20 bytes before 4 | payload
 *   payload = (length 4 | record)*
 * Sequences count through all segments without gaps.
 */
export interface WriteAheadLog {
  /** Puts a record into the group that is being collected. Nothing is promised until `sync` resolves. */
  append(record: Uint8Array): void;
  /**
   * Resolves when every record appended so far is on disk; the promise is shared by the whole group.
   * Rejects with STORE_DISK_FULL or LOG_WRITE_FAILED; after that every call fails, for what is on disk is no longer known.
   */
  sync(): Promise<void>;
  /** Ends the segment: records appended from now on go to a new one, whose id is returned. */
  rotate(): number;
  /** Deletes all segments older than `segment`. */
  dropBefore(segment: number): Promise<void>;
  /** Writes what is collected, as far as the disk lets it, and closes the file. */
  close(): Promise<void>;
}

export interface WriteAheadLogOptions {
  readonly directory: string;
  /** Told how long each fdatasync took and how many records it covered. */
  readonly onSync?: (seconds: number, records: number) => void;
}

const MAGIC = 0x50574c31; // "PWL1"
const HEADER_BYTES = 24;

interface Group {
  readonly records: Uint8Array[];
  readonly segment: number;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * Opens the log and hands every record that was ever synced, oldest first, to `replay` before it returns.
 * A last group that a crash tore is cut off: its sync never resolved. Damage before that throws LOG_CORRUPT.
 */
export async function openWriteAheadLog(
  options: WriteAheadLogOptions,
  replay: (record: Uint8Array) => void,
): Promise<WriteAheadLog> {
  const { directory } = options;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const segments = await listSegments(directory);
  let sequence: bigint | undefined;
  for (const segment of segments) {
    const file = path.join(directory, segmentName(segment));
    const bytes = await readFile(file);
    const { frames, end } = readFrames(bytes);
    for (const frame of frames) {
      if (sequence !== undefined && frame.sequence !== sequence + 1n) throw corrupt(file, frame.offset);
      sequence = frame.sequence;
      for (const record of recordsOf(frame.payload)) replay(record);
    }
    if (end === bytes.length) continue;
    if (segment !== segments.at(-1) || holdsFrameAfter(bytes, endOfTorn(bytes, end))) throw corrupt(file, end);
    await truncate(file, end);
  }
  const segment = segments.at(-1) ?? 1;
  const file = await openSegment(directory, segment);
  return createWriter(options, file, segment, (sequence ?? -1n) + 1n);
}

function createWriter(
  options: WriteAheadLogOptions,
  firstFile: FileHandle,
  firstSegment: number,
  firstSequence: bigint,
): WriteAheadLog {
  const { directory, onSync } = options;
  let file = firstFile;
  let fileSegment = firstSegment;
  let sequence = firstSequence;
  let segment = firstSegment;
  const waiting: Group[] = [];
  let writing: Group | undefined;
  let failure: RuntimeError | undefined;

  const newestGroup = () => waiting.at(-1) ?? writing;

  const write = async (group: Group) => {
    if (group.segment !== fileSegment) {
      await file.close();
      file = await openSegment(directory, group.segment);
      fileSegment = group.segment;
    }
    await writeAll(file, encodeFrame(sequence, group.records));
    sequence += 1n;
    const started = performance.now();
    await file.datasync();
    onSync?.((performance.now() - started) / 1000, group.records.length);
  };

  const pump = async () => {
    for (let group = waiting.shift(); group !== undefined; group = waiting.shift()) {
      writing = group;
      try {
        await write(group);
        group.done.resolve();
      } catch (cause) {
        failure = writeFailure(directory, cause);
        for (const lost of [group, ...waiting.splice(0)]) lost.done.reject(failure);
      }
      writing = undefined;
    }
  };

  const collect = (): Group => {
    const last = waiting.at(-1);
    if (last?.segment === segment) return last;
    const group: Group = { records: [], segment, done: Promise.withResolvers<void>() };
    // Whoever asked for the sync hears of a failure; a group that nobody asked about must not end the process.
    group.done.promise.catch(() => undefined);
    waiting.push(group);
    // The write starts in the next turn, so that everything of this turn is in the group.
    if (writing === undefined && waiting.length === 1) setImmediate(pump);
    return group;
  };

  return {
    append(record) {
      if (failure !== undefined) throw failure;
      collect().records.push(record);
    },
    sync: () => (failure === undefined ? (newestGroup()?.done.promise ?? Promise.resolve()) : Promise.reject(failure)),
    rotate() {
      segment += 1;
      return segment;
    },
    async dropBefore(oldest) {
      for (const id of await listSegments(directory)) {
        if (id < oldest) await unlink(path.join(directory, segmentName(id)));
      }
    },
    async close() {
      await newestGroup()?.done.promise.catch(() => undefined);
      await file.close();
    },
  };
}

interface Frame {
  readonly offset: number;
  readonly sequence: bigint;
  readonly payload: Buffer;
}

/** All frames up to the first one that is not intact, and where that is. */
function readFrames(bytes: Buffer): { frames: Frame[]; end: number } {
  const frames: Frame[] = [];
  let offset = 0;
  for (let frame = frameAt(bytes, offset); frame !== undefined; frame = frameAt(bytes, offset)) {
    frames.push(frame);
    offset += HEADER_BYTES + frame.payload.length;
  }
  return { frames, end: offset };
}

/**
 * Where the damaged frame at `offset` ends, by its header if that is intact: records are bytes of strangers, and what looks
 * like a frame within them is none.
 */
function endOfTorn(bytes: Buffer, offset: number): number {
  return hasHeader(bytes, offset) ? offset + HEADER_BYTES + bytes.readUInt32BE(offset + 12) : offset + 1;
}

/** A torn group is the last thing in the log; an intact frame further on means that bytes before it went bad. */
function holdsFrameAfter(bytes: Buffer, offset: number): boolean {
  const magic = Buffer.alloc(4);
  magic.writeUInt32BE(MAGIC);
  for (let at = bytes.indexOf(magic, offset); at >= 0; at = bytes.indexOf(magic, at + 1)) {
    if (frameAt(bytes, at) !== undefined) return true;
  }
  return false;
}

const hasHeader = (bytes: Buffer, offset: number): boolean =>
  offset + HEADER_BYTES <= bytes.length &&
  bytes.readUInt32BE(offset) === MAGIC &&
  crc32(bytes.subarray(offset, offset + 20)) === bytes.readUInt32BE(offset + 20);

function frameAt(bytes: Buffer, offset: number): Frame | undefined {
  if (!hasHeader(bytes, offset)) return undefined;
  const start = offset + HEADER_BYTES;
  const payload = bytes.subarray(start, start + bytes.readUInt32BE(offset + 12));
  if (payload.length !== bytes.readUInt32BE(offset + 12) || crc32(payload) !== bytes.readUInt32BE(offset + 16)) {
    return undefined;
  }
  return { offset, sequence: bytes.readBigUInt64BE(offset + 4), payload };
}

function* recordsOf(payload: Buffer): Generator<Uint8Array> {
  for (let offset = 0; offset < payload.length; ) {
    const start = offset + 4;
    offset = start + payload.readUInt32BE(offset);
    yield payload.subarray(start, offset);
  }
}

function encodeFrame(sequence: bigint, records: readonly Uint8Array[]): Buffer {
  const length = records.reduce((sum, record) => sum + 4 + record.length, 0);
  const frame = Buffer.allocUnsafe(HEADER_BYTES + length);
  let offset = HEADER_BYTES;
  for (const record of records) {
    frame.writeUInt32BE(record.length, offset);
    frame.set(record, offset + 4);
    offset += 4 + record.length;
  }
  frame.writeUInt32BE(MAGIC, 0);
  frame.writeBigUInt64BE(sequence, 4);
  frame.writeUInt32BE(length, 12);
  frame.writeUInt32BE(crc32(frame.subarray(HEADER_BYTES)), 16);
  frame.writeUInt32BE(crc32(frame.subarray(0, 20)), 20);
  return frame;
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await file.write(bytes, written)).bytesWritten;
  }
}

const segmentName = (segment: number) => `${segment.toString().padStart(10, "0")}.log`;

async function listSegments(directory: string): Promise<number[]> {
  const names = await readdir(directory);
  return names
    .filter((name) => /^\d{10}\.log$/.test(name))
    .map((name) => Number.parseInt(name, 10))
    .sort((a, b) => a - b);
}

/** Opens a segment for appending; its directory entry is on disk before anything in it counts as synced. */
async function openSegment(directory: string, segment: number): Promise<FileHandle> {
  const file = await open(path.join(directory, segmentName(segment)), "a", 0o600);
  const entry = await open(directory, "r");
  try {
    await entry.sync();
  } finally {
    await entry.close();
  }
  return file;
}

async function truncate(file: string, length: number): Promise<void> {
  const handle = await open(file, "r+");
  try {
    await handle.truncate(length);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function corrupt(file: string, offset: number): RuntimeError {
  const message = `${file} is damaged at byte ${offset}, before its end: restore it from a copy, or rebuild from the chain's blocks`;
  return new RuntimeError("LOG_CORRUPT", message, { file, offset });
}

function writeFailure(directory: string, cause: unknown): RuntimeError {
  if (isDiskFull(cause)) {
    const message = `No space left for the write-ahead log in ${directory}: free some space and start again`;
    return new RuntimeError("STORE_DISK_FULL", message, { directory }, { cause });
  }
  const message = `Cannot write the write-ahead log in ${directory}: check the disk and start again`;
  return new RuntimeError("LOG_WRITE_FAILED", message, { directory }, { cause });
}
