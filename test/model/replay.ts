import type { Translator } from "./calldata.ts";
import { isSameRefusal } from "./calls.ts";
import type { Contracts } from "./contracts.ts";
import { apply } from "./model.ts";
import { moneyOwed, type Payout } from "./money.ts";
import { inWords, type Move } from "./moves.ts";
import { CONTRACT, type State, TOKENS } from "./state.ts";

/** What is wrong after a step, in words. */
export type Failure = string;

/** What was played, to the first disagreement. */
export interface Run {
  readonly histories: number;
  readonly steps: number;
  /** Accepted moves by kind. */
  readonly accepted: Readonly<Record<string, number>>;
  readonly payouts: number;
  /** Absent where model and contracts agreed in everything. */
  readonly counterexample?: Counterexample;
}

export interface Counterexample {
  readonly failure: Failure;
  readonly history: readonly Move[];
}

/** Counts the steps of a run. */
export function createTally() {
  const tally = { steps: 0, payouts: 0, accepted: {} as Record<string, number> };
  return {
    count({ kind }: Move, { accepted, payouts }: Step): void {
      tally.steps += 1;
      tally.payouts += payouts.length;
      if (accepted) tally.accepted[kind] = (tally.accepted[kind] ?? 0) + 1;
    },
    run: (histories: number, counterexample?: Counterexample): Run => ({
      histories,
      ...tally,
      ...(counterexample === undefined ? {} : { counterexample }),
    }),
  };
}

export interface Step {
  readonly state: State;
  readonly payouts: readonly Payout[];
  readonly accepted: boolean;
  readonly failure?: Failure;
}

/** Plays one move on the model alone and checks what must hold in every history (I1, I2, I9). */
export function stepModel(state: State, move: Move): Step {
  const outcome = apply(state, move);
  if ("objections" in outcome) return { state, payouts: [], accepted: false };
  const failure = moneyFailure(state, outcome.state, outcome.payouts);
  return { ...outcome, accepted: true, ...(failure === undefined ? {} : { failure }) };
}

/** Nobody is paid twice for an output; the contract holds what it owes, and nothing else. */
function moneyFailure(before: State, after: State, payouts: readonly Payout[]): Failure | undefined {
  const paid = payouts.flatMap((payout) => ("output" in payout ? [payout.output] : []));
  const again = paid.find((output, index) => before.flags[output] !== undefined || paid.indexOf(output) !== index);
  if (again !== undefined) return `${again} is paid though it was finalised`;
  for (const token of TOKENS) {
    const held = after.balances[CONTRACT]?.[token];
    const owed = moneyOwed(after, token);
    if (held !== owed) return `the contract holds ${held} ${token} and owes ${owed}`;
  }
  return undefined;
}

/** Plays one move on the model and on the contracts, and compares everything that can be seen. A refused move changes nothing. */
export async function stepBoth(contracts: Contracts, real: Translator, state: State, move: Move): Promise<Step> {
  const outcome = apply(state, move);
  if ("objections" in outcome) {
    const { objections } = outcome;
    const refused = { state, payouts: [], accepted: false };
    if (objections.includes("MEANINGLESS")) return refused;
    const error = await contracts.rehearse(real, state, move);
    if (error !== undefined && isSameRefusal(error, objections)) return refused;
    const says = error === undefined ? "accepts" : `says ${error}`;
    return {
      ...refused,
      failure: `the model objects ${objections.join(", ")}, the contract ${says}: ${inWords(move)}`,
    };
  }
  const error = await contracts.play(real, state, move);
  const step = { state: outcome.state, payouts: outcome.payouts, accepted: true };
  if (error !== undefined)
    return { ...step, failure: `the model accepts, the contract says ${error}: ${inWords(move)}` };
  const differences = await contracts.differences(real, outcome.state);
  const failure = differences[0] ?? moneyFailure(state, outcome.state, outcome.payouts);
  return failure === undefined ? step : { ...step, failure };
}

/** Plays a history from `state` on both, to its first failure. The contracts are left as they were. */
export async function replay(contracts: Contracts, state: State, history: readonly Move[]) {
  const snapshot = await contracts.snapshot();
  const real = contracts.translator();
  let now = state;
  let failure: Failure | undefined;
  for (const move of history) {
    const step = await stepBoth(contracts, real, now, move);
    now = step.state;
    failure = step.failure;
    if (failure !== undefined) break;
  }
  await contracts.revert(snapshot);
  return failure;
}

/** The shortest history that is left of `history` when whatever is not needed for a failure is dropped. */
export async function shrink(history: readonly Move[], fails: (history: readonly Move[]) => Promise<boolean>) {
  let shortest = history;
  for (let size = Math.ceil(history.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = shortest.length - size; at >= 0; at -= size) {
      const shorter = shortest.toSpliced(at, size);
      if (await fails(shorter)) shortest = shorter;
    }
  }
  return shortest;
}
