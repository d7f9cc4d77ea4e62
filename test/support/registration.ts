import { type Address, toHex } from "viem";
import { conditionAddress } from "../../protocol/condition.ts";
import { type ShippedCondition, shippedConditionCode } from "../../protocol/conditions/shipped.ts";
import { conditionsAbi } from "../../protocol/generated/conditions.ts";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import { type L1, OWNER } from "./l1.ts";

/** Registers a shipped condition with a root chain's registry, and gives its address. */
export const registerShipped = (l1: L1, contract: Address, name: ShippedCondition): Promise<Address> =>
  registerCode(l1, contract, shippedConditionCode(name));

export async function registerCode(l1: L1, contract: Address, code: Uint8Array): Promise<Address> {
  const registry = await l1.client.readContract({ address: contract, abi: rootChainAbi, functionName: "conditions" });
  const hash = await l1.client.writeContract({
    address: registry,
    abi: conditionsAbi,
    functionName: "register",
    args: [toHex(code)],
    account: l1.account(OWNER),
    chain: null,
  });
  await l1.client.waitForTransactionReceipt({ hash });
  return conditionAddress(registry.toLowerCase() as Address, code);
}
