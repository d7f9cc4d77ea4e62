import { encodeFunctionData, type Hex } from "viem";
import { isConditional } from "../protocol/conditionalSpend.ts";
import { encodeSource } from "../protocol/evidence.ts";
import { exitableAt } from "../protocol/exit.ts";
import { rootChainAbi } from "../protocol/generated/rootChain.ts";
import { decodePosition } from "../protocol/position.ts";
import type { ExitProof } from "../protocol/proof.ts";
import { currentBond } from "./bond.ts";
import { type Client, requireWallet } from "./client.ts";
import { CONTRACT_ERRORS } from "./contractErrors.ts";
import { ClientError, clientError } from "./errors.ts";
import { checkAuthorization, encodeAuthorization, type SignedExitAuthorization } from "./exitAuthorization.ts";
import { exitPeriod, type L1Call, l1Time, sendCall } from "./l1.ts";
import { verifyProofOnL1 } from "./proofs.ts";
import { findHint, type Hint, readExitRecord } from "./queue.ts";

export interface PlannedExit {
  readonly call: L1Call;
  /** Wei; comes back to who paid it when the exit is paid, unless it is challenged. */
  readonly bond: bigint;
  /** L1 timestamp in seconds after which it is paid, if it is started now. */
  readonly exitableAt: number;
}

export interface StartedExit {
  readonly outputId: Hex;
  readonly position: bigint;
  readonly bond: bigint;
  readonly exitableAt: number;
  readonly transactionHash: Hex;
  readonly gasUsed: bigint;
}

/**
 * The L1 transaction that starts the exit of a proven output, by its owner or with the owner's authorisation (R30). The proof
 * is verified against L1 first; it need not come from the operator. Throws OUTPUT_CONDITIONAL for one that has no standard exit
 * (R18), NOT_OWNER, AUTHORIZATION_INVALID and like `verifyProofOnL1`.
 */
export async function planExit(
  client: Client,
  proof: ExitProof,
  authorization?: SignedExitAuthorization,
): Promise<PlannedExit> {
  const { address } = requireWallet(client);
  const { owner, token } = proof.output;
  if (isConditional(proof.output)) {
    const { code, ...advice } = CONTRACT_ERRORS.ConditionalOutput;
    const message = "the output leaves only with the in-flight exit of a transaction that spends it, or creates it";
    throw new ClientError(code, { kind: "refused", ...advice }, message, { outputId: proof.outputId });
  }
  await verifyProofOnL1(client, proof);
  const [minExitPeriod, startedAt] = await Promise.all([exitPeriod(client), l1Time(client)]);
  if (authorization) checkAuthorization(client, authorization, { proof, starter: address, now: startedAt });
  else if (owner !== address) throw clientError("NOT_OWNER", `the output belongs to ${owner}`, { owner });
  const time = exitableAt({
    startedAt,
    minExitPeriod,
    ...(proof.kind === "deposit" ? {} : { blockTimestamp: proof.inclusion.header.timestamp }),
  });
  const [bond, hint] = await Promise.all([currentBond(client), findHint(client, [token], time, proof.position)]);
  const permission = authorization ? encodeAuthorization(authorization) : "0x";
  const data = encodeStart(proof, hint, permission);
  return {
    call: { purpose: "start exit", to: client.domain.contract, data, value: bond },
    bond,
    exitableAt: time,
  };
}

/** Starts the exit and waits until L1 has it. Throws like `planExit` and `sendCall`. */
export async function startExit(
  client: Client,
  proof: ExitProof,
  authorization?: SignedExitAuthorization,
): Promise<StartedExit> {
  const { call, bond } = await planExit(client, proof, authorization);
  const { transactionHash, gasUsed } = await sendCall(client, call);
  const { exitableAt: time } = await readExitRecord(client, proof.outputId);
  const { outputId, position } = proof;
  return { outputId, position, bond, exitableAt: time, transactionHash, gasUsed };
}

function encodeStart(proof: ExitProof, hint: Hint, permission: Hex): Hex {
  const { outputIndex } = decodePosition(proof.position);
  if (proof.kind === "deposit") {
    return encodeFunctionData({
      abi: rootChainAbi,
      functionName: "startDepositExit",
      args: [proof.index, proof.block, proof.previousDepositHash, proof.output, hint, permission],
    });
  }
  return encodeFunctionData({
    abi: rootChainAbi,
    functionName: "startExit",
    args: [encodeSource(proof), outputIndex, hint, permission],
  });
}
