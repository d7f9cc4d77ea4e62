import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { parseEther } from "viem";
import {
  type Deposited,
  EXIT_PERIOD,
  type Listed,
  type ListedExits,
  type NextSteps,
  type Processed,
  type Sent,
  type StartedExit,
  type StartedInFlight,
  startTestNetwork,
} from "../support/devNetwork.ts";
import { auditMoney } from "../support/moneyAudit.ts";
import { type RivalTransaction, signRival } from "../support/rivalTransaction.ts";

const network = await startTestNetwork();
after(() => network.close());
const { ok, fails } = network;

test("a spent input and a spent output are challenged, and the other exits of the queue go on", async (t) => {
  await ok<Deposited>("deposit", "2", "eth", "--wait");
  const audit = await auditMoney(network);
  let sent: Sent;
  let started: StartedInFlight;
  let rival: RivalTransaction;
  let spentDeposit: StartedExit;
  const spend = join(network.data, "spend.json");

  await t.test("bob spends what alice paid him, and both take part all the same", async () => {
    sent = await ok<Sent>("send", "bob", "0.75", "eth", "--wait");
    await ok<Sent>("send", "carol", "0.75", "eth", "--account", "bob", "--wait");
    rival = await signRival(network, { from: "alice", to: "carol", position: "d0" });
    started = await ok<StartedInFlight>("exit", "in-flight", sent.txId);
    await ok<StartedInFlight>("exit", "piggyback", sent.txId, "--account", "bob");
  });

  await t.test("carol, who owns nothing of it, is told what she could challenge", async () => {
    const [exit] = (await ok<NextSteps>("exit", "next", "--account", "carol")).inFlight;
    assert.deepEqual(exit?.roles, ["bystander"]);
    assert.deepEqual(
      exit.steps.map(({ action, pieces, before, reward }) => [action, pieces, before, reward]),
      [["challenge", ["out0"], started.exitableAt, started.bond]],
    );
    assert.ok(BigInt(exit.steps[0]?.gas ?? 0) > 0n);
  });

  await t.test("the output: with the operator's spend, saved before the operator went", async () => {
    const out0 = ["challenge", sent.txId, "--piece", "out0", "--account", "carol"];
    await fails("SPEND_UNKNOWN", 3, "challenge", sent.txId, "--piece", "out1", "--account", "carol");
    await fails("PIECE_UNKNOWN", 2, "challenge", sent.txId, "--piece", "out2", "--spend", rival.file);
    await ok(...out0, "--save", spend);
    await ok<Listed>("outputs", "--account", "carol");
    await network.operator.stop("SIGKILL");
    await fails("SPEND_UNRELATED", 2, ...out0, "--spend", rival.file);
    assert.equal((await ok<{ reward: string }>(...out0, "--spend", spend)).reward, started.bond);
    await fails("PIECE_UNAVAILABLE", 3, ...out0, "--spend", spend);
  });

  await t.test("the input: with a transaction that alice signed besides", async () => {
    const won = await ok<{ reward: string }>(
      ...["challenge", sent.txId, "--piece", "in0", "--spend", rival.file, "--account", "carol"],
    );
    assert.equal(won.reward, started.bond);
    const [exit] = (await ok<ListedExits>("exit", "list")).inFlight;
    assert.deepEqual(
      exit?.pieces.map(({ piece, state }) => [piece, state]),
      [
        ["in0", "challenged"],
        ["out0", "challenged"],
        ["out1", "live"],
      ],
    );
    assert.deepEqual(
      (await ok<NextSteps>("exit", "next", "--account", "bob")).inFlight[0]?.steps.map(({ action }) => action),
      ["wait"],
    );
  });

  await t.test("a standard exit of the same input comes too late: only its bond comes back", async () => {
    spentDeposit = await ok<StartedExit>("exit", "start", "d0", "--spent-anyway");
    await ok<StartedExit>("exit", "start", "2:0:0", "--account", "carol");
    // Times are rounded up to a step of the period (R12).
    await network.pass(2 * EXIT_PERIOD + 60);
    const first = await ok<Processed>("exit", "process", "--max", "1", "--account", "bob");
    assert.deepEqual(
      [first.decided[0]?.canonical, first.paid.map(({ amount }) => amount)],
      [true, [parseEther("1.25").toString()]],
    );
    const { exits } = await ok<ListedExits>("exit", "list");
    assert.deepEqual(
      exits.map(({ position, status, bondOnly }) => [position, status, bondOnly]),
      [["d0", "ready", true]],
    );
    const rest = await ok<Processed>("exit", "process", "--account", "bob");
    assert.deepEqual(rest.dropped, [spentDeposit.outputId]);
    assert.deepEqual(
      rest.paid.map(({ owner, amount }) => [owner, amount]),
      [[network.address("carol"), parseEther("0.75").toString()]],
    );
    const [after] = (await ok<NextSteps>("exit", "next")).exits;
    assert.deepEqual([after?.status, after?.next], ["spent", "none"]);
  });

  await t.test("to the wei: alice and bob have each lost a bond, and carol has them", async () => {
    const bond = BigInt(started.bond);
    assert.deepEqual(await audit.gains(), {
      alice: parseEther("1.25") - bond,
      bob: -bond,
      carol: parseEther("0.75") + 2n * bond,
    });
    assert.deepEqual(await audit.contract(), { balance: 0n, pot: 0n });
  });
});
