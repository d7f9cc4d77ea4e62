/** Games of an honest owner against an operator and a user who do anything, alone or together, and what she has at the end. */
import { seededRandom } from "../support/random.ts";
import { type Chronicle, coinsOf, EMPTY_CHRONICLE, record, viewOf } from "./chainView.ts";
import { type Duty, isInFlight, look, nextMove, pendingOf, type Sight } from "./honestOwner.ts";
import { OPERATOR } from "./model.ts";
import type { Payout } from "./money.ts";
import type { Move } from "./moves.ts";
import { boundaries, type Random, randomMove } from "./randomMoves.ts";
import { type Failure, stepModel } from "./replay.ts";
import {
  CONTRACT,
  coinOf,
  depositPlace,
  type OutputName,
  originOf,
  type Payment,
  type State,
  TOKENS,
} from "./state.ts";
import { ALICE, emptyWorld, eth, MALLORY, PERIOD, tok } from "./worlds.ts";

export interface HonestGame {
  readonly history: readonly Move[];
  readonly failure?: Failure;
  /** Whether the chain broke, and by how many exits she left it. */
  readonly broke: boolean;
  readonly ownExits: number;
}

interface Table {
  readonly random: Random;
  readonly neglected: Duty | undefined;
  readonly history: Move[];
  readonly payouts: Payout[];
  readonly known: Set<string>;
  state: State;
  chronicle: Chronicle;
  failure: Failure | undefined;
}

/** Rounds in which the others play, before and after she wants to leave. */
const ROUNDS = 14;
const LEAVES_IN_ROUND = 8;

/** One game, the same in every run with the same seed; `neglected` is a duty that she fails in. Only the model is played; `history` can be replayed on the contracts. */
export function playHonestGame(seed: number, neglected?: Duty): HonestGame {
  const table: Table = {
    random: seededRandom(seed),
    neglected,
    history: [],
    payouts: [],
    known: new Set(),
    state: emptyWorld(),
    chronicle: EMPTY_CHRONICLE,
    failure: undefined,
  };
  for (const coin of [eth(ALICE, 10n), tok(ALICE, 70n), eth(MALLORY, 40n), tok(MALLORY, 50n)]) {
    play(table, { kind: "deposit", by: coin.owner, coin });
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (let turn = table.random(5); turn > 0; turn--) play(table, attack(table));
    if (round < LEAVES_IN_ROUND && table.random(3) === 0) pay(table);
    pass(table);
    act(table, round >= LEAVES_IN_ROUND);
  }
  while (TOKENS.some((token) => table.state.queues[token].length > 0) || open(table.state) > 0) {
    pass(table);
    act(table, true);
    for (const token of TOKENS) play(table, { kind: "process", by: ALICE, token, max: 50 });
    for (const payment of Object.keys(table.state.inFlight)) play(table, { kind: "delete", by: ALICE, payment });
  }
  const isStarted = ({ by, kind }: Move): boolean => by === ALICE && (kind === "startExit" || kind === "startInFlight");
  const failure = table.failure ?? settlement(table);
  return {
    history: table.history,
    ...(failure === undefined ? {} : { failure }),
    broke: sight(table).isBroken,
    ownExits: table.history.filter(isStarted).length,
  };
}

const open = (state: State): number => Object.keys(state.inFlight).length;
const sight = ({ state, chronicle, known }: Table): Sight => look(state, chronicle, known);

/** A refused move is no part of the history. */
function play(table: Table, move: Move): boolean {
  const { state, payouts, accepted, failure } = stepModel(table.state, move);
  if (!accepted) return false;
  table.chronicle = record(table.chronicle, table.state, state, move);
  table.state = state;
  table.history.push(move);
  table.payouts.push(...payouts);
  table.failure ??= failure;
  // What is shown on L1 is known to all.
  if ("spend" in move) table.known.add(move.spend.payment);
  if (move.kind === "startInFlight") table.known.add(move.payment);
  return true;
}

/** Anything that the others can do: all but what needs her key, and time, which is nobody's. */
function attack({ state, random }: Table): Move {
  for (;;) {
    const move = randomMove(state, [MALLORY, OPERATOR], random);
    const needsHer = move.by === ALICE || (move.kind === "sign" && move.payment.signers.includes(ALICE));
    if (move.kind !== "warp" && !needsHer) return move;
  }
}

/** She never looks away for longer than a quarter of the period: an eighth to pass, an eighth to be included. */
function pass(table: Table): void {
  const { state, random } = table;
  const latest = state.now + PERIOD / 8;
  const near = boundaries(state).filter((time) => time <= latest);
  const to = random(2) === 0 ? near[random(Math.max(1, near.length))] : undefined;
  play(table, { kind: "warp", by: OPERATOR, to: to ?? latest });
}

function act(table: Table, leaving: boolean): void {
  for (;;) {
    const move = nextMove(sight(table), ALICE, { leaving, neglected: table.neglected });
    if (move === undefined || !play(table, move)) return;
  }
}

