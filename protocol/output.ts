import type { Address, Hex } from "viem";
import { abiWords, setBytes, setField, setNumber } from "./abiWords.ts";
import { createWriter, fromHex, isZero, type Reader, readUint, toHex, type Writer } from "./bytes.ts";
import { type Keccak256, portableCrypto, ZERO_ADDRESS, ZERO_HASH } from "./hashing.ts";
import { assertFlags, skipOptional } from "./optionalField.ts";

/** Money on the Plasma chain: an amount of a token, in the token's smallest unit, and who may spend it. */
export interface Output {
  readonly owner: Address;
  /** Zero = ETH. */
  readonly token: Address;
  /** uint128, above zero. */
  readonly amount: bigint;
  /** Zero = plain: the owner's signature spends it. */
  readonly condition: Hex;
}

/** The token that stands for ETH. */
export const ETH: Address = ZERO_ADDRESS;

/** The condition of a plain output. */
export const PLAIN: Hex = ZERO_HASH;

const HAS_TOKEN = 1;
const HAS_CONDITION = 2;

/**
 * The bytes of one output as they stand in a body, `flags | owner 20 | [token 20] | amount 16 | [condition 32]`: the start of an in-flight
 * exit shows a deposit's output like this.
 * @throws HEX_INVALID, UINT_OUT_OF_RANGE
 */
export function encodeOutput(output: Output): Uint8Array {
  const writer = createWriter(outputSize(output));
  writeOutput(writer, output);
  return writer.bytes;
}

/** @throws HEX_INVALID, UINT_OUT_OF_RANGE */
export function writeOutput(writer: Writer, output: Output): void {
  const flags = flagsOf(output);
  writer.number(flags, 1, "flags").hex(output.owner, 20, "owner");
  if (flags & HAS_TOKEN) writer.hex(output.token, 20, "token");
  writer.uint(output.amount, 16, "amount");
  if (flags & HAS_CONDITION) writer.hex(output.condition, 32, "condition");
}

/** Bytes that `writeOutput` takes. */
export const outputSize = (output: Output): number => sizeOf(flagsOf(output));

/**
 * Reads one output as it stands in a body.
 * @throws what `skipOutput` throws
 */
export function readOutput(reader: Reader): Output {
  return outputFrom(reader.bytes, skipOutput(reader));
}

/**
 * Judges one output as it stands in a body and tells where it begins.
 * @throws TX_UNKNOWN_FLAGS, TX_ZERO_FIELD, and what the reader throws
 */
export function skipOutput(reader: Reader): number {
  const start = reader.offset();
  const flags = reader.number(1);
  assertFlags(flags, HAS_TOKEN | HAS_CONDITION);
  reader.skip(20);
  skipOptional(reader, (flags & HAS_TOKEN) !== 0, 20, "token");
  reader.skip(16);
  skipOptional(reader, (flags & HAS_CONDITION) !== 0, 32, "condition");
  return start;
}

/** The output that begins there, in bytes that were judged. */
export function outputFrom(bytes: Uint8Array, start: number): Output {
  const { owner, token, amount, condition } = fieldsOf(bytes, start);
  return {
    owner: toHex(bytes, owner, owner + 20),
    token: token === undefined ? ETH : toHex(bytes, token, token + 20),
    amount: readUint(bytes, amount, 16),
    condition: condition === undefined ? PLAIN : toHex(bytes, condition, condition + 32),
  };
}

/** Bytes of the output that begins there, in bytes that were judged. */
export const sizeAt = (bytes: Uint8Array, start: number): number => sizeOf(bytes[start] as number);

/** Whether the output that begins there is plain and nobody's. */
export function isUnowned(bytes: Uint8Array, start: number): boolean {
  const { owner, condition } = fieldsOf(bytes, start);
  return condition === undefined && isZero(bytes, owner, 20);
}

/** Whether the output that begins there is worth nothing. */
export const isWorthless = (bytes: Uint8Array, start: number): boolean =>
  isZero(bytes, fieldsOf(bytes, start).amount, 16);

/** Writes owner, token, amount and condition of the output that begins there as four words. */
export function setOutput(words: Uint8Array, word: number, bytes: Uint8Array, start: number): void {
  const { owner, token, amount, condition } = fieldsOf(bytes, start);
  setField(words, word, bytes, owner, 20);
  setField(words, word + 1, bytes, token, 20);
  setField(words, word + 2, bytes, amount, 16);
  setField(words, word + 3, bytes, condition, 32);
}

const idWords = abiWords(6);

/**
 * The id of an output (R1): keccak256(abi.encode(originId, outputIndex, owner, token, amount, condition)), where
 * `originId` is the id of the creating transaction or fee claim, or `depositOriginId`.
 * @throws HEX_INVALID, UINT_OUT_OF_RANGE
 */
export function outputIdOf(
  originId: Hex,
  outputIndex: number,
  output: Output,
  keccak: Keccak256 = portableCrypto.keccak256,
): Hex {
  return toHex(outputIdFrom(fromHex(originId, 32), outputIndex, encodeOutput(output), 0, keccak));
}

/** The same of the output that begins there, in bytes that were judged. @throws UINT_OUT_OF_RANGE */
export function outputIdFrom(
  originId: Uint8Array,
  outputIndex: number,
  bytes: Uint8Array,
  start: number,
  keccak: Keccak256,
): Uint8Array {
  setBytes(idWords, 0, originId);
  setNumber(idWords, 1, outputIndex, 1, "outputIndex");
  setOutput(idWords, 2, bytes, start);
  return keccak(idWords);
}

/** The ids of all outputs of a transaction or fee claim, in order. */
export function outputIdsOf(originId: Hex, outputs: readonly Output[], keccak: Keccak256): readonly Hex[] {
  return outputs.map((output, index) => outputIdOf(originId, index, output, keccak));
}

/** Whether two outputs are the same in every field. */
export function sameOutput(a: Output, b: Output): boolean {
  return a.owner === b.owner && a.token === b.token && a.amount === b.amount && a.condition === b.condition;
}

/** Where the fields of a judged output stand. */
function fieldsOf(bytes: Uint8Array, start: number) {
  const flags = bytes[start] as number;
  const owner = start + 1;
  const token = flags & HAS_TOKEN ? owner + 20 : undefined;
  const amount = (token ?? owner) + 20;
  return { owner, token, amount, condition: flags & HAS_CONDITION ? amount + 16 : undefined };
}

function sizeOf(flags: number): number {
  return 1 + 20 + 16 + (flags & HAS_TOKEN ? 20 : 0) + (flags & HAS_CONDITION ? 32 : 0);
}

function flagsOf({ token, condition }: Output): number {
  return (token === ETH ? 0 : HAS_TOKEN) | (condition === PLAIN ? 0 : HAS_CONDITION);
}
