import { type Address, encodeFunctionData, type Hex, keccak256, parseEventLogs } from "viem";
import { fromHex, toHex } from "../protocol/bytes.ts";
import { rootChainAbi } from "../protocol/generated/rootChain.ts";
import { type Spend, verifySpend } from "../protocol/spend.ts";
import { decodeSignedTransaction } from "../protocol/transaction.ts";
import { type Client, requireWallet } from "./client.ts";
import { clientError } from "./errors.ts";
import type { Exit } from "./exits.ts";
import { type L1Call, l1Time, sendCall } from "./l1.ts";

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

/** The transaction that spends an output, with all that a challenge shows of it, from the operator. Throws SPEND_UNKNOWN. */
export async function getSpend(client: Client, outputId: Hex): Promise<Spend> {
  const spend = await client.operator.call("plasma_getSpend", outputId);
  if (!spend) throw clientError("SPEND_UNKNOWN", `the operator knows no spend of output ${outputId}`, { outputId });
  return spend;
}

/**
 * The L1 transaction that ends an exit by showing a spend of its output (R7). The spend is checked first, wherever it came
 * from. Throws what `verifySpend` throws: the reason why it does not count.
 */
export async function challengeCall(client: Client, request: ChallengeRequest): Promise<L1Call> {
  const { address } = requireWallet(client);
  const { exit, spend, beneficiary = address } = request;
  verifySpend(spend, exit, { domain: client.domain, now: await l1Time(client) }, client.crypto);
  const data = encodeFunctionData({
    abi: rootChainAbi,
    functionName: "challengeExit",
    args: [toEvidence(spend), beneficiary],
  });
  return { purpose: "challenge exit", to: client.domain.contract, data, value: 0n };
}

/** Ends an exit and takes its bond. Throws like `challengeCall` and `sendCall`. */
export async function challengeExit(client: Client, request: ChallengeRequest): Promise<ChallengeResult> {
  const { logs, transactionHash, gasUsed } = await sendCall(client, await challengeCall(client, request));
  const [ended] = parseEventLogs({ abi: rootChainAbi, eventName: "ExitChallenged", logs });
  return { transactionHash, gasUsed, reward: ended?.args.bond ?? 0n };
}

/** The contract's form of a spend. */
function toEvidence({ raw, inputIndex, preimages, inclusion, creation }: Spend) {
  const bytes = fromHex(raw);
  const { bodyLength } = decodeSignedTransaction(bytes);
  const witness = toHex(bytes, bodyLength);
  return {
    body: toHex(bytes, 0, bodyLength),
    witness,
    preimages: preimages.map(({ originId, outputIndex, ...output }) => ({ originId, outputIndex, output })),
    inputIndex,
    inclusion: inclusion ? [{ ...inclusion, witnessHash: keccak256(witness) }] : [],
    source: creation
      ? [
          {
            body: creation.body,
            inclusion: {
              header: creation.header,
              txIndex: creation.txIndex,
              witnessHash: creation.witnessHash,
              path: creation.path,
            },
          },
        ]
      : [],
  };
}
