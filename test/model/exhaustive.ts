import { createHash } from "node:crypto";
import type { Translator } from "./calldata.ts";
import type { Contracts } from "./contracts.ts";
import type { Move } from "./moves.ts";
import { type Counterexample, createTally, type Run, stepBoth } from "./replay.ts";
import type { SmallWorld } from "./smallWorlds.ts";
import type { State } from "./state.ts";

interface Search {
  readonly contracts: Contracts;
  readonly real: Translator;
  readonly world: SmallWorld;
  /** How many histories begin in each state that was looked at, by what is left of the depth. */
  readonly seen: Map<string, number>;
  readonly tally: ReturnType<typeof createTally>;
  counterexample?: Counterexample;
}

/**
 * Plays every history of a small world with up to `depth` moves behind its prologue, to the first disagreement. A state that two
 * histories lead to is looked at once; a refused move is tried, and ends its history.
 */
export async function exploreWorld(contracts: Contracts, world: SmallWorld, depth: number): Promise<Run> {
  const search: Search = { contracts, real: contracts.translator(), world, seen: new Map(), tally: createTally() };
  const snapshot = await contracts.snapshot();
  let state = world.start;
  for (const [index, move] of world.prologue.entries()) {
    state = (await play(search, state, move, world.prologue.slice(0, index))) ?? state;
  }
  const histories = search.counterexample === undefined ? await explore(search, state, depth, world.prologue) : 1;
  await contracts.revert(snapshot);
  return search.tally.run(histories, search.counterexample);
}

/** The state behind `move`; undefined where the history ends there. */
async function play(search: Search, state: State, move: Move, path: readonly Move[]): Promise<State | undefined> {
  const step = await stepBoth(search.contracts, search.real, state, move);
  search.tally.count(move, step);
  if (step.failure !== undefined) search.counterexample ??= { failure: step.failure, history: [...path, move] };
  return step.accepted && step.failure === undefined && step.state !== state ? step.state : undefined;
}

/** Number of histories from `state` on, of which those already looked at are not played again. */
async function explore(search: Search, state: State, depth: number, path: readonly Move[]): Promise<number> {
  if (depth === 0) return 1;
  const key = keyOf(state, depth);
  const known = search.seen.get(key);
  if (known !== undefined) return known;
  let histories = 0;
  for (const move of search.world.moves(state)) {
    const snapshot = await search.contracts.snapshot();
    const next = await play(search, state, move, path);
    histories += next === undefined ? 1 : await explore(search, next, depth - 1, [...path, move]);
    await search.contracts.revert(snapshot);
    if (search.counterexample !== undefined) return histories;
  }
  search.seen.set(key, histories);
  return histories;
}

/** Everything but the payments, which are all signed in the prologue. */
function keyOf({ payments: _, ...rest }: State, depth: number): string {
  const text = JSON.stringify([depth, rest], (_key, value) => (typeof value === "bigint" ? `${value}` : value));
  return createHash("sha1").update(text).digest("base64");
}
