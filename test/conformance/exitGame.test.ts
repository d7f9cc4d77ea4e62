import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { deployContracts } from "../model/contracts.ts";
import { exploreWorld } from "../model/exhaustive.ts";
import { playHonestGame } from "../model/honestHistories.ts";
import { inWords, type Move } from "../model/moves.ts";
import { playRandomHistories } from "../model/randomHistories.ts";
import { type Run, replay } from "../model/replay.ts";
import { SMALL_WORLDS } from "../model/smallWorlds.ts";
import { ACTORS, emptyWorld } from "../model/worlds.ts";

// The contracts beside the executable model, step by step (I1-I3, I5, I6, I9). Larger runs by PLASMA_MODEL_HISTORIES,
// PLASMA_MODEL_DEPTH and PLASMA_MODEL_GAMES.
const HISTORIES = Number(process.env.PLASMA_MODEL_HISTORIES ?? 120);
const LENGTH = 100;
const DEPTH = Number(process.env.PLASMA_MODEL_DEPTH ?? 3);
const GAMES = Number(process.env.PLASMA_MODEL_GAMES ?? 10_000);
/** Games of the honest owner that are played on the contracts too. */
const REPLAYED = 60;
/** A duty that is neglected shows within this many games. */
const NEGLECTFUL_GAMES = 3_000;

const contracts = await deployContracts(emptyWorld(), ACTORS);
after(() => contracts.close());

const told = (failure: string | undefined, history: readonly Move[]): string =>
  [failure ?? "", ...history.map((move) => `  ${inWords(move)}`)].join("\n");

function assertAgreement({ counterexample }: Run): void {
  assert.equal(counterexample, undefined, told(counterexample?.failure, counterexample?.history ?? []));
}

const sizeOf = ({ histories, steps, accepted, payouts }: Run): string => {
  const moves = Object.values(accepted).reduce((sum, count) => sum + count, 0);
  return `${histories} histories, ${steps} steps played (${moves} accepted), ${payouts} payouts`;
};

describe("contracts and model agree in every state, payoff and refusal", () => {
  for (const world of SMALL_WORLDS) {
    test(`in every history of a small world: ${world.name}`, async (context) => {
      const run = await exploreWorld(contracts, world, DEPTH);
      context.diagnostic(`${sizeOf(run)}, ${DEPTH} moves behind ${world.prologue.length}`);
      assertAgreement(run);
      assert.ok(run.payouts > 0, "money moves");
    });
  }

  test("in random histories, in which every move is made", async (context) => {
    const run = await playRandomHistories(contracts, { histories: HISTORIES, length: LENGTH, seed: 1 });
    context.diagnostic(`${sizeOf(run)}, of ${LENGTH} moves each: ${JSON.stringify(run.accepted)}`);
    assertAgreement(run);
    assert.equal(Object.keys(run.accepted).length, 14, "kinds of moves");
  });
});

describe("an honest owner who follows the rules loses neither money nor a bond (R24)", () => {
  test("whatever operator and users do, and nothing is left in the contract but the pots", (context) => {
    const games = Array.from({ length: GAMES }, (_, seed) => playHonestGame(seed));
    const moves = games.reduce((sum, { history }) => sum + history.length, 0);
    const broke = games.filter((game) => game.broke).length;
    const exits = games.reduce((sum, { ownExits }) => sum + ownExits, 0);
    context.diagnostic(
      `${GAMES} games, ${moves} moves, ${broke} with a bad or withheld block, ${exits} exits of the owner`,
    );
    for (const { failure, history } of games) assert.equal(failure, undefined, told(failure, history));
    assert.ok(broke > GAMES / 2 && exits > GAMES);
  });

  test("on the contracts as in the model", async (context) => {
    let steps = 0;
    for (let seed = 0; seed < REPLAYED; seed++) {
      const { history } = playHonestGame(seed);
      const failure = await replay(contracts, emptyWorld(), history);
      assert.equal(failure, undefined, told(failure, history));
      steps += history.length;
    }
    context.diagnostic(`${REPLAYED} games, ${steps} steps`);
  });

  for (const neglected of [
    "startExit",
    "startInFlight",
    "startBeforeEnd",
    "piggyback",
    "respond",
    "challengePiece",
    "challengeExit",
    "contest",
  ] as const) {
    test(`but she may if she neglects one: ${neglected}`, (context) => {
      let seed = 0;
      while (seed < NEGLECTFUL_GAMES && playHonestGame(seed, neglected).failure === undefined) seed += 1;
      context.diagnostic(`${playHonestGame(seed, neglected).failure} after ${seed + 1} games`);
      assert.ok(seed < NEGLECTFUL_GAMES, "a loss shows");
    });
  }
});
