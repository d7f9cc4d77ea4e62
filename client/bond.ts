import type { Client } from "./client.ts";
import { atL1, rootChain } from "./l1.ts";

/**
 * The bond in wei to put up for an exit that is started now: that of twice the base fee, enough if it rises until the block and
 * within the contract's upper bound if it falls (R27).
 */
export async function currentBond(client: Client): Promise<bigint> {
  const { baseFeePerGas } = await atL1(client.l1.getBlock({ blockTag: "latest" }));
  const args = [2n * (baseFeePerGas ?? 0n)] as const;
  return atL1(client.l1.readContract({ ...rootChain(client), functionName: "minimumBond", args }));
}
