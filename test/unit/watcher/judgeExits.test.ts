import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Hex } from "viem";
import { GENESIS } from "../../../protocol/block.ts";
import { toHex } from "../../../protocol/bytes.ts";
import { IN_NO_BLOCK, placeOf } from "../../../protocol/inFlight.ts";
import { ETH } from "../../../protocol/output.ts";
import { depositPosition, encodePosition } from "../../../protocol/position.ts";
import { encodeBody } from "../../../protocol/transaction.ts";
import type { InFlightExit } from "../../../runtime/inFlightExits.ts";
import { type InFlightExitCase, judgeInFlightExit } from "../../../watcher/judgeInFlightExit.ts";
import { judgeQueues, type QueuedExit } from "../../../watcher/judgeQueues.ts";
import { judgeStandardExit } from "../../../watcher/judgeStandardExit.ts";
import type { CountingSpend } from "../../../watcher/spends.ts";
import { createTestLedger, pay, spend, TOKEN } from "../../support/ledger.ts";
import { alice, bob } from "../../support/sampleBlock.ts";

const PERIOD = 8_000;
const STARTED = 100_000;
const id = (byte: number): Hex => `0x${byte.toString(16).padStart(2, "0").repeat(32)}`;

const money = createTestLedger().deposit(0, 0n, alice.address, 100n);
const transaction = spend([money], [pay(bob.address, 60n), pay(alice.address, 40n, TOKEN)]);
const competing = (place: bigint, txId = id(5)): CountingSpend => ({
  txId,
  place,
  spend: { body: "0x", witness: "0x", preimages: [], inputIndex: 0 },
});

describe("a standard exit", () => {
  const exit = { outputId: id(1), position: encodePosition({ block: 5n, txIndex: 0, outputIndex: 0 }), token: ETH };
  const open = { ...exit, startedAt: STARTED, exitableAt: STARTED + PERIOD };
  const judge = (spends: CountingSpend[], badFrom?: bigint, position = exit.position) =>
    judgeStandardExit({ exit: { ...open, position }, spends, badFrom });

  test("of an unspent output of a good block is honest", () => {
    assert.equal(judge([]), undefined);
    assert.equal(judge([], 6n), undefined);
  });
  test("of a spent output is challenged with the oldest spend, until it is processed (I3)", () => {
    const judgement = judge([competing(3n), competing(IN_NO_BLOCK)]);
    assert.equal(judgement?.finding.details.reason, "spent");
    assert.equal(judgement?.plan?.deadline, STARTED + PERIOD);
    assert.deepEqual(judgement?.plan?.move, {
      kind: "challengeExit",
      outputId: id(1),
      position: exit.position,
      spend: competing(3n).spend,
    });
  });
  test("of an output of a bad block, or behind one, cannot be challenged; a deposit behind one is honest", () => {
    for (const badFrom of [5n, 4n]) {
      const judgement = judge([], badFrom);
      assert.deepEqual([judgement?.finding.details.reason, judgement?.plan], ["badBlock", undefined]);
    }
    assert.equal(judge([], 4n, depositPosition(3, 5n)), undefined);
  });
});

