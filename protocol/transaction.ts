import type { Hex } from "viem";
import { createReader, createWriter, type Reader, type Writer } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";
import { ZERO_ADDRESS, ZERO_HASH } from "./hashing.ts";
import { LIMITS } from "./limits.ts";
import { type Output, PLAIN } from "./output.ts";
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

/** First byte of a transaction's bytes. */
export const TRANSACTION_TYPE = 0x01;

const HAS_MEMO = 1;
const HAS_VALID_AFTER = 2;
const HAS_VALID_BEFORE = 4;
const HAS_TOKEN = 1;
const HAS_CONDITION = 2;

const HEADER_BYTES = 4;
const INPUT_BYTES = 13 + 32;

/**
 * The canonical bytes of a transaction's body:
 * `0x01 | nIn | nOut | flags | nIn × (position 13 | outputId 32) |
 * nOut × (flags | owner 20 | [token 20] | amount 16 | [condition 32]) | [memo 32] | [validAfter 5] | [validBefore 5]`.
 * @throws HEX_INVALID, UINT_OUT_OF_RANGE, TX_INPUT_COUNT, TX_OUTPUT_COUNT, TX_DUPLICATE_INPUT, TX_AMOUNT_ZERO, TX_OWNER_ZERO
 */
export function encodeBody(transaction: Transaction): Uint8Array {
  const { inputs, outputs, memo, validAfter, validBefore } = transaction;
  assertCount("TX_INPUT_COUNT", "inputs", inputs.length, LIMITS.maxInputs);
  assertCount("TX_OUTPUT_COUNT", "outputs", outputs.length, LIMITS.maxOutputs);

  const flags =
    (memo === ZERO_HASH ? 0 : HAS_MEMO) |
    (validAfter === 0 ? 0 : HAS_VALID_AFTER) |
    (validBefore === 0 ? 0 : HAS_VALID_BEFORE);
  const writer = createWriter(bodyLength(transaction, flags))
    .number(TRANSACTION_TYPE, 1, "type")
    .number(inputs.length, 1, "inputs")
    .number(outputs.length, 1, "outputs")
    .number(flags, 1, "flags");
  for (const [index, input] of inputs.entries()) {
    writer.uint(input.position, 13, "position").hex(input.outputId, 32, "outputId");
    assertNewInput(inputs, index);
  }
  for (const [index, output] of outputs.entries()) {
    writeOutput(writer, output);
    assertOutput(output, index);
  }
  if (flags & HAS_MEMO) writer.hex(memo, 32, "memo");
  if (flags & HAS_VALID_AFTER) writer.number(validAfter, 5, "validAfter");
  if (flags & HAS_VALID_BEFORE) writer.number(validBefore, 5, "validBefore");
  return writer.bytes;
}

/**
 * The bytes of one output as they stand in a body: the start of an in-flight exit shows a deposit's output like this.
 * @throws HEX_INVALID, UINT_OUT_OF_RANGE
 */
export function encodeOutput(output: Output): Uint8Array {
  const writer = createWriter(outputLength(output));
  writeOutput(writer, output);
  return writer.bytes;
}

/**
 * The transaction that these bytes, and no others, encode.
 * @throws TX_* of the encoding
 */
export function decodeBody(bytes: Uint8Array): Transaction {
  const reader = createReader(bytes, "TX_TRUNCATED");
  const transaction = readBody(reader);
  if (reader.remaining() > 0) {
    throw new ProtocolError("TX_TRAILING_BYTES", `${reader.remaining()} bytes follow the end of the body`, {
      offset: reader.offset(),
    });
  }
  return transaction;
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
  if (bytes.length > LIMITS.maxTransactionBytes) {
    throw new ProtocolError("TX_TOO_LARGE", `a transaction has at most ${LIMITS.maxTransactionBytes} bytes`, {
      size: bytes.length,
    });
  }
  const reader = createReader(bytes, "TX_TRUNCATED");
  const transaction = readBody(reader);
  const bodyLength = reader.offset();
  return { transaction, ...decodeWitness(bytes.subarray(bodyLength)), bodyLength };
}

/**
 * One output of bytes that a decoder has accepted before, without the rest of them; undefined where there is none with this index.
 */
export function outputAt(bytes: Uint8Array, index: number): Output | undefined {
  const [, inputCount = 0, outputCount = 0] = bytes;
  if (index >= outputCount) return undefined;
  let offset = HEADER_BYTES + inputCount * INPUT_BYTES;
  for (let before = 0; before < index; before++) offset += outputBytes(bytes[offset] as number);
  return readOutput(createReader(bytes.subarray(offset), "TX_TRUNCATED"));
}

