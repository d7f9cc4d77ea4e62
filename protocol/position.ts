import { ProtocolError } from "./errors.ts";
import { DEPOSIT_INDEX_BASE } from "./generated/constants.ts";

/**
 * Where an output was created. Packed into a uint104, block (64 bits) | txIndex (32) | outputIndex (8), so that the
 * order of positions is the order of age.
 */
export interface OutputPosition {
  readonly block: bigint;
  readonly txIndex: number;
  readonly outputIndex: number;
}

const MAX_POSITION = (1n << 104n) - 1n;

/** @throws POSITION_INVALID if a part does not fit into its bits */
export function encodePosition({ block, txIndex, outputIndex }: OutputPosition): bigint {
  if (
    !(typeof block === "bigint" && block >= 0n && block < 1n << 64n) ||
    !(Number.isInteger(txIndex) && txIndex >= 0 && txIndex < 2 ** 32) ||
    !(Number.isInteger(outputIndex) && outputIndex >= 0 && outputIndex < 256)
  ) {
    throw new ProtocolError("POSITION_INVALID", "block must fit into 64 bits, txIndex into 32 and outputIndex into 8", {
      block,
      txIndex,
      outputIndex,
    });
  }
  return (block << 40n) | (BigInt(txIndex) << 8n) | BigInt(outputIndex);
}

/** @throws POSITION_INVALID unless the position fits into 104 bits */
export function decodePosition(position: bigint): OutputPosition {
  assertPosition(position);
  const indexes = Number(position & 0xffffffffffn);
  return { block: position >> 40n, txIndex: Math.floor(indexes / 256), outputIndex: indexes % 256 };
}

/**
 * The position of deposit `k` (from 0) made while the newest committed block was `block`: (block, 2^31 + k, 0), after
 * everything in that block and before everything in the next.
 * @throws POSITION_INVALID
 */
export function depositPosition(k: number, block: bigint): bigint {
  if (!Number.isInteger(k) || k < 0) {
    throw new ProtocolError("POSITION_INVALID", "deposits are numbered 0, 1, 2, …", { k });
  }
  return encodePosition({ block, txIndex: DEPOSIT_INDEX_BASE + k, outputIndex: 0 });
}

export function isDepositPosition(position: bigint): boolean {
  return decodePosition(position).txIndex >= DEPOSIT_INDEX_BASE;
}

/**
 * The k of a deposit's position.
 * @throws POSITION_INVALID for a position in the transactions' lane
 */
export function depositIndexOf(position: bigint): number {
  const { txIndex } = decodePosition(position);
  if (txIndex < DEPOSIT_INDEX_BASE) {
    throw new ProtocolError("POSITION_INVALID", `${formatPosition(position)} is not the position of a deposit`, {
      position,
    });
  }
  return txIndex - DEPOSIT_INDEX_BASE;
}

export function blockOf(position: bigint): bigint {
  return decodePosition(position).block;
}

/** For people: `12:5:0`, and `d3` for deposit 3. */
export function formatPosition(position: bigint): string {
  const { block, txIndex, outputIndex } = decodePosition(position);
  if (txIndex >= DEPOSIT_INDEX_BASE && outputIndex === 0) return `d${txIndex - DEPOSIT_INDEX_BASE}`;
  return `${block}:${txIndex}:${outputIndex}`;
}

/**
 * Reads `12:5:0`, or the packed number in decimal or 0x-hex. `d3` alone does not say on which block the deposit was
 * made, so it cannot be read without the chain.
 * @throws POSITION_INVALID
 */
export function parsePosition(text: string): bigint {
  const parts = /^(\d{1,20}):(\d{1,10}):(\d{1,3})$/.exec(text);
  if (parts !== null) {
    const [, block = "", txIndex = "", outputIndex = ""] = parts;
    return encodePosition({ block: BigInt(block), txIndex: Number(txIndex), outputIndex: Number(outputIndex) });
  }
  if (!/^(\d{1,32}|0x[0-9a-fA-F]{1,26})$/.test(text)) {
    throw new ProtocolError(
      "POSITION_INVALID",
      `"${text}" is not a position; write block:transaction:output, e.g. 12:5:0`,
      {
        text,
      },
    );
  }
  const position = BigInt(text);
  assertPosition(position);
  return position;
}

function assertPosition(position: bigint): void {
  if (typeof position !== "bigint" || position < 0n || position > MAX_POSITION) {
    throw new ProtocolError("POSITION_INVALID", "a position is a whole number of 104 bits", { position });
  }
}
