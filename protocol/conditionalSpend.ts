import type { Address, Hex } from "viem";
import { type ConditionCall, conditionHash, encodeCheck, type Reveal } from "./condition.ts";
import type { Verdicts } from "./conditionVerdicts.ts";
import { ProtocolError } from "./errors.ts";
import type { Keccak256 } from "./hashing.ts";
import { LIMITS } from "./limits.ts";
import { type Output, PLAIN } from "./output.ts";

/** A condition as the registry on L1 has it. */
export interface RegisteredCondition {
  readonly codeHash: Hex;
  /** Newest committed block when it was registered: it is good for later ones (R9). */
  readonly newestBlock: bigint;
}

/** A transaction whose conditions are asked. */
export interface ConditionalSpend {
  /** Canonical bytes without the witness. */
  readonly body: Uint8Array;
  /** What its inputs spend, in order. */
  readonly spent: readonly Output[];
  /** Ascending. */
  readonly signers: readonly Address[];
  readonly reveals: readonly Reveal[];
}

/** The conditions of a root chain, as L1 and the VM know them. */
export interface Conditions extends Verdicts {
  /** Undefined where nothing is registered at the address. */
  find(condition: Address): RegisteredCondition | undefined;
}

/** Whether any of these outputs asks a condition before it is spent. */
export const isConditional = ({ condition }: Output): boolean => condition !== PLAIN;

/**
 * What the conditions of a transaction that is to stand in `block` are asked, in the order of its inputs (R9, R15).
 * @throws TX_CONDITION_UNREVEALED, TX_CONDITION_MISMATCH, TX_CONDITION_NOT_REGISTERED
 */
export function conditionCalls(
  { body, spent, signers, reveals }: ConditionalSpend,
  block: bigint,
  find: Conditions["find"],
  keccak: Keccak256,
): ConditionCall[] {
  const inputs = [...spent.keys()].filter((index) => isConditional(spent[index] as Output));
  if (inputs.length !== reveals.length || inputs.some((index, at) => reveals[at]?.inputIndex !== index)) {
    throw new ProtocolError("TX_CONDITION_UNREVEALED", "the witness reveals other conditions than the inputs have", {
      inputs,
      revealed: reveals.map(({ inputIndex }) => inputIndex),
    });
  }
  return reveals.map(({ inputIndex, condition, params, args }) => {
    const output = spent[inputIndex] as Output;
    if (conditionHash(condition, params, keccak) !== output.condition) {
      const message = `what is revealed for input ${inputIndex} is not what its output commits to`;
      throw new ProtocolError("TX_CONDITION_MISMATCH", message, { inputIndex, condition });
    }
    const registered = find(condition);
    if (registered === undefined || registered.newestBlock >= block) {
      const message = `condition ${condition} was not registered before block ${block}`;
      throw new ProtocolError("TX_CONDITION_NOT_REGISTERED", message, { inputIndex, condition, block });
    }
    const calldata = encodeCheck({ body, inputIndex, output, signers, params, args });
    return { codeHash: registered.codeHash, calldata };
  });
}

/**
 * Requires that every condition says yes, with the gas that a transaction has for all of them (R15). The calls were prepared.
 * @throws TX_CONDITION_GAS, TX_CONDITION_REFUSED
 */
export function checkConditions(calls: readonly ConditionCall[], { verdict }: Verdicts): void {
  let gas = 0;
  for (const [at, call] of calls.entries()) {
    const answer = verdict(call);
    gas += answer.gas;
    if (gas > LIMITS.maxConditionGas) {
      const message = `the conditions of a transaction have ${LIMITS.maxConditionGas} gas together`;
      throw new ProtocolError("TX_CONDITION_GAS", message, { gas });
    }
    if (!answer.allowed) throw new ProtocolError("TX_CONDITION_REFUSED", `condition ${at} does not say yes`, { at });
  }
}
