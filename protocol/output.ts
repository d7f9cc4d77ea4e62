import type { Address, Hex } from "viem";
import { createWriter, toHex } from "./bytes.ts";
import { type Keccak256, portableCrypto, ZERO_ADDRESS, ZERO_HASH } from "./hashing.ts";

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
  const words = createWriter(6 * 32)
    .hex(originId, 32, "originId")
    .skip(31)
    .number(outputIndex, 1, "outputIndex")
    .skip(12)
    .hex(output.owner, 20, "owner")
    .skip(12)
    .hex(output.token, 20, "token")
    .skip(16)
    .uint(output.amount, 16, "amount")
    .hex(output.condition, 32, "condition");
  return toHex(keccak(words.bytes));
}

/** Whether two outputs are the same in every field. */
export function sameOutput(a: Output, b: Output): boolean {
  return a.owner === b.owner && a.token === b.token && a.amount === b.amount && a.condition === b.condition;
}
