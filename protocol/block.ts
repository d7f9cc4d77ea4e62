import type { Hex } from "viem";
import { createReader, createWriter, toHex } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";
import { type Keccak256, portableCrypto, ZERO_HASH } from "./hashing.ts";
import { LIMITS } from "./limits.ts";

/** A committed block, as the root chain knows it by hash (R3). Times are L1 timestamps in Unix seconds. */
export interface BlockHeader {
  readonly number: bigint;
  readonly parentHash: Hex;
  readonly root: Hex;
  readonly txCount: number;
  /** Of the L1 block that committed it; exit times go by this. */
  readonly timestamp: number;
  /** Of the L1 head when it was sealed; validity windows go by this. */
  readonly sealedAt: number;
  /** Deposits 0 .. depositCount - 1 may be spent in it. */
  readonly depositCount: number;
  readonly depositHash: Hex;
}

/** What the operator commits; the contract adds the parent's hash and the timestamp. */
export type SealedBlock = Omit<BlockHeader, "parentHash" | "timestamp">;

/** The parent of block 1: never committed, its hash is zero. */
export const GENESIS: BlockHeader = {
  number: 0n,
  parentHash: ZERO_HASH,
  root: ZERO_HASH,
  txCount: 0,
  timestamp: 0,
  sealedAt: 0,
  depositCount: 0,
  depositHash: ZERO_HASH,
};

const LENGTH_BYTES = 4;

/**
 * The block hash that the contract keeps: keccak256(abi.encode(number, parentHash, root, txCount, timestamp, sealedAt,
 * depositCount, depositHash)), and zero for GENESIS.
 * @throws HEX_INVALID, UINT_OUT_OF_RANGE, BLOCK_GENESIS_FIELDS
 */
export function headerHash(header: BlockHeader, keccak: Keccak256 = portableCrypto.keccak256): Hex {
  const words = createWriter(8 * 32)
    .skip(24)
    .uint(header.number, 8, "number")
    .hex(header.parentHash, 32, "parentHash")
    .hex(header.root, 32, "root")
    .skip(28)
    .number(header.txCount, 4, "txCount")
    .skip(27)
    .number(header.timestamp, 5, "timestamp")
    .skip(27)
    .number(header.sealedAt, 5, "sealedAt")
    .skip(28)
    .number(header.depositCount, 4, "depositCount")
    .hex(header.depositHash, 32, "depositHash");
  if (header.number !== 0n) return toHex(keccak(words.bytes));
  if (words.bytes.some((byte) => byte !== 0)) {
    throw new ProtocolError("BLOCK_GENESIS_FIELDS", "every field of the header with number 0 is zero", { header });
  }
  return ZERO_HASH;
}

/**
 * The bytes of a block: `(length 4 | entry)*`.
 * @throws BLOCK_ENTRY_SIZE, BLOCK_TOO_MANY_TRANSACTIONS, BLOCK_TOO_LARGE
 */
export function encodeBlock(entries: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const entry of entries) {
    assertEntrySize(entry.length);
    size += LENGTH_BYTES + entry.length;
  }
  assertEntryCount(entries.length);
  assertBlockSize(size);
  const writer = createWriter(size);
  for (const entry of entries) writer.number(entry.length, LENGTH_BYTES, "length").raw(entry);
  return writer.bytes;
}

/**
 * The entries of a block, as views of its bytes; what they say is not looked at.
 * @throws BLOCK_TRUNCATED, BLOCK_ENTRY_SIZE, BLOCK_TOO_MANY_TRANSACTIONS, BLOCK_TOO_LARGE
 */
export function decodeBlock(bytes: Uint8Array): Uint8Array[] {
  assertBlockSize(bytes.length);
  const reader = createReader(bytes, "BLOCK_TRUNCATED");
  const entries: Uint8Array[] = [];
  while (reader.remaining() > 0) {
    const length = reader.number(LENGTH_BYTES);
    assertEntrySize(length);
    entries.push(reader.raw(length));
    assertEntryCount(entries.length);
  }
  return entries;
}

function assertEntrySize(size: number): void {
  if (size < 1 || size > LIMITS.maxTransactionBytes) {
    throw new ProtocolError(
      "BLOCK_ENTRY_SIZE",
      `a block entry has 1 to ${LIMITS.maxTransactionBytes} bytes, not ${size}`,
      {
        size,
      },
    );
  }
}

function assertEntryCount(count: number): void {
  if (count > LIMITS.maxBlockTransactions) {
    throw new ProtocolError(
      "BLOCK_TOO_MANY_TRANSACTIONS",
      `a block has at most ${LIMITS.maxBlockTransactions} entries`,
      {
        count,
      },
    );
  }
}

function assertBlockSize(size: number): void {
  if (size > LIMITS.maxBlockBytes) {
    throw new ProtocolError("BLOCK_TOO_LARGE", `a block has at most ${LIMITS.maxBlockBytes} bytes, not ${size}`, {
      size,
    });
  }
}
