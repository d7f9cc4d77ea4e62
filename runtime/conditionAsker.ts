import type { ConditionCall } from "../protocol/condition.ts";
import type { HeldVerdicts } from "../protocol/conditionVerdicts.ts";
import { ApiError } from "./apiError.ts";
import { RuntimeError } from "./errors.ts";
import type { RpcPeer } from "./jsonRpc.ts";
import type { Metrics } from "./metrics.ts";

/** Whose allowance pays for running conditions. */
export type Payer = Pick<RpcPeer, "take" | "charge">;

/** The service itself, which is never too busy for itself. */
export const SERVICE: Payer = { take: () => true, charge: () => undefined };

export interface ConditionAsker {
  /** Prepares one answer. Rejects with ApiError OVERLOADED, RATE_LIMITED or CONDITION_UNAVAILABLE. */
  ask(held: HeldVerdicts, call: ConditionCall, payer: Payer): Promise<void>;
}

/** What counts as one call of the API: as much work, about 0.3 ms. */
const GAS_PER_CALL = 2_000;

const RETRY_AFTER_MS = 1_000;

/**
 * Runs conditions for those who submit, as many as they may ask for: a spend that nobody signed costs its sender nothing, and the VM up to
 * 30,000 times what it takes to make another one. `maxWaiting` calls wait for the VM at once; the worst takes it 60 ms.
 */
export function createConditionAsker(maxWaiting: number, metrics: Metrics): ConditionAsker {
  let waiting = 0;
  metrics.gauge("plasma_conditions_waiting_total", "Spending conditions that are run or wait to be", () => waiting);

  return {
    async ask(held, call, payer) {
      if (waiting >= maxWaiting && payer !== SERVICE) {
        const message = `${waiting} conditions wait already: send again later`;
        throw new ApiError("OVERLOADED", message, { retryAfterMs: RETRY_AFTER_MS });
      }
      if (!payer.take(1)) throw new ApiError("RATE_LIMITED", "Too many conditions are asked: send slower");
      waiting += 1;
      try {
        const { gas } = await held.prepare(call);
        payer.charge(Math.floor(gas / GAS_PER_CALL));
      } catch (error) {
        if (!(error instanceof RuntimeError && error.code === "CONDITION_UNAVAILABLE")) throw error;
        throw new ApiError(error.code, error.message);
      } finally {
        waiting -= 1;
      }
    },
  };
}
