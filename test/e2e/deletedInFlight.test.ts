import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type Hex, parseEther } from "viem";
import {
  type Deposited,
  EXIT_PERIOD,
  type ListedExits,
  type NextSteps,
  runCli,
  type Sent,
  type StartedInFlight,
  startTestNetwork,
} from "../support/devNetwork.ts";
import { startLyingOperator } from "../support/lyingOperator.ts";
import { auditMoney } from "../support/moneyAudit.ts";

const network = await startTestNetwork();
after(() => network.close());
const { ok, fails } = network;

test("an in-flight exit in which nobody takes part is deleted, and then its money may pay again (R24)", async (t) => {
  await ok<Deposited>("deposit", "1", "eth", "--account", "carol");
  await ok<Deposited>("deposit", "2", "eth", "--wait");
  const audit = await auditMoney(network);
  let txId: Hex = "0x";
  let started: StartedInFlight;

  await t.test("a payment that the operator never got may still happen: its money pays nothing else", async (t) => {
    const deaf = await startLyingOperator(network.operatorUrl, async (method, ask) =>
      method === "plasma_sendTransaction" ? undefined : ask(),
    );
    t.after(() => deaf.close());
    const args = ["send", "bob", "0.75", "eth", "--operator-url", deaf.url, "--data", network.data, "--json"];
    const { stdout, exitCode } = await runCli(args);
    assert.equal(exitCode, 4);
    txId = JSON.parse(stdout).error.details.txId;
    assert.deepEqual(
      (await ok<NextSteps>("exit", "next")).payments.map((payment) => [payment.txId, payment.next]),
      [[txId, "resend"]],
    );
    await fails("PAYMENT_UNRESOLVED", 3, "send", "bob", "0.5", "eth");
  });

  await t.test("it is taken to L1 with nobody in it, and the operator is not there to include it (R28)", async () => {
    await network.operator.stop();
    started = await ok<StartedInFlight>("exit", "in-flight", txId, "--pieces", "none");
    assert.deepEqual([started.pieces, started.bonds], [[], started.bond]);
    await fails("WRONG_PHASE", 3, "exit", "delete", txId);
    const [exit] = (await ok<NextSteps>("exit", "next")).inFlight;
    assert.deepEqual(exit?.roles, ["sender", "receiver", "starter", "bond owner"]);
    assert.deepEqual(
      exit.steps.map(({ action, pieces, at, next }) => [action, pieces ?? at, next]),
      [
        ["piggyback", ["in0", "out1"], undefined],
        ["wait", started.phaseOneEnds, "delete"],
      ],
    );
  });

  await t.test("even after its end its money pays nothing else while it is in flight", async () => {
    await network.pass(EXIT_PERIOD + 60);
    await network.restartOperator();
    await ok<Sent>("send", "bob", "0.25", "eth", "--account", "carol", "--wait");
    await fails("PAYMENT_UNRESOLVED", 3, "send", "bob", "0.5", "eth");
    await fails("WRONG_PHASE", 3, "exit", "piggyback", txId);
  });

  await t.test("anyone deletes it, and the bond goes back to its starter", async () => {
    const quote = await ok<{ bondOwner: string; transactions: { gas: string }[] }>("exit", "delete", txId, "--dry-run");
    assert.equal(quote.bondOwner, network.address("alice"));
    await ok("exit", "delete", txId, "--account", "carol");
    const [exit] = (await ok<ListedExits>("exit", "list")).inFlight;
    assert.equal(exit?.status, "deleted");
    await fails("IN_FLIGHT_EXIT_UNKNOWN", 3, "exit", "delete", txId);
    assert.deepEqual(await audit.gains(), { alice: 0n, bob: 0n, carol: 0n });
    assert.deepEqual(await audit.contract(), { balance: parseEther("3"), pot: parseEther("3") });
  });

  await t.test("now the money may pay again", async () => {
    await ok<Deposited>("deposit", "0.1", "eth", "--account", "carol", "--wait");
    const sent = await ok<Sent>("send", "bob", "0.5", "eth", "--wait");
    assert.equal(sent.status, "committed");
  });
});
