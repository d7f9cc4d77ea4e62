/** Worlds small enough to play every history of them: a prologue, and all moves that mean something behind it. */
import { OPERATOR } from "./model.ts";
import type { Move, MoveOf, ShownSpend } from "./moves.ts";
import {
  BOND,
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
import { ALICE, depositAt, emptyWorld, eth, inBlock, MALLORY, PERIOD, payment, START, tok } from "./worlds.ts";

export interface SmallWorld {
  readonly name: string;
  readonly start: State;
  readonly prologue: readonly Move[];
  /** What may happen next. */
  moves(state: State): readonly Move[];
}

const deposit = (coin: ReturnType<typeof eth>): Move => ({ kind: "deposit", by: coin.owner, coin });
const sign = (signed: Payment): Move => ({ kind: "sign", by: signed.signers[0] ?? OPERATOR, payment: signed });
const warp = (to: number): Move => ({ kind: "warp", by: OPERATOR, to });
const process = (token: "ETH" | "TOK"): Move => ({ kind: "process", by: OPERATOR, token, max: 1 });
const commit = (payments: readonly string[], deposits: number): Move => ({
  kind: "commit",
  by: OPERATOR,
  payments,
  sealedAgo: 0,
  deposits,
  published: true,
});
const inFlight = (by: string, name: string, pieces: readonly Piece[]): MoveOf<"startInFlight"> => ({
  kind: "startInFlight",
  by,
  payment: name,
  pieces,
  bond: BOND,
});

const world = (name: string, prologue: readonly Move[]): SmallWorld => ({
  name,
  start: emptyWorld(),
  prologue,
  moves: (state) => allMoves(state, 2),
});

const d0 = { output: "d0", at: depositAt(0, 0) };
const d1 = { output: "d1", at: depositAt(0, 1) };
const twoDeposits = [deposit(eth(ALICE, 10n)), deposit(tok(MALLORY, 20n))];
/** Mallory pays alice, and herself. */
const [toAlice, toHerself] = [
  payment("T", [d0], [eth(ALICE, 10n)], [MALLORY]),
  payment("S", [d0], [eth(MALLORY, 10n)], [MALLORY]),
];
const doubleSpend = [deposit(eth(MALLORY, 10n)), deposit(eth(ALICE, 5n)), sign(toAlice), sign(toHerself)];
/** Alice's ETH for mallory's tokens; mallory spends them otherwise. */
const swap = [
  ...twoDeposits,
  sign(payment("T", [d0, d1], [tok(ALICE, 20n), eth(MALLORY, 10n)], [ALICE, MALLORY])),
  sign(payment("S", [d1], [tok(MALLORY, 20n)], [MALLORY])),
];
const chained = [
  ...doubleSpend.slice(0, 3),
  sign(payment("U", [{ output: "T:0", at: inBlock(1, 0) }], [eth(MALLORY, 10n)], [ALICE])),
];
const expiring = [
  deposit(eth(ALICE, 10n)),
  sign(payment("T", [d0], [eth(ALICE, 6n), eth(MALLORY, 4n)], [ALICE], { validBefore: START + PERIOD / 4 })),
  sign(payment("S", [d0], [eth(ALICE, 10n)], [ALICE])),
];

export const SMALL_WORLDS: readonly SmallWorld[] = [
  world("a double spend", doubleSpend),
  world("a double spend, both in flight", [
    ...doubleSpend,
    commit(["S", "T"], 2),
    inFlight(MALLORY, "T", ["in0"]),
    inFlight(MALLORY, "S", ["in0", "out0"]),
  ]),
  world("a swap in two tokens, in flight", [
    ...swap,
    inFlight(ALICE, "T", ["in0", "out0"]),
    { kind: "piggyback", by: MALLORY, payment: "T", pieces: ["in1", "out1"] },
    warp(START + PERIOD / 2 - 1),
  ]),
  world("a swap in two tokens, about to be decided", [
    ...swap,
    inFlight(ALICE, "T", ["in0", "out0"]),
    { kind: "piggyback", by: MALLORY, payment: "T", pieces: ["in1", "out1"] },
    { kind: "startExit", by: MALLORY, output: "d1", at: d1.at, bond: BOND },
    warp(START + 2 * PERIOD + 1),
  ]),
  world("the output of a payment in flight is spent", [...chained, commit(["T"], 2), inFlight(ALICE, "T", ["out0"])]),
  world("the output of a payment in no block is spent", [...chained, inFlight(ALICE, "T", ["out0"])]),
  world("a payment that expires, before", expiring),
  world("a payment that expired, in flight", [
    ...expiring,
    commit(["S", "T"], 1),
    warp(START + PERIOD / 4),
    inFlight(ALICE, "T", ["in0", "out0"]),
  ]),
  world("a payment of a deposit that was made behind a block", [
    commit([], 0),
    deposit(eth(ALICE, 10n)),
    sign(payment("T", [{ output: "d0", at: depositAt(1, 0) }], [eth(ALICE, 10n)], [ALICE])),
  ]),
  world("a payment settled by an in-flight exit before", [
    ...doubleSpend,
    inFlight(MALLORY, "T", ["in0"]),
    warp(START + 2 * PERIOD + 1),
    process("ETH"),
  ]),
];

/** Every move that means something for what has been signed; at most `mostBlocks` blocks of one payment each. */
function allMoves(state: State, mostBlocks: number): readonly Move[] {
  const payments = Object.values(state.payments);
  const created = payments.flatMap(({ name, outputs }) => outputs.map((_, index) => `${name}:${index}`));
  const outputs = [...state.deposits.map((_, index) => `d${index}`), ...created];
  const by = OPERATOR;
  return [
    ...(state.blocks.length < mostBlocks ? payments.map(({ name }) => commit([name], state.deposits.length)) : []),
    ...outputs.flatMap((output): Move[] => {
      const at = placeOf(state, output);
      const owner = coinOf(state, output)?.owner ?? by;
      return at === undefined ? [] : [{ kind: "startExit", by: owner, output, at, bond: BOND }];
    }),
    ...outputs.flatMap((output) =>
      spendsOf(state, output).map((spend): Move => ({ kind: "challengeExit", by, spend })),
    ),
    ...payments.flatMap((signed) => inFlightMoves(state, signed)),
    ...TOKENS.filter((token) => state.queues[token].length > 0).map(process),
    ...nextBoundaries(state).map(warp),
  ];
}

function inFlightMoves(state: State, signed: Payment): readonly Move[] {
  const { name: payment, inputs, outputs } = signed;
  const by = OPERATOR;
  const pieces: Piece[] = [
    ...inputs.map((_, index): Piece => `in${index}`),
    ...outputs.map((_, index): Piece => `out${index}`),
  ];
  const owned = Object.entries(
    Object.groupBy(pieces, (piece) => coinOf(state, outputOfPiece(signed, piece) ?? "")?.owner ?? by),
  );
  const open = state.inFlight[payment];
  if (open === undefined) {
    const origin = originOf(inputs[0]?.output ?? "");
    const repeats = "payment" in origin ? placesOf(state, origin.payment).slice(1) : [];
    return [
      ...owned.map(([owner, own = []]) => inFlight(owner, payment, own)),
      ...repeats.map((shownAt): Move => ({ ...inFlight(by, payment, []), shownAt })),
      { ...inFlight(by, payment, []), backdated: true },
    ];
  }
  return [
    inFlight(by, payment, []),
    ...owned.flatMap(([owner, own = []]): Move[] => {
      const missing = own.filter((piece) => !open.live.includes(piece));
      return missing.map((piece) => ({ kind: "piggyback", by: owner, payment, pieces: [piece] }));
    }),
    ...inputs.flatMap(({ output }, input) =>
      spendsOf(state, output).map((spend): Move => ({ kind: "contest", by, payment, input, spend })),
    ),
    ...placesOf(state, payment).map((at): Move => ({ kind: "respond", by, payment, at })),
    ...pieces.flatMap((piece) =>
      spendsOf(state, outputOfPiece(signed, piece) ?? "").map(
        (spend): Move => ({ kind: "challengePiece", by, payment, piece, spend }),
      ),
    ),
    { kind: "delete", by, payment },
  ];
}

/**
 * Every payment that spends the output: shown in no block, and in the first block that holds it. An output that is nowhere is also
 * said to be where the payment signs it.
 */
function spendsOf(state: State, output: OutputName): readonly ShownSpend[] {
  const source = placeOf(state, output);
  return Object.values(state.payments).flatMap(({ name, inputs }) => {
    const input = inputs.findIndex((spent) => spent.output === output);
    const signed = inputs[input]?.at;
    if (signed === undefined) return [];
    const spend = { payment: name, input, ...(source?.lane === 0 ? { source } : {}) };
    return [
      spend,
      ...(source === undefined ? [{ ...spend, source: signed }] : []),
      ...placesOf(state, name)
        .slice(0, 1)
        .map((at) => ({ ...spend, at })),
    ];
  });
}

function placeOf(state: State, output: OutputName): Place | undefined {
  const origin = originOf(output);
  return "deposit" in origin ? depositPlace(state, origin.deposit) : placesOf(state, origin.payment)[0];
}

/** The end of a phase 1, and the moments at which the next entry matures and has matured. */
function nextBoundaries(state: State): readonly number[] {
  const phases = Object.values(state.inFlight).map(({ startedAt }) => startedAt + state.period / 2);
  const heads = TOKENS.flatMap((token) => state.queues[token].slice(0, 1));
  const times = [...phases, ...heads.flatMap(({ exitableAt }) => [exitableAt, exitableAt + 1])];
  return [...new Set(times)].filter((time) => time > state.now).sort((a, b) => a - b);
}
