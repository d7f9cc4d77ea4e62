import { setImmediate } from "node:timers/promises";

/** Milliseconds of one thread that long work may take at a stretch. */
const SLICE_MS = 2;

/** Called between parts of long work: gives everything else that has come in a turn when a slice of time has passed since the last. */
export function createTimeSlice(): () => Promise<void> {
  let started = performance.now();
  return async () => {
    if (performance.now() - started < SLICE_MS) return;
    await setImmediate();
    started = performance.now();
  };
}
