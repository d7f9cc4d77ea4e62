import { type Address, encodeFunctionData, type Hex } from "viem";
import { encodeInclusion } from "../protocol/evidence.ts";
import { rootChainAbi } from "../protocol/generated/rootChain.ts";
import { type Inclusion, verifyInclusion } from "../protocol/inclusion.ts";
import { packTerms } from "../protocol/inFlight.ts";
import { type Client, requireWallet } from "./client.ts";
import type { InFlightExit } from "./inFlightExits.ts";
import { type L1Call, sendCall } from "./l1.ts";

export interface RespondRequest {
  readonly exit: Pick<InFlightExit, "txId" | "transaction" | "body" | "terms">;
  /** Where the exiting transaction stands. */
  readonly inclusion: Inclusion;
  /** Who becomes the owner of the exit's bond; the wallet's address by default. */
  readonly beneficiary?: Address | undefined;
}

/**
 * The L1 transaction that answers a competitor: the exiting transaction is included before it. The path is checked first. Throws
 * PROOF_*: the reason why it does not count.
 */
export function respondCall(client: Client, request: RespondRequest): L1Call {
  const { address } = requireWallet(client);
  const { exit, inclusion, beneficiary = address } = request;
  verifyInclusion(exit.txId, exit.transaction, inclusion, client.crypto.keccak256);
  const data = encodeFunctionData({
    abi: rootChainAbi,
    functionName: "respondNonCanonical",
    args: [exit.txId, packTerms(exit.terms, exit.transaction), encodeInclusion(inclusion), beneficiary],
  });
  return { purpose: "respond", to: client.domain.contract, data, value: 0n };
}

/** Answers a competitor; the exit's bond becomes the beneficiary's. Throws like `respondCall` and `sendCall`. */
export async function respondNonCanonical(
  client: Client,
  request: RespondRequest,
): Promise<{ readonly transactionHash: Hex; readonly gasUsed: bigint }> {
  const { transactionHash, gasUsed } = await sendCall(client, respondCall(client, request));
  return { transactionHash, gasUsed };
}
