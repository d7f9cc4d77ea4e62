import assert from "node:assert/strict";
import { after, test } from "node:test";
import { parseEther } from "viem";
import {
  type Deposited,
  EXIT_PERIOD,
  type NextSteps,
  type Processed,
  type Sent,
  type StartedInFlight,
  startTestNetwork,
} from "../support/devNetwork.ts";
import { auditMoney } from "../support/moneyAudit.ts";
import { waitForCommit } from "../support/waitForCommit.ts";

// The operator acknowledges, and brings nothing to L1 until it is started again.
const network = await startTestNetwork({ blockIntervalMs: 3_600_000 });
after(() => network.close());
const { ok, fails } = network;

test("a payment whose block comes after its end costs nobody a bond, if its exit starts before (R24)", async (t) => {
  await ok<Deposited>("deposit", "2", "eth", "--wait");
  const audit = await auditMoney(network);
  let sent: Sent;

  const advice = async () =>
    (await ok<NextSteps>("exit", "next")).payments.map(({ txId, next, endsSoon }) => [txId, next, endsSoon]);

  await t.test("the wallet waits for the block while there is time", async () => {
    sent = await ok<Sent>("send", "bob", "0.75", "eth");
    assert.deepEqual(await advice(), [[sent.txId, "wait", false]]);
  });

  await t.test("three eighths of the exit period before the end it calls for the in-flight exit", async () => {
    await network.pass((EXIT_PERIOD * 5) / 8 + 1);
    assert.deepEqual(await advice(), [[sent.txId, "exit in-flight", true]]);
    await ok<StartedInFlight>("exit", "in-flight", sent.txId);
    await ok<StartedInFlight>("exit", "piggyback", sent.txId, "--account", "bob");
    assert.deepEqual(await advice(), []);
  });

  await t.test("the block comes when the payment has ended: there is nothing left to answer", async () => {
    await network.pass((EXIT_PERIOD * 3) / 8);
    await network.operator.stop("SIGKILL");
    await network.restartOperator(["--block-interval-ms", "100"]);
    await waitForCommit(network, BigInt(sent.block));
    await fails("NOT_CONTESTED", 3, "respond", sent.txId, "--account", "carol");
  });

  await t.test("both are paid, and every bond is back", async () => {
    await network.pass(2 * EXIT_PERIOD);
    const { decided } = await ok<Processed>("exit", "process", "--account", "carol");
    assert.deepEqual(
      decided.map(({ txId, canonical }) => [txId, canonical]),
      [[sent.txId, true]],
    );
    assert.deepEqual(await audit.gains(), { alice: parseEther("1.25"), bob: parseEther("0.75"), carol: 0n });
    assert.deepEqual(await audit.contract(), { balance: 0n, pot: 0n });
  });
});
