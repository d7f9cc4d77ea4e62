import { setTimeout } from "node:timers/promises";

/** Milliseconds of one thread that long work may take at a stretch. */
const SLICE_MS = 2;
/** Time in which there was no work counts as well, and no rest makes up for it. */
const MAX_REST_MS = 10;

/** Called between parts of long work: when a slice of time has passed, everything else has the thread for as long as the work had it. */
export function createTimeSlice(): () => Promise<void> {
  let started = performance.now();
  return async () => {
    const worked = performance.now() - started;
    if (worked < SLICE_MS) return;
    await setTimeout(Math.min(worked, MAX_REST_MS));
    started = performance.now();
  };
}
