import type { Hex } from "viem";
import { createOperatorApi } from "../../client/operatorApi.ts";
import { createCaller, type JsonLoad, retryTimeOf } from "../support/jsonSender.ts";
import { mapConcurrently } from "../support/mapConcurrently.ts";

/** Where a payment was promised to stand. */
interface Acknowledged {
  readonly txId: Hex;
  readonly blockNumber: string;
  readonly txIndex: number;
}

export interface BeyondCapacity {
  readonly seconds: number;
  /** Milliseconds to the answers of calls that were taken and of calls that were told to come again, each ascending. */
  readonly accepted: readonly number[];
  readonly refused: readonly number[];
  readonly receipts: readonly Acknowledged[];
}

/** Sends every call until it is taken; one that is refused comes again when it is told to, with all others that were. */
export async function sendBeyondCapacity(
  url: string,
  raws: readonly Hex[],
  load: JsonLoad,
  progress: (text: string) => void,
): Promise<BeyondCapacity> {
  const caller = createCaller(url, raws, load);
  const accepted: number[] = [];
  const refused: number[] = [];
  const receipts: Acknowledged[] = [];
  const started = performance.now();
  await mapConcurrently(caller.bodies, load.callsAtOnce, async (body) => {
    for (;;) {
      const sent = performance.now();
      const answer = await caller.call(body);
      const took = performance.now() - sent;
      const retryAfterMs = retryTimeOf(answer);
      if (retryAfterMs === undefined) {
        accepted.push(took);
        receipts.push(...(answer as { result: readonly Acknowledged[] }).result);
        return progress(`${receipts.length} acknowledged, ${refused.length} calls refused`);
      }
      refused.push(took);
      await new Promise((resolve) => setTimeout(resolve, retryAfterMs));
    }
  });
  const seconds = (performance.now() - started) / 1000;
  caller.close();
  return { seconds, accepted: accepted.sort((a, b) => a - b), refused: refused.sort((a, b) => a - b), receipts };
}

const LOOKUPS_AT_ONCE = 32;

/** Throws where one of them is not where it was promised; gives their number. */
export async function requireAll(
  url: string,
  receipts: readonly Acknowledged[],
  progress: (text: string) => void,
): Promise<number> {
  const operator = createOperatorApi(url);
  let found = 0;
  await mapConcurrently(receipts, LOOKUPS_AT_ONCE, async ({ txId, blockNumber, txIndex }) => {
    const transaction = await operator.call("plasma_getTransaction", txId);
    if (transaction?.blockNumber !== BigInt(blockNumber) || transaction.txIndex !== txIndex) {
      throw new Error(`${txId} is not at ${blockNumber}:${txIndex}`);
    }
    found += 1;
    progress(`${found} found`);
  });
  return found;
}
