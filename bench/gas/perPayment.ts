import { encodeFunctionData, keccak256 } from "viem";
import { devTokenAbi } from "../../cli/generated/devToken.ts";
import type { World } from "./world.ts";

/** What a payment costs on L1, as part of a block, and by itself. */
export interface PaymentCost {
  readonly what: string;
  readonly gas: number;
}

const BLOCK_SIZES = [1_000, 65_536] as const;

/** Commits one block of each size, and makes a transfer to an account that has some already. */
export async function measurePaymentCosts(world: World): Promise<PaymentCost[]> {
  const { l1, token, people } = world;
  const { depositor } = people;
  const [payee] = people.payees;
  if (payee === undefined) throw new RangeError("there is no payee");
  const costs: PaymentCost[] = [];
  await world.commit(world.seal(keccak256("0x00"), 1));
  for (const size of BLOCK_SIZES) {
    const gas = await l1.measure(world.submitCall([world.seal(keccak256("0x01"), size)]));
    costs.push({ what: `in a block of ${size.toLocaleString("en")}`, gas: Number(gas) / size });
  }
  const data = encodeFunctionData({ abi: devTokenAbi, functionName: "transfer", args: [payee.address, 10n ** 15n] });
  const transfers = {
    "a transfer of ETH": { from: depositor.address, to: payee.address, data: "0x", value: 10n ** 15n },
    "a transfer of an ERC-20 token": { from: depositor.address, to: token, data },
  } as const;
  for (const [what, call] of Object.entries(transfers)) costs.push({ what, gas: Number(await l1.measure(call)) });
  return costs;
}
