import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import type { TestNetwork } from "./devNetwork.ts";

const POLL_MS = 50;

/** Waits until L1 has the block, whatever the operator says of it. */
export async function waitForCommit({ node, contract }: TestNetwork, block: bigint): Promise<void> {
  const newest = () => node.readContract({ address: contract, abi: rootChainAbi, functionName: "newestBlock" });
  while ((await newest()) < block) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
}
