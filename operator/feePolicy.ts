import type { Output } from "../protocol/output.ts";
import type { TransactionEffects } from "../protocol/stateTransition.ts";
import { ApiError } from "../runtime/apiError.ts";
import type { FeePolicy } from "./options.ts";

/**
 * Lets a transaction pass that pays the fee of one of the policy's tokens in full, or that merges outputs where that is
 * free. An empty policy asks for nothing. Other tokens may be paid with, but do not count as fees.
 * @throws FEE_TOO_LOW
 */
export function checkFee(policy: FeePolicy, { spent, created, fees }: TransactionEffects): void {
  if (policy.length === 0) return;
  const inputs = spent.map(({ output }) => output);
  const outputs = created.map(({ output }) => output);
  for (const { token, amount, mergeFree } of policy) {
    if ((fees.get(token) ?? 0n) >= amount || (mergeFree && isMerge(inputs, outputs) && inputs[0]?.token === token))
      return;
  }
  const asked = policy.map(({ token, amount }) => `${amount} of ${token}`).join(" or ");
  throw new ApiError("FEE_TOO_LOW", `The transaction pays too little: leave ${asked} to the operator`);
}

/** Several outputs of one owner and token become one output of the same owner. */
function isMerge(inputs: readonly Output[], outputs: readonly Output[]): boolean {
  const [merged, ...others] = outputs;
  const same = (input: Output) => input.owner === merged?.owner && input.token === merged.token;
  return inputs.length > 1 && others.length === 0 && inputs.every(same);
}
