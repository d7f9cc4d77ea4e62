import { setTimeout } from "node:timers/promises";

/** To make text of what was read and send it takes about twice as long as to read it, and is not seen here. */
const REST = 3;
/** Milliseconds of reads between rests. */
const STRETCH_MS = 2;

/** Does `work` when all that was given before is done. */
export type LongReads = <T>(work: () => T | Promise<T>) => Promise<T>;

/**
 * Reads that may take milliseconds each, one after the other, with rests in between: however many are asked for at once, half of the thread is
 * left for everything else.
 */
export function createLongReads(): LongReads {
  let spent = 0;
  let last: Promise<unknown> = Promise.resolve();

  const rest = async () => {
    if (spent < STRETCH_MS) return;
    const due = REST * spent;
    spent = 0;
    await setTimeout(due);
  };

  return (work) => {
    const timed = () => {
      const started = performance.now();
      try {
        return work();
      } finally {
        spent += performance.now() - started;
      }
    };
    const done = last.then(timed);
    last = done.catch(() => {}).then(rest);
    return done;
  };
}