describe("an in-flight exit", () => {
  const exit: InFlightExit = {
    txId: id(9),
    entryId: id(8),
    terms: {
      startedAt: STARTED,
      exitableAt: STARTED + 2 * PERIOD,
      registeredBehind: 0n,
      position: money.position,
      bond: 1n,
      starter: ETH,
    },
    body: toHex(encodeBody(transaction)),
    witness: "0x",
    inputs: [{ originId: id(2), outputIndex: 0, output: money.output }],
    pieces: [],
    contested: false,
    settled: false,
    verdict: "none",
    oldest: null,
    competitorId: null,
    bondOwner: ETH,
    status: "open",
    startTxHash: id(3),
  };
  const header = { ...GENESIS, number: 4n, txCount: 10 };
  const included = { header, txIndex: 2, witnessHash: id(0), path: [] };
  const OWN = placeOf(4n, 2);

  interface Setting extends Partial<Omit<InFlightExitCase, "exit" | "spends">> {
    readonly exit?: Partial<InFlightExit>;
    readonly spends?: readonly (readonly [piece: number, spends: readonly CountingSpend[]])[];
  }

  const judge = ({ exit: changes, spends = [], ...rest }: Setting) =>
    judgeInFlightExit({
      exit: { ...exit, ...changes },
      now: STARTED + 10,
      minExitPeriod: PERIOD,
      inclusion: undefined,
      joinable: [],
      own: [],
      badFrom: undefined,
      ...rest,
      spends: new Map(spends),
    }).map(({ finding, plan }) => [finding.code, plan?.move.kind, finding.deadline] as const);

  const CONTEST = ["NON_CANONICAL_IN_FLIGHT_EXIT", "contest", STARTED + PERIOD / 2] as const;
  const TOLD = ["NON_CANONICAL_IN_FLIGHT_EXIT", undefined, STARTED + PERIOD / 2] as const;
  const RESPOND = ["WRONG_CANONICITY_CHALLENGE", "respond", STARTED + 2 * PERIOD] as const;
  const by = (place: bigint) => [[0, [competing(place)]]] as const;
  const lateNow = STARTED + PERIOD / 2;

  const cases: [name: string, setting: Setting, expected: readonly (readonly unknown[])[]][] = [
    ["nobody competes, in a block or not", { inclusion: included }, []],
    ["a competitor in a block and T in none", { spends: by(placeOf(3n, 0)) }, [CONTEST]],
    ["both in no block", { spends: by(IN_NO_BLOCK) }, [CONTEST]],
    ["an older competitor than T", { spends: by(OWN - 1n), inclusion: included }, [CONTEST]],
    ["a younger one", { spends: by(OWN + 1n), inclusion: included }, []],
    ["one in no block against T in a block", { spends: by(IN_NO_BLOCK), inclusion: included }, []],
    ["phase 1 is over", { exit: { pieces: [9] }, spends: by(OWN - 1n), inclusion: included, now: lateNow }, [TOLD]],
    ["T is settled: canonical for ever", { exit: { settled: true }, spends: by(1n) }, []],
    ["contested as it should be", { exit: { contested: true, oldest: 1n }, spends: by(1n) }, []],
    [
      "contested by one in no block, an included one is known",
      { exit: { contested: true, oldest: IN_NO_BLOCK }, spends: by(7n) },
      [CONTEST],
    ],
    [
      "expired at the start, and so contested by none",
      { exit: { contested: true, oldest: null }, spends: by(IN_NO_BLOCK) },
      [],
    ],
    [
      "answered with an inclusion that a competitor is older than",
      { exit: { contested: false, oldest: OWN }, spends: by(OWN - 1n), inclusion: included },
      [CONTEST],
    ],
    [
      "contested by a younger one",
      { exit: { contested: true, oldest: OWN + 1n }, inclusion: included, spends: by(OWN + 1n) },
      [RESPOND],
    ],
    [
      "contested by one in no block, after phase 1",
      { exit: { pieces: [9], contested: true, oldest: IN_NO_BLOCK }, inclusion: included, now: lateNow },
      [RESPOND],
    ],
    ["expired at the start and included", { exit: { contested: true, oldest: null }, inclusion: included }, [RESPOND]],
    ["contested by an older one", { exit: { contested: true, oldest: OWN - 1n }, inclusion: included }, []],
    ["decided", { exit: { contested: true, verdict: "not canonical" }, inclusion: included, spends: by(1n) }, []],
  ];
  for (const [name, setting, expected] of cases) {
    test(name, () => assert.deepEqual(judge(setting), expected));
  }

  test("live pieces that are spent are taken out, by kind; others are left (I3)", () => {
    const spends = [
      [0, [competing(OWN + 5n)]],
      [8, [competing(IN_NO_BLOCK)]],
      [9, []],
    ] as const;
    assert.deepEqual(judge({ exit: { pieces: [0, 8, 9] }, spends, inclusion: included }), [
      ["INVALID_INPUT_PIGGYBACK", "challengePiece", STARTED + 2 * PERIOD],
      ["INVALID_OUTPUT_PIGGYBACK", "challengePiece", STARTED + 2 * PERIOD],
    ]);
    assert.deepEqual(judge({ exit: { pieces: [9] }, spends: [[0, [competing(OWN + 5n)]]], inclusion: included }), []);
    assert.deepEqual(judge({ exit: { pieces: [8], verdict: "canonical" }, spends, inclusion: included }), []);
  });

  test("a conditional output is taken out once the transaction stands in a block, and by nothing else (R18)", () => {
    const locked = { ...pay(bob.address, 100n), condition: id(7) };
    const body = toHex(encodeBody(spend([money], [locked])));
    const setting: Setting = { exit: { body, pieces: [8] }, spends: [[8, [competing(OWN + 5n)]]] };
    assert.deepEqual(judge(setting), []);
    assert.deepEqual(judge({ ...setting, inclusion: included }), [
      ["INVALID_OUTPUT_PIGGYBACK", "challengeIncluded", STARTED + 2 * PERIOD],
    ]);
    assert.deepEqual(judge({ exit: { body, pieces: [0] }, inclusion: included }), []);
  });

  test("one that nobody takes part in is ended after phase 1 (R14)", () => {
    const ended = [["EXIT_READY", "delete", undefined]];
    assert.deepEqual(judge({ now: lateNow }), ended);
    assert.deepEqual(judge({ now: lateNow - 1 }), []);
    assert.deepEqual(judge({ exit: { pieces: [8] }, now: lateNow }), []);
  });

  test("an input of a bad block is told, and no move is there to be made", () => {
    const minted = { ...money, position: encodePosition({ block: 6n, txIndex: 0, outputIndex: 0 }) };
    const body = toHex(encodeBody(spend([minted], [pay(bob.address, 1n)])));
    assert.deepEqual(judge({ exit: { body }, badFrom: 6n }), [
      ["INVALID_IN_FLIGHT_EXIT", undefined, STARTED + 2 * PERIOD],
    ]);
    assert.deepEqual(judge({ exit: { body }, badFrom: 7n }), []);
  });

  test("guarded owners are told while they can join", () => {
    const expected = [["PIGGYBACK_OPEN", undefined, STARTED + PERIOD / 2]];
    assert.deepEqual(judge({ joinable: [0, 9] }), expected);
    assert.deepEqual(judge({ exit: { pieces: [8] }, joinable: [0, 9], now: lateNow }), []);
    assert.deepEqual(judge({ joinable: [0, 9], own: [9] }), [["PIGGYBACK_OPEN", "piggyback", STARTED + PERIOD / 2]]);
  });
});

