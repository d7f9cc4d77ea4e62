import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { InFlightExit, InFlightPiece } from "../../../client/inFlightExits.ts";
import { type InFlightStep, type InFlightView, inFlightSteps } from "../../../client/inFlightSteps.ts";
import { ZERO_HASH } from "../../../protocol/hashing.ts";
import { IN_NO_BLOCK, placeOf } from "../../../protocol/inFlight.ts";
import { ETH, PLAIN } from "../../../protocol/output.ts";

const TOKEN = `0x${"0d".repeat(20)}` as const;
const OWNER = `0x${"0a".repeat(20)}` as const;
const PHASE_ONE_ENDS = 500;
const EXITABLE_AT = 1_000;
const BOND = 7n;

const piece = (number: number, state: InFlightPiece["state"], token: typeof ETH = ETH): InFlightPiece => ({
  number,
  state,
  outputId: ZERO_HASH,
  output: { owner: OWNER, token, amount: 5n, condition: PLAIN },
});

const exit = (fields: Partial<InFlightExit>): InFlightExit => ({
  txId: ZERO_HASH,
  entryId: ZERO_HASH,
  body: "0x",
  witness: "0x",
  transaction: { inputs: [], outputs: [], memo: ZERO_HASH, validAfter: 0, validBefore: 0 },
  inputs: [],
  terms: { startedAt: 0, exitableAt: EXITABLE_AT, registeredBehind: 0n, position: 1n, bond: BOND, starter: OWNER },
  pieces: [piece(0, "live"), piece(8, "live")],
  phaseOneEnds: PHASE_ONE_ENDS,
  status: "joining",
  contested: false,
  settled: false,
  verdict: "none",
  oldest: undefined,
  bondOwner: OWNER,
  startedIn: ZERO_HASH,
  ...fields,
});

const NOTHING: InFlightView = { joinable: [], competitor: undefined, spent: [], included: undefined, credits: [] };

const toProcess: InFlightStep = { action: "wait", at: EXITABLE_AT, next: "process" };
const respond: InFlightStep = { action: "respond", before: EXITABLE_AT, reward: BOND };
const contest: InFlightStep = { action: "contest", before: PHASE_ONE_ENDS, reward: BOND };
const older = placeOf(3n, 5);
const younger = placeOf(3n, 6);

const cases: [name: string, fields: Partial<InFlightExit>, view: Partial<InFlightView>, steps: InFlightStep[]][] = [
  ["whoever takes part waits", {}, {}, [toProcess]],
  [
    "pieces may join in phase 1",
    {},
    { joinable: [1, 9] },
    [{ action: "piggyback", pieces: [1, 9], before: PHASE_ONE_ENDS, value: 2n * BOND }, toProcess],
  ],
  ["and not after it", { status: "waiting" }, { joinable: [1] }, [toProcess]],
  [
    "a competitor in no block contests an exit that nothing stands against",
    {},
    { competitor: IN_NO_BLOCK },
    [contest, toProcess],
  ],
  [
    "and not one that is contested by another",
    { contested: true, oldest: IN_NO_BLOCK },
    { competitor: IN_NO_BLOCK },
    [toProcess],
  ],
  [
    "an older competitor contests again",
    { contested: true, oldest: younger },
    { competitor: older },
    [contest, toProcess],
  ],
  ["one as old does not", { contested: true, oldest: older }, { competitor: older }, [toProcess]],
  ["nor a younger one what was answered", { oldest: older }, { competitor: younger }, [toProcess]],
  ["nor any in the second half", { status: "waiting" }, { competitor: older }, [toProcess]],
  ["nor what is settled", { settled: true }, { competitor: older }, [toProcess]],
  [
    "a competitor is answered with an older place",
    { contested: true, oldest: younger },
    { included: older },
    [respond, toProcess],
  ],
  [
    "until the verdict",
    { status: "ready", contested: true, oldest: IN_NO_BLOCK },
    { included: younger },
    [respond, { action: "process", tokens: [ETH] }],
  ],
  ["and not with a younger place", { contested: true, oldest: older }, { included: younger }, [toProcess]],
  ["nothing is answered where nothing stands", {}, { included: older }, [toProcess]],
  [
    "spent pieces are challenged at any time",
    { status: "waiting" },
    { spent: [0, 8] },
    [{ action: "challenge", pieces: [0, 8], before: EXITABLE_AT, reward: 2n * BOND }, toProcess],
  ],
  [
    "but not after the verdict",
    { status: "ready", verdict: "canonical" },
    { spent: [0], included: older },
    [{ action: "process", tokens: [ETH] }],
  ],
  [
    "each token is processed in its own queue",
    {
      status: "ready",
      pieces: [piece(0, "live", TOKEN), piece(1, "challenged"), piece(8, "live", TOKEN), piece(9, "live")],
    },
    {},
    [{ action: "process", tokens: [TOKEN, ETH] }],
  ],
  [
    "without anybody it is deleted after phase 1",
    { pieces: [piece(0, "challenged"), piece(8, "absent")] },
    {},
    [{ action: "wait", at: PHASE_ONE_ENDS, next: "delete" }],
  ],
  ["at once then", { status: "waiting", pieces: [piece(0, "absent")] }, {}, [{ action: "delete" }]],
  [
    "what has ended needs nothing",
    { status: "canonical" },
    { competitor: older },
    [{ action: "none", outcome: "canonical" }],
  ],
  ["however it ended", { status: "deleted" }, {}, [{ action: "none", outcome: "deleted" }]],
  [
    "but what was refused is withdrawn",
    { status: "not canonical" },
    { credits: [{ token: TOKEN, amount: 9n }] },
    [{ action: "withdraw", token: TOKEN, amount: 9n }],
  ],
];

describe("what to do about an in-flight exit", () => {
  for (const [name, fields, view, steps] of cases) {
    test(name, () => assert.deepEqual(inFlightSteps(exit(fields), { ...NOTHING, ...view }), steps));
  }
});
