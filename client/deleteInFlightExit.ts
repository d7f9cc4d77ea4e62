import { encodeFunctionData, type Hex } from "viem";
import { rootChainAbi } from "../protocol/generated/rootChain.ts";
import { packTerms } from "../protocol/inFlight.ts";
import type { Client } from "./client.ts";
import type { InFlightExit } from "./inFlightExits.ts";
import { type L1Call, sendCall } from "./l1.ts";

/** The L1 transaction that ends an in-flight exit in which nobody takes part, after phase 1 (R14). */
export function deleteCall(
  client: Client,
  { txId, terms, transaction }: Pick<InFlightExit, "txId" | "terms" | "transaction">,
): L1Call {
  const args = [txId, packTerms(terms, transaction)] as const;
  const data = encodeFunctionData({ abi: rootChainAbi, functionName: "deleteInFlightExit", args });
  return { purpose: "delete in-flight exit", to: client.domain.contract, data, value: 0n };
}

/** Ends it; its bond goes to the bond owner. Throws WRONG_PHASE, PIECES_LIVE and like `sendCall`. */
export async function deleteInFlightExit(
  client: Client,
  exit: InFlightExit,
): Promise<{ readonly transactionHash: Hex; readonly gasUsed: bigint }> {
  const { transactionHash, gasUsed } = await sendCall(client, deleteCall(client, exit));
  return { transactionHash, gasUsed };
}
