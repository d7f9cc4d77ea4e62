import { createHash } from "node:crypto";
import type { Translator } from "./calldata.ts";
import type { Contracts } from "./contracts.ts";
import type { Move } from "./moves.ts";
import type { Counterexample, RandomRun } from "./randomHistories.ts";
import { type Failure, stepBoth } from "./replay.ts";
import { SMALL_WORLDS, type SmallWorld } from "./smallWorlds.ts";
import type { State } from "./state.ts";

/**
 * What was played of a small world: every history of its moves up to a depth. A state that two histories lead to is looked at
 * once; a refused move is tried and ends its history.
 */
export interface Exploration extends RandomRun {
  readonly states: number;
}

interface Search {
  readonly contracts: Contracts;
  readonly real: Translator;
  readonly world: SmallWorld;
  /** How many histories begin in each state that was looked at, by what is left of the depth. */
  readonly seen: Map<string, number>;
  readonly totals: { steps: number; accepted: number; payouts: number };
  counterexample?: Counterexample;
}

/** Plays a small world to `depth` moves behind its prologue, to the first disagreement. */
export async function exploreWorld(contracts: Contracts, world: SmallWorld, depth: number): Promise<Exploration> {
  const real = contracts.translator();
  const search: Search = { contracts, real, world, seen: new Map(), totals: { steps: 0, accepted: 0, payouts: 0 } };
  const snapshot = await contracts.snapshot();
  let state = world.start;
  for (const move of world.prologue) {
    const step = await stepBoth(contracts, real, state, move);
    if (step.failure !== undefined) search.counterexample = { failure: step.failure, history: world.prologue };
    state = step.state;
  }
  const histories = search.counterexample === undefined ? await explore(search, state, depth, []) : 1;
  await contracts.revert(snapshot);
  const { counterexample, totals, seen } = search;
  return { histories, ...totals, states: seen.size, ...(counterexample === undefined ? {} : { counterexample }) };
}

/** Number of histories from `state` on, of which the ones already looked at are not played again. */
async function explore(search: Search, state: State, depth: number, path: readonly Move[]): Promise<number> {
  if (depth === 0) return 1;
  const key = keyOf(state, depth);
  const known = search.seen.get(key);
  if (known !== undefined) return known;
  let histories = 0;
  for (const move of search.world.moves(state)) {
    const snapshot = await search.contracts.snapshot();
    const step = await stepBoth(search.contracts, search.real, state, move);
    search.totals.steps += 1;
    if (step.failure !== undefined) note(search, step.failure, [...path, move]);
    if (step.accepted) search.totals.accepted += 1;
    search.totals.payouts += step.payouts.length;
    const isDone = !step.accepted || search.counterexample !== undefined || step.state === state;
    histories += isDone ? 1 : await explore(search, step.state, depth - 1, [...path, move]);
    await search.contracts.revert(snapshot);
    if (search.counterexample !== undefined) return histories;
  }
  search.seen.set(key, histories);
  return histories;
}

function note(search: Search, failure: Failure, path: readonly Move[]): void {
  search.counterexample = { failure, history: [...search.world.prologue, ...path] };
}

/** Everything but the payments, which are all signed in the prologue. */
function keyOf({ payments: _, ...rest }: State, depth: number): string {
  const text = JSON.stringify([depth, rest], (_key, value) => (typeof value === "bigint" ? `${value}` : value));
  return createHash("sha1").update(text).digest("base64");
}

/** Plays every small world to its own depth, to the first disagreement. */
export async function playWorlds(contracts: Contracts): Promise<RandomRun> {
  let total: RandomRun = { histories: 0, steps: 0, accepted: 0, payouts: 0 };
  for (const world of SMALL_WORLDS) {
    const { histories, steps, accepted, payouts, counterexample } = await exploreWorld(contracts, world, world.depth);
    total = {
      histories: total.histories + histories,
      steps: total.steps + steps,
      accepted: total.accepted + accepted,
      payouts: total.payouts + payouts,
      ...(counterexample === undefined ? {} : { counterexample }),
    };
    if (counterexample !== undefined) break;
  }
  return total;
}
