/** Moves at random: mostly such as mean something where the game stands, some of them wrong in one point. */
import { OPERATOR } from "./model.ts";
import type { Move, ShownSpend } from "./moves.ts";
import {
  BOND,
  type Coin,
  coinOf,
  depositPlace,
  type OutputName,
  originOf,
  outputOfPiece,
  type Payment,
  type Piece,
  type Place,
  placesOf,
  type State,
  TOKENS,
} from "./state.ts";

/** A number from 0 (included) to `bound` (excluded). */
export type Random = (bound: number) => number;

const MOST_DEPOSITS = 4;
const MOST_PAYMENTS = 6;
const MOST_BLOCKS = 6;

type Kind = Move["kind"];
/** How often each kind is tried. */
const WEIGHTS: Readonly<Record<Kind, number>> = {
  deposit: 4,
  sign: 10,
  commit: 8,
  publish: 3,
  startExit: 8,
  challengeExit: 6,
  startInFlight: 12,
  piggyback: 12,
  contest: 10,
  respond: 8,
  challengePiece: 8,
  delete: 3,
  process: 10,
  warp: 12,
};
const BAG = Object.entries(WEIGHTS).flatMap(([kind, weight]) => Array<Kind>(weight).fill(kind as Kind));

/** The next move of a random history among `actors`. */
export function randomMove(state: State, actors: readonly string[], random: Random): Move {
  for (;;) {
    const move = attempt(state, actors, random);
    if (move !== undefined) return move;
  }
}

function attempt(state: State, actors: readonly string[], random: Random): Move | undefined {
  const pick = <T>(from: readonly T[]): T | undefined => from[random(Math.max(1, from.length))];
  const chance = (percent: number): boolean => random(100) < percent;
  const by = pick(actors) ?? OPERATOR;
  const names = Object.keys(state.payments);
  const open = Object.keys(state.inFlight);
  const target = pick(open.length > 0 && chance(95) ? open : names);

  /** Where an output was created, or might have been. */
  function whereabouts(output: OutputName): Place {
    const origin = originOf(output);
    if ("deposit" in origin) return depositPlace(state, origin.deposit) ?? { block: 0, lane: 1, index: 0 };
    const place = chance(95) ? pick(placesOf(state, origin.payment)) : undefined;
    return place ?? { block: 1 + random(state.blocks.length + 1), lane: 0, index: random(2) };
  }

  function spendOf(wanted: OutputName | undefined): ShownSpend | undefined {
    const spends = names.flatMap((name) =>
      (state.payments[name] as Payment).inputs.map(({ output }, input) => ({ payment: name, input, output })),
    );
    const fitting = spends.filter(({ output }) => output === wanted);
    const spend = pick(chance(95) && fitting.length > 0 ? fitting : spends);
    if (spend === undefined) return undefined;
    const place = pick(placesOf(state, spend.payment));
    const origin = originOf(spend.output);
    const source = "payment" in origin ? pick(placesOf(state, origin.payment)) : undefined;
    return {
      payment: spend.payment,
      input: chance(97) ? spend.input : 7,
      ...(place !== undefined && chance(70) ? { at: place } : {}),
      ...(source !== undefined && chance(80) ? { source } : {}),
    };
  }

  const kind = BAG[random(BAG.length)] as Kind;
  switch (kind) {
    case "deposit": {
      if (state.deposits.length >= MOST_DEPOSITS) return undefined;
      return { kind, by, coin: { owner: by, token: TOKENS[random(2)] ?? "ETH", amount: BigInt(1 + random(9)) * 10n } };
    }
    case "sign":
      return names.length >= MOST_PAYMENTS ? undefined : sign(state, actors, random, whereabouts);
    case "commit": {
      if (state.blocks.length >= MOST_BLOCKS) return undefined;
      const payments = Array.from({ length: random(4) }, () => pick(names)).filter((name) => name !== undefined);
      const parent = state.blocks.at(-1);
      const oldest = state.now - (parent?.sealedAt ?? state.now - state.period);
      const sealedAgo = chance(3) ? (chance(50) ? -1 : oldest + 1) : chance(70) ? 0 : random(oldest + 1);
      const seen = chance(90) ? state.deposits.length : random(state.deposits.length + 2);
      return { kind, by: chance(97) ? OPERATOR : by, payments, sealedAgo, deposits: seen, published: chance(60) };
    }
    case "publish": {
      const withheld = state.blocks.flatMap(({ published }, index) => (published ? [] : [index + 1]));
      const block = pick(withheld);
      return block === undefined ? undefined : { kind, by: OPERATOR, block };
    }
    case "startExit": {
      const created = names.flatMap((name) => (state.payments[name] as Payment).outputs.map((_, i) => `${name}:${i}`));
      const output = pick([...state.deposits.map((_, index) => `d${index}`), ...created]);
      if (output === undefined) return undefined;
      const owner = coinOf(state, output)?.owner ?? by;
      return { kind, by: chance(95) ? owner : by, output, at: whereabouts(output), bond: bond(random) };
    }
    case "challengeExit": {
      const spend = spendOf(pick(Object.keys(state.exits)));
      return spend && { kind, by, spend };
    }
    case "startInFlight": {
      const name = pick(names);
      if (name === undefined) return undefined;
      const origin = originOf(state.payments[name]?.inputs[0]?.output ?? "d0");
      const shownAt = "payment" in origin && chance(15) ? pick(placesOf(state, origin.payment)) : undefined;
      const pieces = piecesOf(state, name, by, random);
      return { kind, by, payment: name, pieces, bond: bond(random), ...(shownAt === undefined ? {} : { shownAt }) };
    }
    case "piggyback": {
      if (target === undefined) return undefined;
      const pieces = piecesOf(state, target, by, random);
      return pieces.length === 0 ? undefined : { kind, by, payment: target, pieces };
    }
    case "contest": {
      const inputs = target === undefined ? [] : (state.payments[target]?.inputs ?? []);
      const input = chance(98) ? random(Math.max(1, inputs.length)) : 7;
      const spend = spendOf(inputs[input]?.output);
      return target === undefined || spend === undefined ? undefined : { kind, by, payment: target, input, spend };
    }
    case "respond": {
      const at = target === undefined ? undefined : pick(placesOf(state, target));
      return target === undefined || at === undefined ? undefined : { kind, by, payment: target, at };
    }
    case "challengePiece": {
      const payment = target === undefined ? undefined : state.payments[target];
      if (target === undefined || payment === undefined) return undefined;
      const live = state.inFlight[target]?.live ?? [];
      const piece = chance(95) && live.length > 0 ? pick(live) : (["in0", "in1", "out0", "out1"] as const)[random(4)];
      const spend = piece && spendOf(outputOfPiece(payment, piece));
      return piece === undefined || !spend ? undefined : { kind, by, payment: target, piece, spend };
    }
    case "delete":
      return target === undefined ? undefined : { kind, by, payment: target };
    case "process":
      return { kind, by, token: TOKENS[random(2)] ?? "ETH", max: chance(70) ? 1 : 10 };
    case "warp": {
      const later = boundaries(state).filter((time) => time > state.now);
      const to = chance(80) ? later[random(Math.min(3, later.length))] : pick(later);
      return { kind, by, to: to ?? state.now + state.period / 4 };
    }
  }
}

