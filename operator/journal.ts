import type { SealedBlock } from "../protocol/block.ts";
import { createReader, createWriter } from "../protocol/bytes.ts";

/**
 * What the write-ahead log says, in order: a block is opened, takes transactions, whose indexes are the order in which they
 * stand here, and is sealed.
 */
export type JournalRecord =
  | { readonly kind: "open"; readonly number: bigint; readonly sealedAt: number }
  | { readonly kind: "transaction"; readonly raw: Uint8Array }
  /** The fee claims are those at the tail of the block. */
  | { readonly kind: "seal"; readonly block: SealedBlock; readonly claims: readonly Uint8Array[] };

const OPEN = 1;
const TRANSACTION = 2;
const SEAL = 3;
const SEAL_BYTES = 1 + 8 + 32 + 4 + 6 + 6 + 32;
const CLAIM_BYTES = 65;

/** open = `1 | number 8 | sealedAt 6`, transaction = `2 | bytes`, seal = `3 | fields of the block | claim 65*`. */
export function encodeRecord(record: JournalRecord): Uint8Array {
  if (record.kind === "open") {
    return createWriter(15)
      .number(OPEN, 1, "kind")
      .uint(record.number, 8, "number")
      .number(record.sealedAt, 6, "sealedAt").bytes;
  }
  if (record.kind === "transaction") {
    const bytes = Buffer.allocUnsafe(1 + record.raw.length);
    bytes[0] = TRANSACTION;
    bytes.set(record.raw, 1);
    return bytes;
  }
  const { number, root, txCount, sealedAt, depositCount, depositHash } = record.block;
  const writer = createWriter(SEAL_BYTES + CLAIM_BYTES * record.claims.length)
    .number(SEAL, 1, "kind")
    .uint(number, 8, "number")
    .hex(root, 32, "root")
    .number(txCount, 4, "txCount")
    .number(sealedAt, 6, "sealedAt")
    .number(depositCount, 6, "depositCount")
    .hex(depositHash, 32, "depositHash");
  for (const claim of record.claims) writer.raw(claim);
  return writer.bytes;
}

/** The inverse of `encodeRecord`, for bytes that the log's checksums vouch for. */
export function decodeRecord(bytes: Uint8Array): JournalRecord {
  const reader = createReader(bytes, "TX_TRUNCATED");
  const kind = reader.number(1);
  if (kind === OPEN) return { kind: "open", number: reader.uint(8), sealedAt: reader.number(6) };
  if (kind === TRANSACTION) return { kind: "transaction", raw: reader.raw(reader.remaining()) };
  const block: SealedBlock = {
    number: reader.uint(8),
    root: reader.hex(32),
    txCount: reader.number(4),
    sealedAt: reader.number(6),
    depositCount: reader.number(6),
    depositHash: reader.hex(32),
  };
  const claims: Uint8Array[] = [];
  while (reader.remaining() > 0) claims.push(reader.raw(CLAIM_BYTES));
  return { kind: "seal", block, claims };
}
