import type { Hex } from "viem";
import { createReader, createWriter, type Reader, readNumber, readUint, toHex } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";
import { ZERO_HASH } from "./hashing.ts";
import { LIMITS } from "./limits.ts";
import { assertFlags, skipOptional } from "./optionalField.ts";
import {
  isUnowned,
  isWorthless,
  type Output,
  outputFrom,
  outputSize,
  sizeAt,
  skipOutput,
  writeOutput,
} from "./output.ts";
import { decodeWitness, encodeWitness, type Witness } from "./witness.ts";

/** The output that a transaction spends: where it is, and what its owner means by that (R1). */
export interface Input {
  readonly position: bigint;
  readonly outputId: Hex;
}

export interface Transaction {
  readonly inputs: readonly Input[];
  readonly outputs: readonly Output[];
  /** 32 bytes for the sender's own use; zero = none. */
  readonly memo: Hex;
  /** Unix seconds, uint40; 0 = none. Valid in blocks with validAfter ≤ sealedAt < validBefore. */
  readonly validAfter: number;
  readonly validBefore: number;
}

/** A transaction and its witness (R6). */
export interface SignedTransaction extends Witness {
  readonly transaction: Transaction;
}

/**
 * Where the fields of a body stand in its bytes, which were judged: what is hashed is copied from there, and nobody has to make text and
 * numbers of it in between.
 */
export interface BodyLayout {
  readonly bytes: Uint8Array;
  /** Where each `position 13 | outputId 32` begins. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Undefined where they are left out. */
  readonly memo: number | undefined;
  readonly validAfter: number | undefined;
  readonly validBefore: number | undefined;
  /** Of the body, at the front of the bytes. */
  readonly length: number;
}

/** First byte of a transaction's bytes. */
export const TRANSACTION_TYPE = 0x01;

const HAS_MEMO = 1;
const HAS_VALID_AFTER = 2;
const HAS_VALID_BEFORE = 4;

const HEADER_BYTES = 4;
const POSITION_BYTES = 13;
const INPUT_BYTES = POSITION_BYTES + 32;

/**
 * The canonical bytes of a transaction's body:
 * `0x01 | nIn | nOut | flags | nIn × (position 13 | outputId 32) |
 * nOut × (flags | owner 20 | [token 20] | amount 16 | [condition 32]) | [memo 32] | [validAfter 5] | [validBefore 5]`.
 * @throws HEX_INVALID, UINT_OUT_OF_RANGE, TX_INPUT_COUNT, TX_OUTPUT_COUNT, TX_DUPLICATE_INPUT, TX_AMOUNT_ZERO, TX_OWNER_ZERO
 */
export function encodeBody(transaction: Transaction): Uint8Array {
  return bodyLayoutOf(transaction).bytes;
}

/**
 * The same, with where its fields stand.
 * @throws what `encodeBody` throws
 */
export function bodyLayoutOf(transaction: Transaction): BodyLayout {
  const { inputs, outputs, memo, validAfter, validBefore } = transaction;
  assertCounts(inputs.length, outputs.length);
  const flags =
    (memo === ZERO_HASH ? 0 : HAS_MEMO) |
    (validAfter === 0 ? 0 : HAS_VALID_AFTER) |
    (validBefore === 0 ? 0 : HAS_VALID_BEFORE);
  const writer = createWriter(bodySize(transaction, flags))
    .number(TRANSACTION_TYPE, 1, "type")
    .number(inputs.length, 1, "inputs")
    .number(outputs.length, 1, "outputs")
    .number(flags, 1, "flags");
  for (const { position, outputId } of inputs) {
    writer.uint(position, POSITION_BYTES, "position").hex(outputId, 32, "outputId");
  }
  for (const output of outputs) writeOutput(writer, output);
  if (flags & HAS_MEMO) writer.hex(memo, 32, "memo");
  if (flags & HAS_VALID_AFTER) writer.number(validAfter, 5, "validAfter");
  if (flags & HAS_VALID_BEFORE) writer.number(validBefore, 5, "validBefore");
  return readBodyLayout(writer.bytes);
}

/**
 * The transaction that these bytes, and no others, encode.
 * @throws TX_* of the encoding
 */
export function decodeBody(bytes: Uint8Array): Transaction {
  const layout = readBodyLayout(bytes);
  if (layout.length < bytes.length) {
    throw new ProtocolError("TX_TRAILING_BYTES", `${bytes.length - layout.length} bytes follow the end of the body`, {
      offset: layout.length,
    });
  }
  return transactionFrom(layout);
}

/**
 * Body ‖ witness: what the API carries and what a block holds.
 * @throws what `encodeBody` and `encodeWitness` throw
 */
export function encodeSignedTransaction({ transaction, ...unlocking }: SignedTransaction): Uint8Array {
  const body = encodeBody(transaction);
  const witness = encodeWitness(unlocking);
  return createWriter(body.length + witness.length)
    .raw(body)
    .raw(witness).bytes;
}

/**
 * Splits and decodes body ‖ witness; `bodyLength` tells where the witness begins. Signatures are not checked.
 * @throws TX_TOO_LARGE, TX_* and WITNESS_* of the encoding
 */
export function decodeSignedTransaction(bytes: Uint8Array): SignedTransaction & { readonly bodyLength: number } {
  const { layout, signatures, reveals } = readSignedTransaction(bytes);
  return { transaction: transactionFrom(layout), signatures, reveals, bodyLength: layout.length };
}

