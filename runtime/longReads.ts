import { createTimeSlice } from "./timeSlice.ts";

/** To make text of what was read and send it takes about twice as long as to read it, and is not seen here. */
const REST = 3;

/** Does `work` when all that was given before is done. */
export type LongReads = <T>(work: () => T | Promise<T>) => Promise<T>;

/**
 * Reads that may take milliseconds each, one after the other, with rests in between: however many are asked for at once, half of the thread is
 * left for everything else.
 */
export function createLongReads(): LongReads {
  const slice = createTimeSlice({ rest: REST });
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(() => slice.spend(work));
    last = done.catch(() => {}).then(slice.rest);
    return done;
  };
}
