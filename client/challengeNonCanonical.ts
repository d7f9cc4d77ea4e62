import { type Address, encodeFunctionData, type Hex } from "viem";
import { fromHex } from "../protocol/bytes.ts";
import { encodeSpend } from "../protocol/evidence.ts";
import { rootChainAbi } from "../protocol/generated/rootChain.ts";
import { packTerms } from "../protocol/inFlight.ts";
import type { Spend } from "../protocol/spend.ts";
import { decodeBody } from "../protocol/transaction.ts";
import { type Client, requireWallet } from "./client.ts";
import { clientError } from "./errors.ts";
import type { InFlightExit } from "./inFlightExits.ts";
import { type L1Call, sendCall } from "./l1.ts";
import { verifySpendOnL1 } from "./spends.ts";

export interface ContestRequest {
  readonly exit: Pick<InFlightExit, "transaction" | "body" | "terms">;
  /** A spend of one of the exit's inputs by another transaction. */
  readonly competitor: Spend;
  /** Who becomes the owner of the exit's bond; the wallet's address by default. */
  readonly beneficiary?: Address | undefined;
}

/**
 * The L1 transaction that shows a competitor: another spend (R7) of an input, older than what stands. The competitor is checked
 * first, wherever it came from. Throws SPEND_UNRELATED and what `verifySpendOnL1` throws: the reason why it does not count.
 */
export async function contestCall(client: Client, request: ContestRequest): Promise<L1Call> {
  const { address } = requireWallet(client);
  const { exit, competitor, beneficiary = address } = request;
  const spent = decodeBody(fromHex(competitor.body)).inputs[competitor.inputIndex]?.outputId;
  const inputIndex = exit.transaction.inputs.findIndex(({ outputId }) => outputId === spent);
  const input = exit.transaction.inputs[inputIndex];
  if (!input) throw clientError("SPEND_UNRELATED", "the transaction spends no input of the exiting one");
  await verifySpendOnL1(client, competitor, input);
  const data = encodeFunctionData({
    abi: rootChainAbi,
    functionName: "challengeNonCanonical",
    args: [exit.body, packTerms(exit.terms, exit.transaction), inputIndex, encodeSpend(competitor), beneficiary],
  });
  return { purpose: "challenge in-flight exit", to: client.domain.contract, data, value: 0n };
}

/**
 * Contests an in-flight exit. Its bond goes to the beneficiary when it is processed, unless somebody shows that the exiting
 * transaction is older. Throws like `contestCall` and `sendCall`.
 */
export async function challengeNonCanonical(
  client: Client,
  request: ContestRequest,
): Promise<{ readonly transactionHash: Hex; readonly gasUsed: bigint }> {
  const { transactionHash, gasUsed } = await sendCall(client, await contestCall(client, request));
  return { transactionHash, gasUsed };
}