describe("what has matured", () => {
  const now = 5_000;
  const queued = (byte: number, rest: Partial<QueuedExit> = {}): QueuedExit => ({
    id: id(byte),
    tokens: [ETH],
    exitableAt: now - 1,
    position: BigInt(byte),
    isWrong: false,
    ...rest,
  });
  const moves = (...exits: QueuedExit[]) =>
    judgeQueues(exits, now).map(({ plan }) => plan?.move.kind === "process" && [plan.move.token, plan.move.entries]);

  test("is processed strictly after its time, queue by queue", () => {
    assert.deepEqual(moves(queued(1, { exitableAt: now })), []);
    assert.deepEqual(moves(queued(1), queued(2, { tokens: [TOKEN, ETH] })), [
      [ETH, [id(1), id(2)]],
      [TOKEN, [id(2)]],
    ]);
  });
  test("but not from the first on that is wrong, in the order of payment", () => {
    assert.deepEqual(moves(queued(2, { isWrong: true }), queued(1), queued(3)), [[ETH, [id(1)]]]);
    assert.deepEqual(moves(queued(1, { isWrong: true }), queued(2)), []);
    assert.deepEqual(moves(queued(1, { isWrong: true, exitableAt: now - 1 }), queued(2, { exitableAt: now - 2 })), [
      [ETH, [id(2)]],
    ]);
  });
});
