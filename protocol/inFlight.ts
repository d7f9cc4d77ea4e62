import { type Address, type Hex, numberToHex } from "viem";
import { createWriter, toHex } from "./bytes.ts";
import { type Keccak256, portableCrypto } from "./hashing.ts";
import { depositIndexOf, isDepositPosition } from "./position.ts";
import type { Transaction } from "./transaction.ts";

/** What never changes of an in-flight exit; the contract keeps its hash and is shown it in every call (R26). */
export interface InFlightTerms {
  /** L1 time, Unix seconds. */
  readonly startedAt: number;
  /** L1 time, Unix seconds; processing is possible strictly after it. */
  readonly exitableAt: number;
  /** The block behind which the last of the transaction's conditions was registered: it is included in a later one (R9). Zero for none. */
  readonly registeredBehind: bigint;
  /** Of the youngest input; with `exitableAt` the place in the queues (R12). */
  readonly position: bigint;
  /** Wei, of the exit itself and of each piggyback. */
  readonly bond: bigint;
  readonly starter: Address;
}

/** The terms as the contract is shown them, with what the transaction asks of the block that includes it (R9). */
export interface PackedTerms {
  /** starter 160 | bond 96 */
  readonly funds: bigint;
  /** startedAt 40 | position of the youngest input 104 | deposits that the block must have seen 32 | validAfter 40 | validBefore 40 */
  readonly start: bigint;
  /** registeredBehind 64 | exitableAt 40 */
  readonly end: bigint;
}

/** An open in-flight exit as the contract's word tells it. */
export interface InFlightState {
  /** Live piggybacks, ascending: 0 to 7 are inputs, 8 + i is output i. */
  readonly pieces: readonly number[];
  /** Not canonical as it is: a competitor stands, or the transaction had expired at the start. */
  readonly contested: boolean;
  /** All inputs were spent by the transaction for ever before the start. */
  readonly settled: boolean;
  readonly verdict: "none" | "canonical" | "not canonical";
}

/** Number of the first piece that is an output. */
export const FIRST_OUTPUT_PIECE = 8;

const PIECE_COUNT = 16;
const CONTESTED = 1n << 16n;
const SETTLED = 1n << 17n;
const DECIDED = 1n << 18n;
const CANONICAL = 1n << 19n;

/** Place of a competitor that is in no block. */
export const IN_NO_BLOCK = (1n << 96n) - 1n;

/** The terms of the in-flight exit of `transaction` as the contract is shown them. */
export function packTerms(terms: InFlightTerms, { inputs, validAfter, validBefore }: Transaction): PackedTerms {
  const { startedAt, exitableAt, registeredBehind, position, bond, starter } = terms;
  const deposits = inputs.map((input) => input.position).filter(isDepositPosition);
  const needed = Math.max(0, ...deposits.map((deposit) => depositIndexOf(deposit) + 1));
  const place = (BigInt(startedAt) << 216n) | (position << 112n);
  return {
    funds: (BigInt(starter) << 96n) | bond,
    start: place | (BigInt(needed) << 80n) | (BigInt(validAfter) << 40n) | BigInt(validBefore),
    end: (registeredBehind << 40n) | BigInt(exitableAt),
  };
}

/** The terms that the contract's packed form tells. */
export function unpackTerms({ funds, start, end }: PackedTerms): InFlightTerms {
  return {
    startedAt: Number(start >> 216n),
    exitableAt: Number(BigInt.asUintN(40, end)),
    registeredBehind: end >> 40n,
    position: BigInt.asUintN(104, start >> 112n),
    bond: BigInt.asUintN(96, funds),
    starter: numberToHex(funds >> 96n, { size: 20 }),
  };
}

/** The id of an in-flight exit's entries, one in the queue of each token (R14): keccak256(abi.encode("plasma.ife", txId, startedAt)). */
export function inFlightEntryId(txId: Hex, startedAt: number, keccak: Keccak256 = portableCrypto.keccak256): Hex {
  const text = new TextEncoder().encode("plasma.ife");
  const words = createWriter(5 * 32)
    .skip(31)
    .number(3 * 32, 1, "offset")
    .hex(txId, 32, "txId")
    .skip(24)
    .uint(BigInt(startedAt), 8, "startedAt")
    .skip(31)
    .number(text.length, 1, "length")
    .raw(text);
  return toHex(keccak(words.bytes));
}

/** Reads the contract's word; undefined where no in-flight exit is open. */
export function decodeInFlightWord(word: bigint): InFlightState | undefined {
  if (word === 0n) return undefined;
  const has = (bit: bigint): boolean => (word & bit) !== 0n;
  return {
    pieces: piecesOf(Number(word & 0xffffn)),
    contested: has(CONTESTED),
    settled: has(SETTLED),
    verdict: !has(DECIDED) ? "none" : has(CANONICAL) ? "canonical" : "not canonical",
  };
}

/** The pieces of a set, ascending. */
export function piecesOf(mask: number): number[] {
  return Array.from({ length: PIECE_COUNT }, (_, piece) => piece).filter((piece) => ((mask >> piece) & 1) === 1);
}

/** The set of some pieces, as the contract takes it. */
export function maskOf(pieces: readonly number[]): number {
  return pieces.reduce((mask, piece) => mask | (1 << piece), 0);
}

/** Place of a transaction: (block, index) as one number that grows as transactions get younger. */
export function placeOf(block: bigint, txIndex: number): bigint {
  return (block << 32n) | BigInt(txIndex);
}
