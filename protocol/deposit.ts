import type { Address, Hex } from "viem";
import { createWriter, toHex } from "./bytes.ts";
import { type Keccak256, portableCrypto } from "./hashing.ts";
import { type Output, outputIdOf, PLAIN } from "./output.ts";
import { depositPosition } from "./position.ts";

/** The `index`-th deposit ever (from 0), made while the newest committed block was `block`. */
export interface Deposit {
  readonly index: number;
  readonly block: bigint;
  readonly owner: Address;
  readonly token: Address;
  readonly amount: bigint;
}

const ORIGIN_TAG = new TextEncoder().encode("plasma.deposit");

/** The plain output that a deposit creates. */
export function depositOutput({ owner, token, amount }: Deposit): Output {
  return { owner, token, amount, condition: PLAIN };
}

export function depositPositionOf(deposit: Deposit): bigint {
  return depositPosition(deposit.index, deposit.block);
}

/** What stands for the transaction id in the output id of a deposit: keccak256(abi.encode("plasma.deposit", k, B)). */
export function depositOriginId(k: number, block: bigint, keccak: Keccak256 = portableCrypto.keccak256): Hex {
  const words = createWriter(5 * 32)
    .skip(31)
    .number(3 * 32, 1, "offset of the tag")
    .skip(26)
    .number(k, 6, "deposit index")
    .skip(24)
    .uint(block, 8, "block")
    .skip(31)
    .number(ORIGIN_TAG.length, 1, "length of the tag")
    .raw(ORIGIN_TAG);
  return toHex(keccak(words.bytes));
}

export function depositOutputId(deposit: Deposit, keccak: Keccak256 = portableCrypto.keccak256): Hex {
  return outputIdOf(depositOriginId(deposit.index, deposit.block, keccak), 0, depositOutput(deposit), keccak);
}

/**
 * The chain of deposits (R4): D(0) = 0 and D(k + 1) = keccak256(abi.encode(D(k), output id of deposit k)), which is what
 * the contract stores for deposit k.
 */
export function nextDepositHash(previous: Hex, outputId: Hex, keccak: Keccak256 = portableCrypto.keccak256): Hex {
  const words = createWriter(64).hex(previous, 32, "previous deposit hash").hex(outputId, 32, "outputId");
  return toHex(keccak(words.bytes));
}
