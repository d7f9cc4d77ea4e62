/**
 * What an honest owner does (R24), from what she can see: published blocks, payments that were shown on L1 or that she signed,
 * and the exits. She looks at least every quarter of the period.
 */
import { type ChainView, type Chronicle, coinsOf, viewOf } from "./chainView.ts";
import { apply } from "./model.ts";
import type { Move, ShownSpend } from "./moves.ts";
import {
  type Actor,
  BOND,
  coinOf,
  comparePlaces,
  depositPlace,
  type OutputName,
  originOf,
  outputOfPiece,
  type Payment,
  type Piece,
  type Place,
  placesOf,
  type State,
} from "./state.ts";

/** What she goes by. */
export interface Sight {
  readonly state: State;
  /** Names of the payments that she has seen. */
  readonly known: ReadonlySet<string>;
  /** The chain up to the first block that is invalid or withheld. */
  readonly view: ChainView;
  /** Whether there is such a block. */
  readonly isBroken: boolean;
}

/** A block that is withheld this long counts as invalid: an eighth of the period. */
export function look(state: State, chronicle: Chronicle, known: ReadonlySet<string>): Sight {
  const isGood = (index: number): boolean => state.blocks[index]?.published === true && chronicle.valid[index] === true;
  let blocks = 0;
  while (isGood(blocks)) blocks += 1;
  const next = state.blocks[blocks];
  const isBroken = next !== undefined && (next.published || state.now >= next.timestamp + state.period / 8);
  const published = state.blocks.flatMap(({ published: isPublished, payments }) => (isPublished ? payments : []));
  return { state, known: new Set([...known, ...published]), view: viewOf(state, blocks), isBroken };
}

/** Payments of hers that may still come true, or did on L1: signed, in no validated block, and not dead. */
export function pendingOf(sight: Sight, me: Actor): readonly Payment[] {
  const { state, view } = sight;
  return Object.values(state.payments).filter(
    (payment) => payment.signers.includes(me) && !view.included.has(payment.name) && !isDead(sight, payment, me),
  );
}

/**
 * R24: expired when a validated block was sealed, so that no later block can hold it, and then in no in-flight exit and settled by
 * none. A payment that she signed in its stead says so for good.
 */
function isDead({ state, view }: Sight, payment: Payment, me: Actor): boolean {
  const { name, inputs, validBefore } = payment;
  const newest = state.blocks[view.blocks - 1];
  if (validBefore === 0 || newest === undefined || newest.sealedAt < validBefore) return false;
  if (inputs.some(({ output }) => state.flags[output] === `SPENT_BY ${name}`)) return false;
  const all = Object.values(state.payments);
  const isRetried = all
    .slice(all.indexOf(payment) + 1)
    .some((later) => later.signers.includes(me) && sharesInput(later, payment));
  return state.inFlight[name] === undefined || isRetried;
}

const sharesInput = (a: Payment, b: Payment): boolean =>
  a.inputs.some(({ output }) => b.inputs.some((other) => other.output === output));

/** What she should do, and may neglect. */
export type Duty = Move["kind"] | "startBeforeEnd";

/**
 * Her next move, or undefined where there is nothing to do. `leaving`: she wants her money on L1 in any case. `neglected`: what she
 * does not do though she should.
 */
export function nextMove(
  sight: Sight,
  me: Actor,
  { leaving, neglected }: { leaving: boolean; neglected?: Duty | undefined },
): Move | undefined {
  const { state } = sight;
  const candidates = [
    ...(sight.isBroken || leaving ? exitsOf(sight, me) : []),
    ...pendingOf(sight, me)
      .filter((payment) => neglected !== "startBeforeEnd" && endsSoon(state, payment))
      .flatMap((payment) => startOf(state, payment, me)),
    ...pendingOf(sight, me).flatMap((payment) => missingPieces(state, payment, me)),
    ...watch(sight, me),
  ];
  return candidates.find((move) => move.kind !== neglected && "state" in apply(state, move));
}

/** Everything that she has: what a payment of hers may have spent by that payment's exit, all else by its own. */
function exitsOf(sight: Sight, me: Actor): readonly Move[] {
  const { state, view } = sight;
  const pending = pendingOf(sight, me);
  const isSpentBy = ({ inputs }: Payment, output: OutputName): boolean =>
    inputs.some((spent) => spent.output === output);
  const free = coinsOf(state, view, me).filter((output) => !pending.some((payment) => isSpentBy(payment, output)));
  return [
    ...free
      .filter((output) => !isInFlight(state, output))
      .map((output): Move => {
        const origin = originOf(output);
        const at = "deposit" in origin ? depositPlace(state, origin.deposit) : view.included.get(origin.payment);
        return { kind: "startExit", by: me, output, at: at as Place, bond: BOND };
      }),
    ...pending.flatMap((payment) => startOf(state, payment, me)),
  ];
}

