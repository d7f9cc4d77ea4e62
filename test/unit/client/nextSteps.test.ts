import assert from "node:assert/strict";
import { test } from "node:test";
import type { Exit, ExitStatus } from "../../../client/exits.ts";
import { type ExitStep, nextStep } from "../../../client/nextSteps.ts";

const exit = (status: ExitStatus): Exit => ({
  outputId: `0x${"01".repeat(32)}`,
  position: 1n,
  owner: `0x${"0a".repeat(20)}`,
  token: `0x${"00".repeat(20)}`,
  amount: 5n,
  originId: `0x${"02".repeat(32)}`,
  exitableAt: 1_000,
  bond: 7n,
  bondOwner: `0x${"0a".repeat(20)}`,
  status,
  bondOnly: false,
  startedIn: `0x${"03".repeat(32)}`,
});

const steps: [status: ExitStatus, credit: bigint, step: ExitStep][] = [
  ["waiting", 0n, { action: "wait", at: 1_000 }],
  // Money of an earlier exit is no reason to stop waiting for this one.
  ["waiting", 9n, { action: "wait", at: 1_000 }],
  ["ready", 0n, { action: "process" }],
  ["paid", 9n, { action: "withdraw", token: exit("paid").token, amount: 9n }],
  ["paid", 0n, { action: "none", outcome: "paid" }],
  ["challenged", 0n, { action: "none", outcome: "lost" }],
  ["spent", 9n, { action: "none", outcome: "spent" }],
  ["dropped", 9n, { action: "none", outcome: "lost" }],
];

for (const [status, credit, step] of steps) {
  test(`an exit that is ${status}, with a credit of ${credit}: ${step.action}`, () => {
    assert.deepEqual(nextStep(exit(status), credit), step);
  });
}
