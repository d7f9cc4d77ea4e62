import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, test } from "node:test";
import { parseEther } from "viem";
import { dataPaths } from "../../cli/paths.ts";
import {
  type Deposited,
  EXIT_PERIOD,
  type ListedExits,
  type NextSteps,
  type Processed,
  type Sent,
  type StartedInFlight,
  startTestNetwork,
} from "../support/devNetwork.ts";
import { auditMoney } from "../support/moneyAudit.ts";
import { waitForCommit } from "../support/waitForCommit.ts";

const network = await startTestNetwork();
after(() => network.close());
const { ok, fails } = network;

test("the receiver of a payment is paid although its block is withheld (I4)", async (t) => {
  await ok<Deposited>("deposit", "2", "eth", "--wait");
  const audit = await auditMoney(network);
  let sent: Sent;
  let started: StartedInFlight;

  await t.test("the operator takes the payment, commits its block, and is never heard of again", async () => {
    sent = await ok<Sent>("send", "bob", "0.75", "eth");
    await waitForCommit(network, BigInt(sent.block));
    await network.operator.stop("SIGKILL");
    rmSync(dataPaths(network.data).operator, { recursive: true });
  });

  await t.test("the wallet says what to do about it, and what not", async () => {
    const { payments } = await ok<NextSteps>("exit", "next");
    assert.deepEqual(
      payments.map(({ txId, next }) => [txId, next]),
      [[sent.txId, "exit in-flight"]],
    );
    await fails("SPENT_BY_WALLET", 3, "exit", "start", "d0");
    await fails("PAYMENT_UNKNOWN", 2, "exit", "in-flight", sent.txId, "--account", "bob");
  });

  await t.test("the sender takes the payment to L1 with what her wallet kept, both sides at once", async () => {
    const quote = await ok<StartedInFlight & { transactions: { gas: string }[] }>(
      ...["exit", "in-flight", sent.txId, "--dry-run"],
    );
    started = await ok<StartedInFlight>("exit", "in-flight", sent.txId);
    assert.deepEqual([started.pieces, quote.pieces], [["in0", "out1"], started.pieces]);
    assert.equal(BigInt(started.bonds), 3n * BigInt(started.bond));
    assert.ok(BigInt(quote.transactions[0]?.gas ?? 0) > 0n);
    await fails("IN_FLIGHT_EXIT_EXISTS", 3, "exit", "in-flight", sent.txId);
  });

  await t.test("the receiver sees his part in it, until when, and at what cost", async () => {
    const [exit] = (await ok<NextSteps>("exit", "next", "--account", "bob")).inFlight;
    assert.deepEqual(exit?.roles, ["receiver"]);
    const [join, wait] = exit?.steps ?? [];
    assert.deepEqual(
      [join?.action, join?.pieces, join?.before, join?.value],
      ["piggyback", ["out0"], started.phaseOneEnds, started.bond],
    );
    assert.ok(BigInt(join?.gas ?? 0) > 0n);
    assert.deepEqual([wait?.action, wait?.at], ["wait", started.exitableAt]);
    await fails("PIECE_NONE", 3, "exit", "piggyback", sent.txId, "--account", "carol");
    await fails("NOT_PIECE_OWNER", 3, "exit", "piggyback", sent.txId, "--pieces", "out0", "--account", "carol");
    const joined = await ok<StartedInFlight>("exit", "piggyback", sent.txId, "--account", "bob");
    assert.deepEqual(joined.pieces, ["out0"]);
    await fails("PIECE_UNAVAILABLE", 3, "exit", "piggyback", sent.txId, "--pieces", "out0", "--account", "bob");
  });

  await t.test("nothing can be done until its time", async () => {
    await fails("EXIT_NOT_MATURED", 3, "exit", "process");
    await network.pass(EXIT_PERIOD / 2);
    const [exit] = (await ok<NextSteps>("exit", "next", "--account", "bob")).inFlight;
    assert.deepEqual(
      exit?.steps.map(({ action, next, at }) => [action, next, at]),
      [["wait", "process", started.exitableAt]],
    );
    await fails("PIECES_LIVE", 3, "exit", "delete", sent.txId);
  });

  await t.test("then both are paid", async () => {
    await network.pass(2 * EXIT_PERIOD + 60);
    const [exit] = (await ok<NextSteps>("exit", "next")).inFlight;
    assert.deepEqual(
      exit?.steps.map(({ action, gas }) => [action, gas === null]),
      [["process", false]],
    );
    const { decided, paid } = await ok<Processed>("exit", "process", "--account", "carol");
    assert.deepEqual(
      decided.map(({ txId, canonical }) => [txId, canonical]),
      [[sent.txId, true]],
    );
    assert.deepEqual(
      paid.map(({ owner, amount }) => [owner, amount]),
      [
        [network.address("bob"), parseEther("0.75").toString()],
        [network.address("alice"), parseEther("1.25").toString()],
      ],
    );
  });

  await t.test("to the wei: every bond is back, and the contract keeps nothing", async () => {
    assert.deepEqual(await audit.gains(), { alice: parseEther("1.25"), bob: parseEther("0.75"), carol: 0n });
    assert.deepEqual(await audit.contract(), { balance: 0n, pot: 0n });
    const { inFlight } = await ok<ListedExits>("exit", "list", "--account", "bob");
    assert.deepEqual(
      inFlight.map(({ txId, status }) => [txId, status]),
      [[sent.txId, "canonical"]],
    );
    assert.deepEqual((await ok<NextSteps>("exit", "next")).payments, []);
  });
});
