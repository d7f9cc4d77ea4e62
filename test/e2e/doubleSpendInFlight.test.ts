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
  type StartedInFlight,
  startTestNetwork,
} from "../support/devNetwork.ts";
import { auditMoney } from "../support/moneyAudit.ts";
import { type RivalTransaction, signRival } from "../support/rivalTransaction.ts";
import { waitForCommit } from "../support/waitForCommit.ts";

const network = await startTestNetwork();
after(() => network.close());
const { ok, fails } = network;

test("a sender who signed twice, with the block withheld, gets her input back once and no more", async (t) => {
  await ok<Deposited>("deposit", "2", "eth", "--wait");
  const audit = await auditMoney(network);
  let sent: Sent;
  let started: StartedInFlight;
  let rival: RivalTransaction;

  await t.test("bob is promised a payment in a block that nobody sees, and carol the same money", async () => {
    sent = await ok<Sent>("send", "bob", "0.75", "eth");
    await waitForCommit(network, BigInt(sent.block));
    await network.operator.stop("SIGKILL");
    rival = await signRival(network, { from: "alice", to: "carol", position: "d0" });
    started = await ok<StartedInFlight>("exit", "in-flight", sent.txId);
    await ok<StartedInFlight>("exit", "piggyback", sent.txId, "--account", "bob");
  });

  await t.test("carol shows the competitor and owns the exit's bond", async () => {
    await fails("SPEND_UNKNOWN", 3, "challenge", sent.txId, "--account", "carol");
    const asCarol = ["challenge", sent.txId, "--spend", rival.file, "--account", "carol"];
    const quote = await ok<{ reward: string; spendId: string }>(...asCarol, "--dry-run");
    assert.deepEqual([quote.reward, quote.spendId], [started.bond, rival.txId]);
    await ok(...asCarol);
    const [exit] = (await ok<ListedExits>("exit", "list", "--all", "--log-range", "3")).inFlight;
    assert.deepEqual([exit?.contested, exit?.bondOwner], [true, network.address("carol")]);
    await fails("NOT_OLDER", 3, ...asCarol);
  });

  await t.test("nobody can show the block that would answer her", async () => {
    await fails("INCLUSION_UNKNOWN", 3, "respond", sent.txId);
    const steps = (await ok<NextSteps>("exit", "next")).inFlight[0]?.steps;
    assert.deepEqual(
      steps?.map(({ action }) => action),
      ["wait"],
    );
  });

  await t.test("the verdict pays the input, and no output", async () => {
    await network.pass(2 * EXIT_PERIOD + 60);
    await fails("WRONG_PHASE", 3, "challenge", sent.txId, "--spend", rival.file, "--account", "carol");
    const { decided, paid } = await ok<Processed>("exit", "process", "--account", "bob");
    assert.deepEqual(decided, [
      { txId: sent.txId, canonical: false, bondOwner: network.address("carol"), bond: started.bond },
    ]);
    assert.deepEqual(
      paid.map(({ owner, amount }) => [owner, amount]),
      [[network.address("alice"), parseEther("2").toString()]],
    );
  });

  await t.test("she gets it by no other way again, and neither does carol", async () => {
    await fails("EXIT_EXISTS", 3, "exit", "start", "d0", "--spent-anyway");
    await fails("OUTPUT_FINALISED", 3, "exit", "in-flight", rival.file, "--pieces", "in0");
    const second = await ok<StartedInFlight>("exit", "in-flight", rival.file, "--account", "carol");
    assert.deepEqual(second.pieces, ["out0"]);
    await network.pass(2 * EXIT_PERIOD + 60);
    const { decided, paid } = await ok<Processed>("exit", "process", "--account", "bob");
    assert.deepEqual(
      decided.map(({ txId, canonical }) => [txId, canonical]),
      [[rival.txId, false]],
    );
    assert.deepEqual(paid, []);
  });

  await t.test("to the wei: bob has lost nothing, alice the bond that carol earned", async () => {
    const bond = BigInt(started.bond);
    assert.deepEqual(await audit.gains(), { alice: parseEther("2") - bond, bob: 0n, carol: bond });
    assert.deepEqual(await audit.contract(), { balance: 0n, pot: 0n });
  });
});
