import { seededRandom } from "../support/random.ts";
import type { Contracts } from "./contracts.ts";
import type { Move } from "./moves.ts";
import { randomMove } from "./randomMoves.ts";
import { createTally, type Failure, type Run, replay, shrink, stepBoth } from "./replay.ts";
import type { State } from "./state.ts";
import { ACTORS, emptyWorld } from "./worlds.ts";

/** Plays `histories` seeded histories of `length` moves on model and contracts, to the first disagreement, which is shrunk. */
export async function playRandomHistories(
  contracts: Contracts,
  { histories, length, seed }: { histories: number; length: number; seed: number },
): Promise<Run> {
  const tally = createTally();
  for (let index = 0; index < histories; index++) {
    const random = seededRandom(seed + index);
    const snapshot = await contracts.snapshot();
    const real = contracts.translator();
    const history: Move[] = [];
    let state: State = emptyWorld();
    let failure: Failure | undefined;
    while (history.length < length && failure === undefined) {
      const move = randomMove(state, ACTORS, random);
      history.push(move);
      const step = await stepBoth(contracts, real, state, move);
      tally.count(move, step);
      state = step.state;
      failure = step.failure;
    }
    await contracts.revert(snapshot);
    if (failure !== undefined) return tally.run(index + 1, await shrunk(contracts, history));
  }
  return tally.run(histories);
}

/** The shortest history that still fails, and how it fails. */
async function shrunk(contracts: Contracts, history: readonly Move[]) {
  const start = emptyWorld();
  const shortest = await shrink(history, async (shorter) => (await replay(contracts, start, shorter)) !== undefined);
  return { history: shortest, failure: (await replay(contracts, start, shortest)) ?? "it does not fail again" };
}
