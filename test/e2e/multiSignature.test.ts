import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { parseEther } from "viem";
import type { Deposited } from "../support/devNetwork.ts";
import { startTestNetwork } from "../support/devNetwork.ts";
import {
  type Guarded,
  type GuardedSpend,
  holdings,
  openFile,
  processAll,
  refusals,
  takeAll,
  takeToL1,
} from "../support/guarded.ts";
import { auditMoney } from "../support/moneyAudit.ts";

const network = await startTestNetwork();
after(() => network.close());
const { ok, fails, data } = network;

const safe = join(data, "safe.json");
const spend = join(data, "spend.json");
const owners = ["alice", "bob", "carol"] as const;

interface Partial {
  readonly txId: `0x${string}`;
  readonly signers: readonly string[];
  readonly needed: number;
}

const sign = (file: string, name: string, ...more: readonly string[]) =>
  ok<Partial>("multisig", "sign", file, "--account", name, ...more);

test("money of three, spent by any two of them", async (t) => {
  await ok<Deposited>("deposit", "10", "eth", "--wait");
  await ok("condition", "register", "multiSignature");

  await t.test("alice puts 6 ETH where two of three spend it; it is nobody's alone", async () => {
    const terms = ["--threshold", "2", "--owners", ...owners];
    await fails(
      "CONDITION_PARAMS_INVALID",
      3,
      "multisig",
      "create",
      "6",
      "eth",
      "--threshold",
      "4",
      "--owners",
      ...owners,
    );
    const made = await ok<Guarded>("multisig", "create", "6", "eth", ...terms, "--out", safe);
    assert.equal(made.amount, parseEther("6").toString());
    assert.deepEqual(await Promise.all(owners.map((name) => holdings(network, name))), [
      [parseEther("4"), 0n],
      [0n, 0n],
      [0n, 0n],
    ]);
    const { conditional } = await ok<{ conditional: { kind: string; next: { action: string } }[] }>("exit", "next");
    assert.deepEqual(
      conditional.map(({ kind, next }) => [kind, next.action]),
      [["multiSignature", "spend"]],
    );
  });

  await t.test("one signature is not enough, for nobody", async () => {
    await ok<Partial>("multisig", "spend", safe, "bob", "2", "eth", "--out", spend);
    await fails("MULTISIG_INCOMPLETE", 3, "multisig", "send", spend);
    const signed = await sign(spend, "bob");
    assert.deepEqual([signed.signers, signed.needed], [[network.address("bob")], 1]);
    await fails("MULTISIG_INCOMPLETE", 3, "multisig", "send", spend);
    await sign(spend, "bob");
    await fails("MULTISIG_INCOMPLETE", 3, "multisig", "send", spend);
    const alone = takeAll(openFile(safe), network.address("bob"));
    assert.deepEqual(await refusals(network, "bob", openFile(safe), alone), [
      "TX_CONDITION_REFUSED",
      "CONDITION_REFUSED",
    ]);
  });

  await t.test("nobody signs a second spend of the same money by mistake", async () => {
    const other = join(data, "other.json");
    await ok<Partial>("multisig", "spend", safe, "carol", "3", "eth", "--out", other);
    await fails("SIGNED_ANOTHER", 3, "multisig", "sign", other, "--account", "bob");
  });

  await t.test("with the second signature it pays, and the rest stays shared", async () => {
    assert.equal((await sign(spend, "alice")).needed, 0);
    const sent = await ok<GuardedSpend>("multisig", "send", spend, "--account", "alice");
    assert.deepEqual(
      sent.outputs.map(({ owner, amount }) => [owner, amount]),
      [
        [network.address("bob"), parseEther("2").toString()],
        [`0x${"00".repeat(20)}`, parseEther("4").toString()],
      ],
    );
    assert.deepEqual(await holdings(network, "bob"), [parseEther("2"), 0n]);
    const rest = sent.outputs[1]?.position ?? "";
    await ok<Partial>("multisig", "spend", rest, "carol", "1", "eth", "--and", "alice 3 eth", "--out", spend);
    await sign(spend, "carol");
    await sign(spend, "bob");
    await ok<GuardedSpend>("multisig", "send", spend, "--account", "carol");
    assert.deepEqual(await holdings(network, "carol"), [parseEther("1"), 0n]);
    assert.deepEqual(await holdings(network, "alice"), [parseEther("7"), 0n]);
  });

  await t.test("with the operator gone, two owners take it to Ethereum", async () => {
    await ok<Guarded>("multisig", "create", "5", "eth", "--threshold", "2", "--owners", ...owners, "--out", safe);
    await network.operator.stop("SIGKILL");
    const audit = await auditMoney(network);
    await ok<Partial>(
      "multisig",
      "spend",
      safe,
      "bob",
      "2",
      "eth",
      "--and",
      "carol 3 eth",
      "--offline",
      "--out",
      spend,
    );
    await sign(spend, "alice");
    await fails("CONDITION_REFUSED", 3, "exit", "in-flight", spend, "--account", "alice");
    const { txId } = await sign(spend, "carol");
    await fails("OPERATOR_UNREACHABLE", 4, "multisig", "send", spend, "--account", "carol");
    await takeToL1(network, txId, "carol", ["bob"]);
    const [processed] = await processAll(network);
    assert.deepEqual(
      processed?.decided.map((exit) => [exit.txId, exit.canonical]),
      [[txId, true]],
    );
    assert.deepEqual(await audit.gains(), { alice: 0n, bob: parseEther("2"), carol: parseEther("3") });
  });
});