/** She pays with what she has in validated blocks, that no payment of hers may have spent and that is not exiting. */
function pay(table: Table): void {
  const { state, random } = table;
  const seen = sight(table);
  if (seen.isBroken || seen.view.blocks !== state.blocks.length) return;
  const isFree = (output: OutputName): boolean =>
    state.exits[output] === undefined &&
    state.flags[output] === undefined &&
    !isInFlight(state, output) &&
    !pendingOf(seen, ALICE).some(({ inputs }) => inputs.some((spent) => spent.output === output));
  const coins = coinsOf(state, seen.view, ALICE).filter(isFree);
  const others = coinsOf(state, seen.view, MALLORY).filter(isFree);
  const own = coins[random(Math.max(1, coins.length))];
  if (own === undefined) return;
  const foreign = random(3) === 0 ? others[random(Math.max(1, others.length))] : undefined;
  play(table, { kind: "sign", by: ALICE, payment: paymentOf(seen, random, own, foreign) });
}

/** A payment with change, or a swap for a coin of the other's; what has several signers expires (R24). */
function paymentOf({ state, view }: Sight, random: Random, own: OutputName, foreign: OutputName | undefined): Payment {
  const inputs = [own, ...(foreign === undefined ? [] : [foreign])].map((output) => {
    const origin = originOf(output);
    const at = "deposit" in origin ? depositPlace(state, origin.deposit) : view.included.get(origin.payment);
    if (at === undefined) throw new RangeError(`${output} is nowhere`);
    return { output, at };
  });
  const coin = coinOf(state, own);
  const price = foreign === undefined ? undefined : coinOf(state, foreign);
  if (coin === undefined) throw new RangeError(`${own} is unknown`);
  const change = coin.amount > 1n && random(4) > 0 ? coin.amount / 2n : 0n;
  const outputs = [
    { ...coin, owner: random(5) === 0 ? ALICE : MALLORY, amount: coin.amount - change },
    ...(change === 0n ? [] : [{ ...coin, amount: change }]),
    ...(price === undefined ? [] : [{ ...price, owner: ALICE }]),
  ];
  const expires = foreign !== undefined || random(3) === 0;
  return {
    name: `A${Object.keys(state.payments).length}`,
    inputs,
    outputs: outputs.map(({ owner, token, amount }) => ({ owner, token, amount })),
    signers: foreign === undefined ? [ALICE] : [ALICE, MALLORY],
    validAfter: 0,
    validBefore: expires ? state.now + (PERIOD / 4) * (2 + random(2)) : 0,
  };
}

/** Known limit: a co-owner who signs twice can cost her the bond of an exit (not of its pieces). */
function isSignedTwice(state: State, payment: string): boolean {
  const foreign = (name: string) =>
    (state.payments[name]?.inputs ?? [])
      .map(({ output }) => output)
      .filter((output) => coinOf(state, output)?.owner !== ALICE);
  const rivals = Object.keys(state.payments).filter((name) => name !== payment);
  return foreign(payment).some((output) => rivals.some((name) => foreign(name).includes(output)));
}

/** What is missing at the end: money, a bond, or a bond that nobody can get. */
function settlement(table: Table): Failure | undefined {
  const { state, payouts } = table;
  const seen = sight(table);
  const pending = pendingOf(seen, ALICE);
  const isPaid = (output: OutputName): boolean =>
    payouts.some((payout) => "output" in payout && payout.output === output && payout.paid === payout.due);
  const isHers = (output: OutputName): boolean => coinOf(state, output)?.owner === ALICE;

  const short = payouts.find((payout) => "output" in payout && payout.to === ALICE && payout.paid < payout.due);
  if (short !== undefined && "output" in short)
    return `${short.output} of the honest owner was paid ${short.paid} of ${short.due}`;
  for (const payout of payouts) {
    if (!("bondOf" in payout) || payout.bondOf !== ALICE || payout.to === ALICE) continue;
    if (!isSignedTwice(state, payout.of)) return `the honest owner lost the bond of ${payout.of} to ${payout.to}`;
  }

  const spent = new Set(pending.flatMap(({ inputs }) => inputs.map(({ output }) => output)));
  for (const output of coinsOf(state, viewOf(state, seen.view.blocks), ALICE)) {
    if (!spent.has(output) && !isPaid(output)) return `${output} of the honest owner was not paid`;
  }
  for (const { name, inputs, outputs } of pending) {
    const mine = inputs.map(({ output }) => output).filter(isHers);
    const created = outputs.map((_, index) => `${name}:${index}`).filter(isHers);
    if (!mine.every(isPaid) && !created.every(isPaid)) return `neither side of ${name} was paid to the honest owner`;
  }
  for (const token of TOKENS) {
    const rest = (state.balances[CONTRACT]?.[token] ?? 0n) - state.pots[token].amount;
    if (rest !== 0n) return `${rest} ${token} are stuck`;
  }
  return undefined;
}
