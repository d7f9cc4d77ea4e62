import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { parseEther } from "viem";
import { dataPaths } from "../../cli/paths.ts";
import {
  type Deposited,
  EXIT_PERIOD,
  type Listed,
  type NextSteps,
  type Processed,
  runCli,
  type Sent,
  type StartedExit,
  startTestNetwork,
} from "../support/devNetwork.ts";

const network = await startTestNetwork();
after(() => network.close());
const { ok, fails, node } = network;

test("with the operator and its data gone, proof files are enough to exit (I4)", async (t) => {
  let bobsProof = "";

  await t.test("payments are made and proofs kept as a matter of course", async () => {
    await ok<Deposited>("deposit", "2", "eth", "--wait");
    await ok<Deposited>("deposit", "1", "eth", "--to", "carol", "--wait");
    await ok<Sent>("send", "bob", "0.75", "eth", "--wait");
    bobsProof = (await ok<Listed>("outputs", "--account", "bob")).outputs[0]?.proofFile ?? "";
    assert.notEqual(bobsProof, "");
  });

  await t.test("the operator dies and its disk is lost", async () => {
    await network.operator.stop("SIGKILL");
    rmSync(dataPaths(network.data).operator, { recursive: true });
    await fails("OPERATOR_UNREACHABLE", 4, "balance");
    await fails("OPERATOR_UNREACHABLE", 4, "send", "bob", "0.1", "eth");
  });

  await t.test("the wallet still lists what it can exit, and not what it has spent", async () => {
    const { outputs } = await ok<Listed>("outputs");
    assert.deepEqual(
      outputs.map(({ position, status }) => [position, status]),
      [["1:0:1", "stored"]],
    );
  });

  await t.test("alice exits her change by its position", async () => {
    await ok<StartedExit>("exit", "start", "1:0:1");
  });

  await t.test("carol exits a deposit whose proof she never stored: L1 has it", async () => {
    await ok<StartedExit>("exit", "start", "d1", "--account", "carol");
  });

  await t.test("an output without a proof anywhere is said to be out of reach", async () => {
    await fails("PROOF_UNKNOWN", 2, "exit", "start", "1:0:0", "--account", "alice");
  });

  await t.test("bob exits on another machine with his key, the proof file and an Ethereum node", async () => {
    const machine = mkdtempSync(join(tmpdir(), "plasma-other-"));
    t.after(() => rmSync(machine, { recursive: true, force: true }));
    copyFileSync(bobsProof, join(machine, "proof.json"));
    const env = { PLASMA_DATA: join(machine, "data"), PLASMA_PASSWORD: "another password" };
    const key = await network.privateKey("bob");
    const imported = await runCli(["account", "import", "--light"], { env, stdin: `${key}\n` });
    assert.equal(imported.exitCode, 0, imported.stderr);
    const chain = ["--rpc-url", network.rpcUrl, "--contract", network.contract];
    const started = await runCli(["exit", "start", "--proof", join(machine, "proof.json"), ...chain], { env });
    assert.equal(started.exitCode, 0, started.stderr);
    assert.ok(!`${imported.stdout}${imported.stderr}${started.stdout}`.includes(key.slice(2)));
  });

  await t.test("all three are paid in full", async () => {
    await network.pass(2 * EXIT_PERIOD + 60);
    const before = await node.getBalance({ address: network.contract });
    const { paid } = await ok<Processed>("exit", "process", "--account", "carol");
    assert.deepEqual(
      new Map(paid.map(({ owner, amount }) => [owner, amount])),
      new Map([
        [network.address("alice"), parseEther("1.25").toString()],
        [network.address("bob"), parseEther("0.75").toString()],
        [network.address("carol"), parseEther("1").toString()],
      ]),
    );
    assert.ok(before > parseEther("3"));
    assert.equal(await node.getBalance({ address: network.contract }), 0n);
    assert.equal((await ok<NextSteps>("exit", "next")).exits[0]?.next, "none");
  });
});
