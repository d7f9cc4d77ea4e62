import { API_LIMITS, type ApiResult, type Receipt } from "../protocol/api.ts";
import type { ProtocolError } from "../protocol/errors.ts";
import { LIMITS } from "../protocol/limits.ts";
import { type ApiError, toRpcError } from "./apiError.ts";
import { toBlob } from "./bytes.ts";
import type { ApiHandlers, RpcPeer } from "./jsonRpc.ts";
import type { LongReads } from "./longReads.ts";
import type { createProofs } from "./proofs.ts";
import type { Queries } from "./queries.ts";
import type { Subscriptions } from "./subscriptions.ts";

interface Modules {
  /** One answer per transaction, in order. */
  readonly submit: (
    transactions: readonly Uint8Array[],
    peer: RpcPeer,
  ) => Promise<readonly (Receipt | ApiError | ProtocolError)[]>;
  readonly queries: Queries;
  readonly proofs: ReturnType<typeof createProofs>;
  readonly subscriptions: Subscriptions;
  readonly status: () => ApiResult<"plasma_status">;
  readonly longRead: LongReads;
}

/** The methods of a service's API over its parts. */
export function createApiHandlers({ submit, queries, proofs, subscriptions, status, longRead }: Modules): ApiHandlers {
  return {
    async plasma_sendTransaction([raw], peer) {
      const [answer] = await submit([toBlob(raw)], peer);
      if (answer === undefined || answer instanceof Error) throw answer;
      return answer;
    },
    async plasma_sendTransactions([raws], peer) {
      const answers = await submit(raws.map(toBlob), peer);
      return answers.map((answer): Receipt | { error: ReturnType<typeof toRpcError> } =>
        answer instanceof Error ? { error: toRpcError(answer) } : answer,
      );
    },
    plasma_getOutputs: ([query]) => longRead(() => queries.getOutputs(query)),
    plasma_getOutput: ([position]) => queries.getOutput(position),
    plasma_getBalance: ([address]) => queries.getBalance(address),
    plasma_getTransaction: ([txId]) => queries.getTransaction(txId),
    plasma_getTransactions: ([query]) => longRead(() => queries.getTransactions(query)),
    plasma_getProof: ([position]) => longRead(() => proofs.getProof(position)),
    plasma_getProofs: ([positions]) => longRead(() => positions.map(proofs.getProof)),
    plasma_getSpend: ([outputId]) => longRead(() => proofs.getSpend(outputId)),
    plasma_getSpends: ([outputId]) => longRead(() => proofs.getSpends(outputId)),
    plasma_getInFlightExit: ([txId]) => queries.getInFlightExit(txId),
    plasma_getInFlightExits: ([page]) => longRead(() => queries.getInFlightExits(page)),
    plasma_getBlock: ([number]) => queries.getBlock(number),
    plasma_getBlockTransactions: ([query]) => longRead(() => queries.getBlockTransactions(query)),
    plasma_status: () => status(),
    plasma_fees: () => status().feePolicy,
    plasma_subscribe: (params, { channel }) => subscriptions.subscribe(params, channel),
    plasma_unsubscribe: ([subscription], { channel }) => subscriptions.unsubscribe(subscription, channel),
  };
}

/** The limits that plasma_status tells. */
export const apiLimits = (options: {
  readonly maxBodyBytes: number;
  readonly maxBatch: number;
}): Record<string, number> => ({
  ...LIMITS,
  ...API_LIMITS,
  maxBodyBytes: options.maxBodyBytes,
  maxBatch: options.maxBatch,
});
