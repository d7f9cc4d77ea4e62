import { ApiError } from "../runtime/apiError.ts";

export interface AdmissionOptions {
  /** Transactions that may wait at most, which bounds memory. */
  readonly maxWaitingTransactions: number;
  /** Nothing is taken in that would wait longer than this, in milliseconds, which bounds the latency of what is. */
  readonly maxWaitMs: number;
}

export interface Admission {
  /** Transactions taken in and not answered yet. */
  waiting(): number;
  /**
   * Takes in `count` transactions. What comes while nothing is in the queue is always taken in. Throws ApiError OVERLOADED with the time
   * after which to come again.
   */
  enter(count: number): Stay;
  /** When nothing waits any more. */
  idle(): Promise<void>;
}

/** Transactions that were taken in together. */
export interface Stay {
  /** They wait for something of their own from now on: they take no room from others. */
  stepAside(): void;
  /** They are answered. */
  leave(): void;
}

/** What waited behind fewer transactions says that the service is at least so quick, and more of the disk's latency than of its rate. */
const SATURATED = 256;
/** The rate is that of about so many transactions. */
const MEMORY = 4_096;
const LEAST_RETRY_MS = 100;

/**
 * Says "busy" at once instead of late. How long newcomers would wait follows from how many wait and from the rate at which those before
 * were answered; `clock` is in milliseconds.
 */
export function createAdmission(
  { maxWaitingTransactions, maxWaitMs }: AdmissionOptions,
  clock: () => number,
): Admission {
  let waiting = 0;
  let queue = 0;
  /** Transactions a millisecond; before anything was measured, what fills the room there is in the time there is. */
  let rate = maxWaitingTransactions / maxWaitMs;
  let listeners: (() => void)[] = [];

  const learn = (answered: number, queued: number, milliseconds: number) => {
    const seen = queued / Math.max(1, milliseconds);
    if (queued < SATURATED && seen < rate) return;
    rate += (answered / (answered + MEMORY)) * (seen - rate);
  };

  return {
    waiting: () => waiting,
    enter(count) {
      const queued = queue + count;
      const excessMs = queued / rate - maxWaitMs;
      if (queue > 0 && (queued > maxWaitingTransactions || excessMs > 0)) {
        const retryAfterMs = Math.ceil(Math.max(LEAST_RETRY_MS, excessMs));
        throw new ApiError("OVERLOADED", `${queue} transactions wait already: send again later`, { retryAfterMs });
      }
      const entered = clock();
      queue = queued;
      waiting += count;
      let inQueue = true;
      const stepAside = () => {
        if (inQueue) queue -= count;
        inQueue = false;
      };
      return {
        stepAside,
        leave() {
          if (inQueue) learn(count, queued, clock() - entered);
          stepAside();
          waiting -= count;
          if (waiting > 0) return;
          for (const resolve of listeners) resolve();
          listeners = [];
        },
      };
    },
    idle: () => (waiting === 0 ? Promise.resolve() : new Promise((resolve) => listeners.push(resolve))),
  };
}