/** A payment of one to three known outputs to one to three people, mostly as its owners would sign it. */
function sign(
  state: State,
  actors: readonly string[],
  random: Random,
  whereabouts: (output: OutputName) => Place,
): Move | undefined {
  const chance = (percent: number): boolean => random(100) < percent;
  const created = Object.values(state.payments).flatMap(({ name, outputs }) => outputs.map((_, i) => `${name}:${i}`));
  // Deposits twice: payments that compete for one are what the game is about.
  const deposits = state.deposits.map((_, index) => `d${index}`);
  const known = [...deposits, ...deposits, ...created];
  if (known.length === 0) return undefined;
  const inputs = [...new Set(Array.from({ length: 1 + random(3) }, () => known[random(known.length)] as string))];
  const spent = inputs.map((output) => coinOf(state, output) as Coin);
  const outputs = TOKENS.flatMap((token) => {
    const sum = spent.reduce((total, coin) => (coin.token === token ? total + coin.amount : total), 0n);
    if (sum === 0n) return [];
    const owner = (): string => actors[random(actors.length)] as string;
    const first = chance(50) || sum === 1n ? sum : sum / 2n;
    const rest = sum - first;
    const coins =
      rest === 0n
        ? [{ owner: owner(), token, amount: first }]
        : [first, rest].map((amount) => ({ owner: owner(), token, amount }));
    return chance(4) ? [...coins, { owner: owner(), token, amount: 1n }] : coins;
  });
  const owners = [...new Set(spent.map(({ owner }) => owner))];
  const signers = chance(95) ? owners : chance(50) ? owners.slice(1) : [...new Set([...owners, ...actors])];
  const quarter = state.period / 4;
  const payment: Payment = {
    name: `T${Object.keys(state.payments).length}`,
    inputs: inputs.map((output) => ({ output, at: whereabouts(output) })),
    outputs,
    signers,
    validAfter: chance(90) ? 0 : state.now + quarter * (random(3) - 1),
    validBefore: chance(75) ? 0 : state.now + quarter * (1 + random(4)),
  };
  return { kind: "sign", by: signers[0] ?? OPERATOR, payment };
}

const bond = (random: Random): bigint =>
  random(100) < 97 ? BOND + BigInt(random(3)) : random(2) === 0 ? BOND - 1n : 4n * BOND + 1n;

/** Mostly the actor's own; seldom somebody else's or none at all. */
function piecesOf(state: State, name: string, by: string, random: Random): readonly Piece[] {
  const payment = state.payments[name];
  if (payment === undefined) return [];
  const all: Piece[] = [
    ...payment.inputs.map((_, index): Piece => `in${index}`),
    ...payment.outputs.map((_, index): Piece => `out${index}`),
  ];
  const isOwn = (piece: Piece): boolean => coinOf(state, outputOfPiece(payment, piece) ?? "d99")?.owner === by;
  return all.filter((piece) => (isOwn(piece) ? random(100) < 75 : random(100) < 1));
}

/** The times at which something becomes possible or impossible, and those right beside them. */
export function boundaries(state: State): readonly number[] {
  const { period, now } = state;
  const inFlight = Object.values(state.inFlight).flatMap(({ startedAt, exitableAt }) => [
    startedAt + period / 4,
    startedAt + period / 2 - 1,
    startedAt + period / 2,
    startedAt + (3 * period) / 4,
    exitableAt,
    exitableAt + 1,
  ]);
  const standard = Object.values(state.exits).flatMap(({ exitableAt }) => [exitableAt, exitableAt + 1]);
  const windows = Object.values(state.payments).flatMap(({ validAfter, validBefore }) => [validAfter, validBefore]);
  return [...new Set([now + 1, now + period / 4, ...inFlight, ...standard, ...windows])]
    .filter((time) => time > now)
    .sort((a, b) => a - b);
}
