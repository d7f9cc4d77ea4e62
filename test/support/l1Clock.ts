import { setTimeout } from "node:timers/promises";
import type { L1 } from "./l1.ts";
import type { Ending } from "./temporaryDirectory.ts";

/** Seconds between two L1 blocks. */
export const BLOCK_TIME = 12;
/** Milliseconds in which people and services can do something between two blocks; on L1 they have twelve seconds. */
const PACE_MS = 150;

export interface L1Clock {
  /** The next block comes so many seconds later. */
  jump(seconds: number): Promise<void>;
}

/** Mines a block every twelve seconds of L1's time, faster than they pass, instead of one for every transaction. */
export async function startL1Clock(test: Ending, { client }: L1): Promise<L1Clock> {
  let isRunning = true;
  await client.setAutomine(false);
  const run = async () => {
    while (isRunning) {
      await client.increaseTime({ seconds: BLOCK_TIME - 1 });
      await client.mine({ blocks: 1 });
      await setTimeout(PACE_MS);
    }
  };
  const running = run();
  test.after(async () => {
    isRunning = false;
    await running;
    await client.setAutomine(true);
  });
  return {
    jump: async (seconds) => {
      await client.increaseTime({ seconds });
      await client.mine({ blocks: 1 });
    },
  };
}
