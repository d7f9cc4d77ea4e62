import type { Address } from "viem";
import { fromHex } from "../bytes.ts";
import { conditionAddress } from "../condition.ts";
import { SHIPPED_CONDITION_CODE } from "../generated/shippedConditions.ts";
import { type Keccak256, portableCrypto } from "../hashing.ts";

/** A condition that comes with the project (R19). */
export type ShippedCondition = keyof typeof SHIPPED_CONDITION_CODE;

/** Runtime code of a shipped condition, as it is registered. */
export function shippedConditionCode(name: ShippedCondition): Uint8Array {
  return fromHex(SHIPPED_CONDITION_CODE[name]);
}

/**
 * Where the registry of a root chain has a shipped condition, once somebody has registered it.
 * @throws HEX_INVALID
 */
export function shippedConditionAddress(
  name: ShippedCondition,
  registry: Address,
  keccak: Keccak256 = portableCrypto.keccak256,
): Address {
  return conditionAddress(registry, shippedConditionCode(name), keccak);
}
