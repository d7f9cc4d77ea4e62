import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { parseEther } from "viem";
import {
  type Deposited,
  EXIT_PERIOD,
  type Processed,
  type Sent,
  type StartedExit,
  startTestNetwork,
} from "../support/devNetwork.ts";

const network = await startTestNetwork();
after(() => network.close());
const { ok, fails, node } = network;

test("somebody else starts an exit for an owner who has no ETH on L1 (R30)", async (t) => {
  const permission = join(network.data, "permission.json");
  let proofFile = "";
  let exit: StartedExit;

  await t.test("bob is paid on the chain and cannot pay for an exit", async () => {
    await ok<Deposited>("deposit", "1", "eth", "--wait");
    await ok<Sent>("send", "bob", "0.6", "eth", "--wait");
    await node.setBalance({ address: network.address("bob"), value: 0n });
    await fails("L1_FUNDS_LOW", 3, "exit", "start", "1:0:0", "--account", "bob");
  });

  await t.test("he lets carol do it; nobody else can use the permission", async () => {
    const given = ["--starter", "carol", "--out", permission, "--account", "bob"];
    ({ proofFile } = await ok<{ proofFile: string }>("exit", "authorize", "1:0:0", ...given));
    const start = ["exit", "start", "--proof", proofFile, "--authorization", permission];
    await fails("AUTHORIZATION_INVALID", 3, ...start, "--account", "alice");
    await fails("NOT_OWNER", 3, "exit", "start", "--proof", proofFile, "--account", "carol");
    await fails("NOT_OWNER", 3, "exit", "authorize", "1:0:0", "--out", permission, "--account", "alice");
    exit = await ok<StartedExit>(...start, "--account", "carol");
  });

  await t.test("the money comes to bob and the bond back to carol", async () => {
    await network.pass(2 * EXIT_PERIOD + 60);
    const before = await node.getBalance({ address: network.address("carol") });
    await ok<Processed>("exit", "process");
    assert.equal(await node.getBalance({ address: network.address("bob") }), parseEther("0.6"));
    assert.equal((await node.getBalance({ address: network.address("carol") })) - before, BigInt(exit.bond));
  });
});
