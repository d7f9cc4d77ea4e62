import { seededRandom } from "../support/random.ts";
import type { Contracts } from "./contracts.ts";
import type { Move } from "./moves.ts";
import { randomMove } from "./randomMoves.ts";
import { type Failure, replay, shrink, stepBoth } from "./replay.ts";
import type { State } from "./state.ts";
import { ACTORS, emptyWorld } from "./worlds.ts";

export interface RandomRun {
  readonly histories: number;
  readonly steps: number;
  readonly accepted: number;
  readonly payouts: number;
  /** Absent where model and contracts agreed in everything. */
  readonly counterexample?: Counterexample;
}

export interface Counterexample {
  readonly failure: Failure;
  /** Shrunk. */
  readonly history: readonly Move[];
}

/** Plays `histories` seeded histories of `length` moves on model and contracts, to the first disagreement. */
export async function playRandomHistories(
  contracts: Contracts,
  { histories, length, seed }: { histories: number; length: number; seed: number },
): Promise<RandomRun> {
  const totals = { histories: 0, steps: 0, accepted: 0, payouts: 0 };
  for (let index = 0; index < histories; index++) {
    const random = seededRandom(seed + index);
    const snapshot = await contracts.snapshot();
    const real = contracts.translator();
    const history: Move[] = [];
    let state: State = emptyWorld();
    let failure: Failure | undefined;
    totals.histories += 1;
    while (history.length < length && failure === undefined) {
      const move = randomMove(state, ACTORS, random);
      history.push(move);
      const step = await stepBoth(contracts, real, state, move);
      state = step.state;
      failure = step.failure;
      totals.steps += 1;
      if (step.accepted) totals.accepted += 1;
      totals.payouts += step.payouts.length;
    }
    await contracts.revert(snapshot);
    if (failure !== undefined) return { ...totals, counterexample: await shrunk(contracts, history) };
  }
  return totals;
}

/** The shortest history that still fails, and how it fails. */
async function shrunk(contracts: Contracts, history: readonly Move[]): Promise<Counterexample> {
  const start = emptyWorld();
  const shortest = await shrink(history, async (shorter) => (await replay(contracts, start, shorter)) !== undefined);
  return { history: shortest, failure: (await replay(contracts, start, shortest)) ?? "it does not fail again" };
}