function startOf(state: State, payment: Payment, me: Actor): readonly Move[] {
  const pieces = ownPieces(state, payment, me);
  return pieces.length === 0 ? [] : [{ kind: "startInFlight", by: me, payment: payment.name, pieces, bond: BOND }];
}

/**
 * R24: its exit must start now. After its end it would start contested (R10), and where a withheld block has it, whoever shows that takes
 * the bond. Three eighths of the period: a quarter until she looks again, an eighth to be included.
 */
function endsSoon({ now, period }: State, { validBefore }: Payment): boolean {
  return now < validBefore && validBefore <= now + (period * 3) / 8;
}

/** Whether a live piece of an open in-flight exit covers the output. */
export function isInFlight(state: State, output: OutputName): boolean {
  return Object.entries(state.inFlight).some(([name, { live }]) =>
    live.some((piece) => outputOfPiece(state.payments[name] as Payment, piece) === output),
  );
}

function ownPieces(state: State, payment: Payment, me: Actor): readonly Piece[] {
  const pieces: Piece[] = [
    ...payment.inputs.map((_, index): Piece => `in${index}`),
    ...payment.outputs.map((_, index): Piece => `out${index}`),
  ];
  return pieces.filter((piece) => {
    const output = outputOfPiece(payment, piece);
    return output !== undefined && coinOf(state, output)?.owner === me && state.flags[output] === undefined;
  });
}

/** Whoever started it: she takes part on both sides. */
function missingPieces(state: State, payment: Payment, me: Actor): readonly Move[] {
  const exit = state.inFlight[payment.name];
  if (exit === undefined) return [];
  const pieces = ownPieces(state, payment, me).filter((piece) => !exit.live.includes(piece));
  return pieces.length === 0 ? [] : [{ kind: "piggyback", by: me, payment: payment.name, pieces }];
}

/** Challenges what is shown wrong by what she knows, and answers for what is right. */
function watch(sight: Sight, me: Actor): readonly Move[] {
  const { state, known } = sight;
  const spends = [...known].flatMap((name) => spendsBy(state, name));
  const exits = Object.keys(state.exits).filter((output) => coinOf(state, output)?.owner !== me);
  return [
    ...spends
      .filter(({ output }) => exits.includes(output))
      .map(({ spend }): Move => ({ kind: "challengeExit", by: me, spend })),
    ...Object.keys(state.inFlight).flatMap((name) => watchInFlight(sight, me, name, spends)),
  ];
}

function watchInFlight(
  sight: Sight,
  me: Actor,
  name: string,
  spends: readonly { readonly output: OutputName; readonly spend: ShownSpend }[],
): readonly Move[] {
  const { state, view } = sight;
  const payment = state.payments[name];
  const live = state.inFlight[name]?.live;
  if (payment === undefined || live === undefined) return [];
  const isOwn = pendingOf(sight, me).includes(payment);
  const isMine = (output: OutputName): boolean => coinOf(state, output)?.owner === me;
  const moves: Move[] = publishedPlaces(state, name).map((at) => ({ kind: "respond", by: me, payment: name, at }));
  const own = publishedPlaces(state, name)[0];
  const competitors = spends.filter(({ spend }) => spend.payment !== name);
  for (const [input, { output }] of payment.inputs.entries()) {
    for (const { spend } of competitors.filter((other) => other.output === output)) {
      if (!isMine(output)) moves.push({ kind: "challengePiece", by: me, payment: name, piece: `in${input}`, spend });
      const isFirst = own === undefined || (spend.at !== undefined && comparePlaces(spend.at, own) < 0);
      // Her own, too, where a validated block holds the competitor: what she signed with others can never be then.
      if (isFirst && (!isOwn || view.included.has(spend.payment)))
        moves.push({ kind: "contest", by: me, payment: name, input, spend });
    }
  }
  for (const piece of live.filter((piece) => piece.startsWith("out"))) {
    const output = outputOfPiece(payment, piece);
    for (const { spend } of competitors.filter((other) => other.output === output && !isMine(other.output))) {
      moves.push({ kind: "challengePiece", by: me, payment: name, piece, spend });
    }
  }
  return moves;
}

/** Every spend that a payment is: shown in each published block that holds it, and in none. */
function spendsBy(state: State, name: string): readonly { output: OutputName; spend: ShownSpend }[] {
  return (state.payments[name]?.inputs ?? []).flatMap(({ output, at: signed }, input) => {
    const source = signed.lane === 0 && state.blocks[signed.block - 1]?.published ? { source: signed } : {};
    const spend = { payment: name, input, ...source };
    return [...publishedPlaces(state, name).map((at) => ({ output, spend: { ...spend, at } })), { output, spend }];
  });
}

function publishedPlaces(state: State, name: string): readonly Place[] {
  return placesOf(state, name).filter(({ block }) => state.blocks[block - 1]?.published === true);
}
