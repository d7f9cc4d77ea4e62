import { type Address, encodeFunctionData, type Hex, parseEventLogs } from "viem";
import { encodeSpend } from "../protocol/evidence.ts";
import { rootChainAbi } from "../protocol/generated/rootChain.ts";
import type { Spend } from "../protocol/spend.ts";
import { type Client, requireWallet } from "./client.ts";
import type { Exit } from "./exits.ts";
import { type L1Call, sendCall } from "./l1.ts";
import { verifySpendOnL1 } from "./spends.ts";

export interface ChallengeRequest {
  readonly exit: Pick<Exit, "outputId" | "position">;
  readonly spend: Spend;
  /** Who gets the bond; the wallet's address by default. */
  readonly beneficiary?: Address | undefined;
}

export interface ChallengeResult {
  readonly transactionHash: Hex;
  readonly gasUsed: bigint;
  /** Wei paid to the beneficiary. */
  readonly reward: bigint;
}

/**
 * The L1 transaction that ends an exit by showing a spend of its output (R7). The spend is checked first, wherever it came
 * from. Throws what `verifySpendOnL1` throws: the reason why it does not count.
 */
export async function challengeCall(client: Client, request: ChallengeRequest): Promise<L1Call> {
  const { address } = requireWallet(client);
  const { exit, spend, beneficiary = address } = request;
  await verifySpendOnL1(client, spend, exit);
  const args = [encodeSpend(spend), beneficiary] as const;
  const data = encodeFunctionData({ abi: rootChainAbi, functionName: "challengeExit", args });
  return { purpose: "challenge exit", to: client.domain.contract, data, value: 0n };
}

/** Ends an exit and takes its bond. Throws like `challengeCall` and `sendCall`. */
export async function challengeExit(client: Client, request: ChallengeRequest): Promise<ChallengeResult> {
  const { logs, transactionHash, gasUsed } = await sendCall(client, await challengeCall(client, request));
  const [ended] = parseEventLogs({ abi: rootChainAbi, eventName: "ExitChallenged", logs });
  return { transactionHash, gasUsed, reward: ended?.args.bond ?? 0n };
}
