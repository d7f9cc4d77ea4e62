import { setImmediate } from "node:timers/promises";

/** Does `work` when all that was given before is done. */
export type LongReads = <T>(work: () => T | Promise<T>) => Promise<T>;

/** Milliseconds of reads after which others have their turn. */
const SLICE_MS = 2;

/**
 * Reads that may take milliseconds each, one after the other, with a turn for everything else as soon as they have taken SLICE_MS: however
 * many are asked for at once, a payment waits for one long one.
 */
export function createLongReads(): LongReads {
  let last: Promise<unknown> = Promise.resolve();
  let spent = 0;
  return (work) => {
    const done = last.then(async () => {
      const started = performance.now();
      try {
        return await work();
      } finally {
        spent += performance.now() - started;
      }
    });
    last = done
      .catch(() => {})
      .then(async () => {
        if (spent < SLICE_MS) return;
        await setImmediate();
        spent = 0;
      });
    return done;
  };
}
