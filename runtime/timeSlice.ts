import { setTimeout } from "node:timers/promises";

/** Long work in parts, which leaves room on the thread for everything else. */
export interface TimeSlice {
  /** Does a part of the work. */
  spend<T>(part: () => T): T;
  /** Called between parts: once they have taken SLICE_MS, everything else has the thread for `rest` times as long. */
  rest(): Promise<void>;
}

/** Milliseconds that long work may take at a stretch. */
const SLICE_MS = 2;

export function createTimeSlice({ rest }: { readonly rest: number }): TimeSlice {
  let spent = 0;
  return {
    spend(part) {
      const started = performance.now();
      try {
        return part();
      } finally {
        spent += performance.now() - started;
      }
    },
    async rest() {
      if (spent < SLICE_MS) return;
      const due = rest * spent;
      spent = 0;
      await setTimeout(due);
    },
  };
}
