/** Which blocks are valid (R2), and what the chain is up to the first that is not, or cannot be seen. */
import type { Move } from "./moves.ts";
import { completenessObjections, inclusionObjections } from "./spends.ts";
import {
  type Actor,
  coinOf,
  depositPlace,
  type OutputName,
  originOf,
  outputOfPiece,
  type Payment,
  type Place,
  type State,
  samePlace,
} from "./state.ts";

/** The chain as it was after some blocks. */
export interface ChainView {
  /** How many blocks it is. */
  readonly blocks: number;
  readonly included: ReadonlyMap<string, Place>;
  readonly spent: ReadonlySet<OutputName>;
}

/** What everybody could have noted down of a history: which block was valid when it was committed, and when exits began. */
export interface Chronicle {
  readonly valid: readonly boolean[];
  readonly exitStarts: Readonly<Record<OutputName, number>>;
}

export const EMPTY_CHRONICLE: Chronicle = { valid: [], exitStarts: {} };

/** Notes down an accepted move. */
export function record(chronicle: Chronicle, before: State, after: State, move: Move): Chronicle {
  if (move.kind === "startExit") {
    return { ...chronicle, exitStarts: { ...chronicle.exitStarts, [move.output]: before.now } };
  }
  if (move.kind !== "commit") return chronicle;
  const parents = viewOf(after, after.blocks.length - 1);
  const isValid = !chronicle.valid.includes(false) && isValidNext(after, parents, chronicle);
  return { ...chronicle, valid: [...chronicle.valid, isValid] };
}

/** The first blocks of the chain, all of them taken for valid. */
export function viewOf(state: State, blocks: number): ChainView {
  const included = new Map<string, Place>();
  const spent = new Set<OutputName>();
  for (const [block, { payments }] of state.blocks.slice(0, blocks).entries()) {
    for (const [index, name] of payments.entries()) {
      included.set(name, { block: block + 1, lane: 0, index });
      for (const { output } of state.payments[name]?.inputs ?? []) spent.add(output);
    }
  }
  return { blocks, included, spent };
}

/** R2: each payment complete, in its window, new, and of outputs that are there, unspent, not finalised and not about to be. */
function isValidNext(state: State, parents: ChainView, chronicle: Chronicle): boolean {
  const included = new Map(parents.included);
  const spent = new Set(parents.spent);
  const number = parents.blocks + 1;
  return (state.blocks[number - 1]?.payments ?? []).every((name, index) => {
    const payment = state.payments[name];
    const place: Place = { block: number, lane: 0, index };
    if (payment === undefined || included.has(name)) return false;
    const isGood =
      completenessObjections(state, payment).length === 0 &&
      inclusionObjections(state, payment, place).length === 0 &&
      payment.inputs.every(
        ({ output, at }) =>
          !spent.has(output) &&
          isCreatedAt(state, included, output, at) &&
          state.flags[output] === undefined &&
          !isLeaving(state, chronicle, payment, output),
      );
    included.set(name, place);
    for (const { output } of payment.inputs) spent.add(output);
    return isGood;
  });
}

function isCreatedAt(state: State, included: ReadonlyMap<string, Place>, output: OutputName, at: Place): boolean {
  const origin = originOf(output);
  const created = "deposit" in origin ? depositPlace(state, origin.deposit) : included.get(origin.payment);
  return created !== undefined && samePlace(created, at);
}

/** Whether an exit began so long ago that a spend of `output` by `payment` could not be shown against it in time (R2). */
function isLeaving(state: State, { exitStarts }: Chronicle, payment: Payment, output: OutputName): boolean {
  const since = (start: number | undefined): number => state.now - (start ?? state.now);
  const quarter = state.period / 4;
  if (state.exits[output] !== undefined && since(exitStarts[output]) >= 3 * quarter) return true;
  return Object.entries(state.inFlight).some(([name, { startedAt, live }]) => {
    const exiting = state.payments[name];
    if (exiting === undefined) return false;
    const isInput = exiting.inputs.some((spent) => spent.output === output);
    const isPiece = live.some((piece) => outputOfPiece(exiting, piece) === output);
    if (isInput && name !== payment.name && since(startedAt) >= quarter) return true;
    return (isInput || isPiece) && since(startedAt) >= 3 * quarter;
  });
}

/** What `owner` has in a view: outputs of deposits and included payments that no included payment spends. */
export function coinsOf(state: State, { included, spent }: ChainView, owner: Actor): readonly OutputName[] {
  const created = [...included.keys()].flatMap((name) =>
    (state.payments[name]?.outputs ?? []).map((_, index) => `${name}:${index}`),
  );
  return [...state.deposits.map((_, index) => `d${index}`), ...created].filter(
    (output) => coinOf(state, output)?.owner === owner && !spent.has(output),
  );
}
