import { type AbiParameter, type DecodeAbiParametersReturnType, decodeAbiParameters, encodeAbiParameters } from "viem";
import { fromHex, toHex } from "../bytes.ts";
import { ProtocolError } from "../errors.ts";

/**
 * ABI-decodes params that are exactly what encoding gives. A decoder that takes more could show a person other terms than the condition reads.
 * @throws CONDITION_PARAMS_INVALID
 */
export function decodeParams<const Types extends readonly AbiParameter[]>(
  types: Types,
  bytes: Uint8Array,
): DecodeAbiParametersReturnType<Types> {
  const hex = toHex(bytes);
  try {
    const values = decodeAbiParameters(types, hex);
    if (encodeAbiParameters(types, values as never) === hex) return values as DecodeAbiParametersReturnType<Types>;
  } catch {
    // viem has many errors for what is the same here
  }
  throw new ProtocolError("CONDITION_PARAMS_INVALID", "the params are not canonically encoded", { params: hex });
}

/**
 * ABI-encodes params.
 * @throws CONDITION_PARAMS_INVALID for a value outside of its type
 */
export function encodeParams<const Types extends readonly AbiParameter[]>(
  types: Types,
  values: DecodeAbiParametersReturnType<Types>,
): Uint8Array {
  try {
    return fromHex(encodeAbiParameters(types, values as never));
  } catch (cause) {
    throw invalidParams("a value does not fit into its field", { cause: String(cause) });
  }
}

/** The error for terms that no wallet should put money under. */
export function invalidParams(message: string, details: Readonly<Record<string, unknown>> = {}): ProtocolError {
  return new ProtocolError("CONDITION_PARAMS_INVALID", message, details);
}