/**
 * The same, without making a transaction of the body.
 * @throws what `decodeSignedTransaction` throws
 */
export function readSignedTransaction(bytes: Uint8Array): Witness & { readonly layout: BodyLayout } {
  if (bytes.length > LIMITS.maxTransactionBytes) {
    throw new ProtocolError("TX_TOO_LARGE", `a transaction has at most ${LIMITS.maxTransactionBytes} bytes`, {
      size: bytes.length,
    });
  }
  const layout = readBodyLayout(bytes);
  const { signatures, reveals } = decodeWitness(bytes.subarray(layout.length));
  return { layout, signatures, reveals };
}

/** The transaction whose bytes are laid out. */
export function transactionFrom({ bytes, inputs, outputs, memo, validAfter, validBefore }: BodyLayout): Transaction {
  return {
    inputs: inputs.map((start) => ({
      position: readUint(bytes, start, POSITION_BYTES),
      outputId: toHex(bytes, start + POSITION_BYTES, start + INPUT_BYTES),
    })),
    outputs: outputs.map((start) => outputFrom(bytes, start)),
    memo: memo === undefined ? ZERO_HASH : toHex(bytes, memo, memo + 32),
    validAfter: validAfter === undefined ? 0 : readNumber(bytes, validAfter, 5),
    validBefore: validBefore === undefined ? 0 : readNumber(bytes, validBefore, 5),
  };
}

/**
 * One output of bytes that a decoder has accepted before, without the rest of them; undefined where there is none with this index.
 */
export function outputAt(bytes: Uint8Array, index: number): Output | undefined {
  const [, inputCount = 0, outputCount = 0] = bytes;
  if (index >= outputCount) return undefined;
  let start = HEADER_BYTES + inputCount * INPUT_BYTES;
  for (let before = 0; before < index; before++) start += sizeAt(bytes, start);
  return outputFrom(bytes, start);
}

/** Judges the body at the front of these bytes. */
function readBodyLayout(bytes: Uint8Array): BodyLayout {
  const reader = createReader(bytes, "TX_TRUNCATED");
  const type = reader.number(1);
  if (type !== TRANSACTION_TYPE) {
    throw new ProtocolError("TX_TYPE_UNKNOWN", `a transaction begins with the byte 1, not ${type}`, { type });
  }
  const inputCount = reader.number(1);
  const outputCount = reader.number(1);
  const flags = reader.number(1);
  assertCounts(inputCount, outputCount);
  assertFlags(flags, HAS_MEMO | HAS_VALID_AFTER | HAS_VALID_BEFORE);
  return {
    bytes,
    inputs: readInputs(reader, inputCount),
    outputs: readOutputs(reader, outputCount),
    memo: skipOptional(reader, (flags & HAS_MEMO) !== 0, 32, "memo"),
    validAfter: skipOptional(reader, (flags & HAS_VALID_AFTER) !== 0, 5, "validAfter"),
    validBefore: skipOptional(reader, (flags & HAS_VALID_BEFORE) !== 0, 5, "validBefore"),
    length: reader.offset(),
  };
}

function readInputs(reader: Reader, count: number): readonly number[] {
  const inputs: number[] = [];
  while (inputs.length < count) {
    const start = reader.skip(INPUT_BYTES);
    const earlier = inputs.findIndex((other) => sameOutputId(reader.bytes, other, start));
    if (earlier >= 0) {
      throw new ProtocolError("TX_DUPLICATE_INPUT", `inputs ${earlier} and ${inputs.length} spend the same output`, {
        outputId: toHex(reader.bytes, start + POSITION_BYTES, start + INPUT_BYTES),
      });
    }
    inputs.push(start);
  }
  return inputs;
}

function readOutputs(reader: Reader, count: number): readonly number[] {
  const { bytes } = reader;
  const outputs: number[] = [];
  while (outputs.length < count) {
    const index = outputs.length;
    const start = skipOutput(reader);
    if (isWorthless(bytes, start)) {
      throw new ProtocolError("TX_AMOUNT_ZERO", `output ${index} has the amount zero`, { index });
    }
    if (isUnowned(bytes, start)) {
      throw new ProtocolError("TX_OWNER_ZERO", `output ${index} is plain and has no owner`, { index });
    }
    outputs.push(start);
  }
  return outputs;
}

function sameOutputId(bytes: Uint8Array, one: number, other: number): boolean {
  for (let i = POSITION_BYTES; i < INPUT_BYTES; i++) if (bytes[one + i] !== bytes[other + i]) return false;
  return true;
}

function bodySize({ inputs, outputs }: Transaction, flags: number): number {
  let size = HEADER_BYTES + inputs.length * INPUT_BYTES;
  for (const output of outputs) size += outputSize(output);
  if (flags & HAS_MEMO) size += 32;
  if (flags & HAS_VALID_AFTER) size += 5;
  if (flags & HAS_VALID_BEFORE) size += 5;
  return size;
}

function assertCounts(inputs: number, outputs: number): void {
  assertCount("TX_INPUT_COUNT", "inputs", inputs, LIMITS.maxInputs);
  assertCount("TX_OUTPUT_COUNT", "outputs", outputs, LIMITS.maxOutputs);
}

function assertCount(code: "TX_INPUT_COUNT" | "TX_OUTPUT_COUNT", what: string, count: number, max: number): void {
  if (count < 1 || count > max) {
    throw new ProtocolError(code, `a transaction has 1 to ${max} ${what}, not ${count}`, { count });
  }
}
