import assert from "node:assert/strict";
import { join } from "node:path";
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

const network = await startTestNetwork();
after(() => network.close());
const { ok, fails } = network;

test("a wrong canonicity challenge is answered with the block, and the bond is the responder's", async (t) => {
  await ok<Deposited>("deposit", "2", "eth", "--wait");
  const audit = await auditMoney(network);
  let sent: Sent;
  let started: StartedInFlight;
  let rival: RivalTransaction;
  const proof = join(network.data, "proof.json");

  await t.test("a payment that is in a block is taken to L1 all the same", async () => {
    sent = await ok<Sent>("send", "bob", "0.75", "eth", "--wait");
    await ok("proof", "1:0:0", "--out", proof);
    rival = await signRival(network, { from: "alice", to: "carol", position: "d0" });
    started = await ok<StartedInFlight>("exit", "in-flight", sent.txId);
    await ok<StartedInFlight>("exit", "piggyback", sent.txId, "--account", "bob");
    await fails("NOT_CONTESTED", 3, "respond", sent.txId);
    await network.operator.stop("SIGKILL");
  });

  await t.test("carol contests it with a competitor in no block", async () => {
    await ok("challenge", sent.txId, "--spend", rival.file, "--account", "carol");
  });

  await t.test("alice's wallet has kept the block and says so; bob has the proof in a file", async () => {
    const steps = (await ok<NextSteps>("exit", "next")).inFlight[0]?.steps ?? [];
    assert.deepEqual(
      steps.map(({ action, before, at }) => [action, before ?? at]),
      [
        ["respond", started.exitableAt],
        ["wait", started.exitableAt],
      ],
    );
    assert.ok(BigInt(steps[0]?.gas ?? 0) > 0n);
    await fails("INCLUSION_UNKNOWN", 3, "respond", sent.txId, "--account", "bob");
    const answer = ["respond", sent.txId, "--proof", proof, "--account", "bob"];
    assert.equal((await ok<{ reward: string }>(...answer, "--dry-run")).reward, started.bond);
    await ok(...answer);
    const [exit] = (await ok<ListedExits>("exit", "list", "--all")).inFlight;
    assert.deepEqual([exit?.contested, exit?.bondOwner], [false, network.address("bob")]);
    await fails("NOT_CONTESTED", 3, "respond", sent.txId);
    await fails("NOT_OLDER", 3, "challenge", sent.txId, "--spend", rival.file, "--account", "carol");
  });

  await t.test("the outputs are paid", async () => {
    await network.pass(2 * EXIT_PERIOD + 60);
    const { decided } = await ok<Processed>("exit", "process", "--account", "carol");
    assert.deepEqual(
      decided.map(({ canonical, bondOwner }) => [canonical, bondOwner]),
      [[true, network.address("bob")]],
    );
  });

  await t.test("to the wei: the exit's bond went from its starter to the responder", async () => {
    const bond = BigInt(started.bond);
    assert.deepEqual(await audit.gains(), {
      alice: parseEther("1.25") - bond,
      bob: parseEther("0.75") + bond,
      carol: 0n,
    });
    assert.deepEqual(await audit.contract(), { balance: 0n, pot: 0n });
  });
});
