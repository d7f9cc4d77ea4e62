import assert from "node:assert/strict";
import { after, test } from "node:test";
import { parseEther } from "viem";
import {
  type Deposited,
  EXIT_PERIOD,
  type ListedExits,
  type NextSteps,
  type Processed,
  type Sent,
  type StartedExit,
  type StartedInFlight,
  startTestNetwork,
} from "../support/devNetwork.ts";
import { auditMoney } from "../support/moneyAudit.ts";
import { waitForCommit } from "../support/waitForCommit.ts";

const network = await startTestNetwork();
after(() => network.close());
const { ok, fails, token } = network;

test("an in-flight exit of two tokens has one verdict and a place in two queues", async (t) => {
  await ok<Deposited>("deposit", "0.5", "eth", "--account", "carol");
  await ok<Deposited>("deposit", "5", "DEV", "--account", "carol");
  await ok<Deposited>("deposit", "1", "eth");
  await ok<Deposited>("deposit", "100", "DEV", "--wait");
  const audit = await auditMoney(network);
  let sent: Sent;
  let started: StartedInFlight;

  await t.test("a payment in both tokens is withheld", async () => {
    sent = await ok<Sent>("send", "bob", "0.25", "eth", "--and", "bob 40 DEV");
    await waitForCommit(network, BigInt(sent.block));
    await network.operator.stop("SIGKILL");
  });

  await t.test("it takes its place behind the exits of older money, in each queue", async () => {
    await ok<StartedExit>("exit", "start", "d0", "--account", "carol");
    await ok<StartedExit>("exit", "start", "d1", "--account", "carol");
    started = await ok<StartedInFlight>("exit", "in-flight", sent.txId);
    assert.deepEqual(started.pieces, ["in0", "in1", "out2", "out3"]);
    const joined = await ok<StartedInFlight>("exit", "piggyback", sent.txId, "--account", "bob");
    assert.deepEqual(joined.pieces, ["out0", "out1"]);
    assert.equal(BigInt(joined.bonds), 2n * BigInt(started.bond));
  });

  await t.test("processing one token gives the verdict and pays that token", async () => {
    await network.pass(2 * EXIT_PERIOD + 60);
    const { paid, decided } = await ok<Processed>("exit", "process", "eth", "--account", "carol");
    assert.deepEqual(
      decided.map(({ canonical }) => canonical),
      [true],
    );
    assert.deepEqual(
      paid.map(({ owner, amount }) => [owner, amount]),
      [
        [network.address("carol"), parseEther("0.5").toString()],
        [network.address("bob"), parseEther("0.25").toString()],
        [network.address("alice"), parseEther("0.75").toString()],
      ],
    );
    const [exit] = (await ok<NextSteps>("exit", "next", "--account", "bob")).inFlight;
    assert.deepEqual([exit?.status, exit?.verdict], ["ready", "canonical"]);
    assert.deepEqual(
      exit?.pieces.map(({ piece, state }) => [piece, state]),
      [
        ["in0", "done"],
        ["in1", "live"],
        ["out0", "done"],
        ["out1", "live"],
        ["out2", "done"],
        ["out3", "live"],
      ],
    );
    assert.deepEqual(
      exit?.steps.map(({ action, tokens, gas }) => [action, tokens, gas === null]),
      [["process", [token], false]],
    );
    await fails("QUEUE_EMPTY", 3, "exit", "process", "eth");
  });

  await t.test("processing the other pays the rest, without another verdict", async () => {
    const { paid, decided } = await ok<Processed>("exit", "process", "DEV", "--account", "carol");
    assert.deepEqual(decided, []);
    assert.deepEqual(
      paid.map(({ owner, amount }) => [owner, amount]),
      [
        [network.address("carol"), parseEther("5").toString()],
        [network.address("bob"), parseEther("40").toString()],
        [network.address("alice"), parseEther("60").toString()],
      ],
    );
    const [exit] = (await ok<ListedExits>("exit", "list")).inFlight;
    assert.equal(exit?.status, "canonical");
  });

  await t.test("to the wei, in both tokens", async () => {
    assert.deepEqual(await audit.gains(), {
      alice: parseEther("0.75"),
      bob: parseEther("0.25"),
      carol: parseEther("0.5"),
    });
    assert.deepEqual(await audit.tokenGains(), {
      alice: parseEther("60"),
      bob: parseEther("40"),
      carol: parseEther("5"),
    });
    assert.deepEqual(await audit.contract(), { balance: 0n, pot: 0n });
    assert.deepEqual(await audit.contract(token), { balance: 0n, pot: 0n });
  });
});