function readBody(reader: Reader): Transaction {
  const type = reader.number(1);
  if (type !== TRANSACTION_TYPE) {
    throw new ProtocolError("TX_TYPE_UNKNOWN", `a transaction begins with the byte 1, not ${type}`, { type });
  }
  const inputCount = reader.number(1);
  const outputCount = reader.number(1);
  const flags = reader.number(1);
  assertCount("TX_INPUT_COUNT", "inputs", inputCount, LIMITS.maxInputs);
  assertCount("TX_OUTPUT_COUNT", "outputs", outputCount, LIMITS.maxOutputs);
  assertFlags(flags, HAS_MEMO | HAS_VALID_AFTER | HAS_VALID_BEFORE);

  const inputs: Input[] = [];
  for (let index = 0; index < inputCount; index++) {
    inputs.push({ position: reader.uint(13), outputId: reader.hex(32) });
    assertNewInput(inputs, index);
  }
  const outputs: Output[] = [];
  for (let index = 0; index < outputCount; index++) {
    const output = readOutput(reader);
    assertOutput(output, index);
    outputs.push(output);
  }
  return {
    inputs,
    outputs,
    memo: flags & HAS_MEMO ? nonZero(reader.hex(32), ZERO_HASH, "memo") : ZERO_HASH,
    validAfter: flags & HAS_VALID_AFTER ? nonZero(reader.number(5), 0, "validAfter") : 0,
    validBefore: flags & HAS_VALID_BEFORE ? nonZero(reader.number(5), 0, "validBefore") : 0,
  };
}

function bodyLength({ inputs, outputs }: Transaction, flags: number): number {
  let length = HEADER_BYTES + inputs.length * INPUT_BYTES;
  for (const output of outputs) length += outputLength(output);
  if (flags & HAS_MEMO) length += 32;
  if (flags & HAS_VALID_AFTER) length += 5;
  if (flags & HAS_VALID_BEFORE) length += 5;
  return length;
}

/**
 * Reads one output as it stands in a body.
 * @throws TX_TRUNCATED and what else the encoding of an output throws
 */
export function readOutput(reader: Reader): Output {
  const flags = reader.number(1);
  assertFlags(flags, HAS_TOKEN | HAS_CONDITION);
  return {
    owner: reader.hex(20),
    token: flags & HAS_TOKEN ? nonZero(reader.hex(20), ZERO_ADDRESS, "token") : ZERO_ADDRESS,
    amount: reader.uint(16),
    condition: flags & HAS_CONDITION ? nonZero(reader.hex(32), PLAIN, "condition") : PLAIN,
  };
}

function writeOutput(writer: Writer, output: Output): void {
  const flags = flagsOf(output);
  writer.number(flags, 1, "flags").hex(output.owner, 20, "owner");
  if (flags & HAS_TOKEN) writer.hex(output.token, 20, "token");
  writer.uint(output.amount, 16, "amount");
  if (flags & HAS_CONDITION) writer.hex(output.condition, 32, "condition");
}

const outputLength = (output: Output): number => outputBytes(flagsOf(output));

/** Length of an output with these flags. */
function outputBytes(flags: number): number {
  return 1 + 20 + 16 + (flags & HAS_TOKEN ? 20 : 0) + (flags & HAS_CONDITION ? 32 : 0);
}

function flagsOf({ token, condition }: Output): number {
  return (token === ZERO_ADDRESS ? 0 : HAS_TOKEN) | (condition === PLAIN ? 0 : HAS_CONDITION);
}

function assertCount(code: "TX_INPUT_COUNT" | "TX_OUTPUT_COUNT", what: string, count: number, max: number): void {
  if (count < 1 || count > max) {
    throw new ProtocolError(code, `a transaction has 1 to ${max} ${what}, not ${count}`, { count });
  }
}

function assertFlags(flags: number, known: number): void {
  if ((flags & ~known) !== 0) {
    throw new ProtocolError("TX_UNKNOWN_FLAGS", `flags ${flags} have a bit without a meaning`, { flags, known });
  }
}

function assertNewInput(inputs: readonly Input[], index: number): void {
  const outputId = inputs[index]?.outputId;
  for (let earlier = 0; earlier < index; earlier++) {
    if (inputs[earlier]?.outputId === outputId) {
      throw new ProtocolError("TX_DUPLICATE_INPUT", `inputs ${earlier} and ${index} spend the same output`, {
        outputId,
      });
    }
  }
}

function assertOutput({ owner, amount, condition }: Output, index: number): void {
  if (amount === 0n) throw new ProtocolError("TX_AMOUNT_ZERO", `output ${index} has the amount zero`, { index });
  if (owner === ZERO_ADDRESS && condition === PLAIN) {
    throw new ProtocolError("TX_OWNER_ZERO", `output ${index} is plain and has no owner`, { index });
  }
}

function nonZero<T extends string | number>(value: T, zero: T, field: string): T {
  if (value === zero) {
    throw new ProtocolError("TX_ZERO_FIELD", `${field} is zero and must be left out`, { field });
  }
  return value;
}
