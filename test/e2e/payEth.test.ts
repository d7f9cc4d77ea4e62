import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { parseEther } from "viem";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import {
  type Balances,
  type Deposited,
  EXIT_PERIOD,
  type Listed,
  type NextSteps,
  type Processed,
  type Sent,
  type StartedExit,
  startTestNetwork,
} from "../support/devNetwork.ts";

const network = await startTestNetwork();
after(() => network.close());
const { ok, fails, node } = network;

const balanceOf = async (name: string) => (await ok<Balances>("balance", "--account", name)).balances[0];

test("ETH: deposit, pay, block, proof, exit, payout", async (t) => {
  let bobsOutput = "";
  let bond = 0n;

  await t.test("alice deposits; her balance is proven on L1", async () => {
    const quote = await ok<{ transactions: { gas: string }[] }>("deposit", "1.5", "eth", "--dry-run");
    assert.ok(Number(quote.transactions[0]?.gas) > 50_000);
    const deposited = await ok<Deposited>("deposit", "1.5", "eth", "--wait");
    assert.equal(deposited.position, "d0");
    assert.equal(deposited.amount, parseEther("1.5").toString());
    assert.equal((await balanceOf("alice"))?.verified, parseEther("1.5").toString());
  });

  await t.test("a dry run of a payment changes nothing", async () => {
    const quote = await ok<Sent>("send", "bob", "0.2", "eth", "--dry-run");
    assert.deepEqual(quote.inputs, ["d0"]);
    assert.equal((await ok<Listed>("outputs")).outputs[0]?.position, "d0");
  });

  await t.test("alice pays bob; the block is committed and both see it proven", async () => {
    const sent = await ok<Sent>("send", "bob", "0.2", "eth", "--wait");
    assert.equal(sent.status, "committed");
    assert.deepEqual(
      sent.outputs.map(({ owner, amount }) => [owner, amount]),
      [
        [network.address("bob"), parseEther("0.2").toString()],
        [network.address("alice"), parseEther("1.3").toString()],
      ],
    );
    bobsOutput = sent.outputs[0]?.position ?? "";
    assert.equal(bobsOutput, "1:0:0");
    assert.equal((await balanceOf("alice"))?.verified, parseEther("1.3").toString());
    assert.equal((await balanceOf("bob"))?.verified, parseEther("0.2").toString());
  });

  await t.test("the proof verifies offline and against L1, and not after a change", async () => {
    const file = join(network.data, "proof.json");
    await ok("proof", bobsOutput, "--out", file);
    assert.equal((await ok<{ comparedWithL1: boolean }>("verify", file)).comparedWithL1, false);
    assert.equal((await ok<{ comparedWithL1: boolean }>("verify", file, "--l1")).comparedWithL1, true);
    await fails("PROOF_WRONG_CHAIN", 3, "verify", file, "--chain-id", "1");
  });

  await t.test("bob starts to exit, and is told to wait", async () => {
    await fails("NOT_OWNER", 3, "exit", "start", bobsOutput, "--account", "alice");
    const started = await ok<StartedExit>("exit", "start", bobsOutput, "--account", "bob");
    bond = BigInt(started.bond);
    assert.ok(bond > 0n);
    const [step] = (await ok<NextSteps>("exit", "next", "--account", "bob")).exits;
    assert.deepEqual(
      [step?.position, step?.status, step?.next, step?.at],
      [bobsOutput, "waiting", "wait", started.exitableAt],
    );
    await fails("EXIT_NOT_MATURED", 3, "exit", "process");
    await fails("EXIT_EXISTS", 3, "exit", "start", bobsOutput, "--account", "bob");
  });

  await t.test("what exits can no longer pay", async () => {
    await fails("FUNDS_LOW", 3, "send", "alice", "0.1", "eth", "--account", "bob");
  });

  await t.test("after the exit period anyone pays it out, to the wei", async () => {
    await network.pass(2 * EXIT_PERIOD + 60);
    assert.equal((await ok<NextSteps>("exit", "next", "--account", "bob")).exits[0]?.next, "process");
    const before = await node.getBalance({ address: network.address("bob") });
    const { paid } = await ok<Processed>("exit", "process", "--account", "alice");
    assert.deepEqual(
      paid.map(({ owner, amount }) => [owner, amount]),
      [[network.address("bob"), parseEther("0.2").toString()]],
    );
    const gained = (await node.getBalance({ address: network.address("bob") })) - before;
    assert.equal(gained, parseEther("0.2") + bond);
    assert.equal((await ok<NextSteps>("exit", "next", "--account", "bob")).exits[0]?.next, "none");
    assert.equal((await balanceOf("bob"))?.verified, "0");
  });

  await t.test("the contract owes exactly what is left", async () => {
    const [pot] = await node.readContract({
      address: network.contract,
      abi: rootChainAbi,
      functionName: "pot",
      args: [`0x${"00".repeat(20)}`],
    });
    assert.equal(pot, parseEther("1.3"));
    assert.equal(await node.getBalance({ address: network.contract }), pot);
  });

  await t.test("an output that was paid out cannot exit again", async () => {
    await fails("EXIT_EXISTS", 3, "exit", "start", bobsOutput, "--account", "bob", "--spent-anyway");
    await fails("QUEUE_EMPTY", 3, "exit", "process");
  });
});
