import type { ApiResult } from "../protocol/api.ts";
import { type BlockHeader, headerHash } from "../protocol/block.ts";
import type { Client } from "./client.ts";
import { clientError } from "./errors.ts";
import { atL1, rootChain } from "./l1.ts";

export type OperatorStatus = ApiResult<"plasma_status">;

/** What the operator says of itself. Throws OPERATOR_WRONG_CHAIN where it serves another chain or contract. */
export async function getOperatorStatus(client: Client): Promise<OperatorStatus> {
  const status = await client.operator.call("plasma_status");
  const { chainId, contract } = client.domain;
  if (status.chainId !== chainId || status.contract !== contract) {
    const message = `the operator serves contract ${status.contract} on chain ${status.chainId}`;
    throw clientError("OPERATOR_WRONG_CHAIN", message, { chainId: status.chainId, contract: status.contract });
  }
  return status;
}

/** The tokens that the operator takes as fees. */
export function getFees(client: Client): Promise<ApiResult<"plasma_fees">> {
  return client.operator.call("plasma_fees");
}

/**
 * The header of the newest block on L1, from the operator and compared with the hash that L1 holds; undefined before the
 * first. Throws OPERATOR_ANSWER_INVALID where it is another one.
 */
export async function getNewestHeader(client: Client): Promise<BlockHeader | undefined> {
  const number = await atL1(client.l1.readContract({ ...rootChain(client), functionName: "newestBlock" }));
  if (number === 0n) return undefined;
  const [block, hash] = await Promise.all([
    client.operator.call("plasma_getBlock", number),
    atL1(client.l1.readContract({ ...rootChain(client), functionName: "blockHashes", args: [number] })),
  ]);
  if (!block || block.parentHash === null || block.timestamp === null) {
    throw clientError("OPERATOR_ANSWER_INVALID", `the operator has not seen block ${number} on L1 yet`);
  }
  const header = { ...block, parentHash: block.parentHash, timestamp: block.timestamp };
  if (headerHash(header, client.crypto.keccak256) !== hash) {
    throw clientError("OPERATOR_ANSWER_INVALID", `the operator's block ${number} is not the one on L1`);
  }
  return header;
}
