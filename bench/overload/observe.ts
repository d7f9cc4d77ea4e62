import type { Hex } from "viem";
import { createCaller, retryTimeOf } from "../support/jsonSender.ts";
import { dueTime } from "../support/pace.ts";

/** The service's memory, as it says itself. */
export interface MemoryWatch {
  /** The most bytes since the last time that this was asked. */
  takePeak(): number;
  stop(): void;
}

const SAMPLE_MS = 200;
/** Of an honest peer. */
export const PAYMENTS_PER_SECOND = 10;

/** Asks again and again. */
export function watchMemory(url: string): MemoryWatch {
  let peak = 0;
  const timer = setInterval(async () => {
    const text = await fetch(`${url}/metrics`).then(
      (response) => response.text(),
      () => "",
    );
    peak = Math.max(peak, Number(/^process_resident_memory_bytes (\d+)/m.exec(text)?.[1] ?? 0));
  }, SAMPLE_MS);
  return {
    takePeak() {
      const taken = peak;
      peak = 0;
      return taken;
    },
    stop: () => clearInterval(timer),
  };
}

export interface HonestPeer {
  /** Milliseconds from when a payment was due to its acknowledgement, ascending. */
  readonly latencies: readonly number[];
  /** How often it was told to come again, and did. */
  readonly busy: number;
}

/** Pays now and then, one payment after the other, until `meanwhile` settles. Takes the payments from the front of `raws`. */
export async function payMeanwhile(url: string, raws: Hex[], meanwhile: Promise<unknown>): Promise<HonestPeer> {
  let isOver = false;
  const over = meanwhile.finally(() => {
    isOver = true;
  });
  const caller = createCaller(url, raws, { perCall: 1, callsAtOnce: 1 });
  const latencies: number[] = [];
  let busy = 0;
  const started = performance.now();
  while (!isOver) {
    const due = await dueTime(started, latencies.length, PAYMENTS_PER_SECOND);
    const [body] = caller.bodies.slice(latencies.length);
    if (body === undefined) throw new RangeError("no payment is left to be sent");
    for (;;) {
      const retryAfterMs = retryTimeOf(await caller.call(body));
      if (retryAfterMs === undefined) break;
      busy += 1;
      await new Promise((resolve) => setTimeout(resolve, retryAfterMs));
    }
    latencies.push(performance.now() - due);
  }
  raws.splice(0, latencies.length);
  caller.close();
  await over;
  return { latencies: latencies.sort((a, b) => a - b), busy };
}
