import type { Address, Hex } from "viem";
import { abiWords, setAddress, setHash, setNumber, setUint } from "./abiWords.ts";
import { toHex } from "./bytes.ts";
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
  const words = abiWords(6);
  setHash(words, 0, originId, "originId");
  setNumber(words, 1, outputIndex, 1, "outputIndex");
  setAddress(words, 2, output.owner, "owner");
  setAddress(words, 3, output.token, "token");
  setUint(words, 4, output.amount, 16, "amount");
  setHash(words, 5, output.condition, "condition");
  return toHex(keccak(words));
}

/** The ids of all outputs of a transaction or fee claim, in order. */
export function outputIdsOf(originId: Hex, outputs: readonly Output[], keccak: Keccak256): readonly Hex[] {
  return outputs.map((output, index) => outputIdOf(originId, index, output, keccak));
}

/** Whether two outputs are the same in every field. */
export function sameOutput(a: Output, b: Output): boolean {
  return a.owner === b.owner && a.token === b.token && a.amount === b.amount && a.condition === b.condition;
}
