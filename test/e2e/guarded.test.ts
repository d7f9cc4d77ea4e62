import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { findFreePort } from "../../cli/childProgram.ts";
import { guardKitSchema } from "../../client/guardKit.ts";
import {
  type Deposited,
  EXIT_PERIOD,
  type Listed,
  runCli,
  type Sent,
  startTestNetwork,
} from "../support/devNetwork.ts";
import { startLyingOperator } from "../support/lyingOperator.ts";

const watcherPort = await findFreePort("127.0.0.1");
const network = await startTestNetwork({ watcherPort });
after(() => network.close());
const { ok } = network;

interface Checked {
  readonly checks: readonly { readonly name: string; readonly status: string; readonly finding: string }[];
}

interface Watched {
  readonly verification: { readonly validBlock: string; readonly account: string | null };
  readonly alerts: readonly { readonly code: string; readonly subject: string }[];
}

const untilAlert = async (code: string, subject: string) => {
  for (;;) {
    const { alerts } = await ok<Watched>("watch", "--once");
    if (alerts.some((alert) => alert.code === code && alert.subject === subject)) return;
  }
};

const deposit = await ok<Deposited>("deposit", "1", "eth", "--wait");
const sent = await ok<Sent>("send", "bob", "0.4", "eth", "--wait");

test("doctor finds everything in order, and risk says what the contract says", async () => {
  while ((await ok<Watched>("watch", "--once")).verification.validBlock !== sent.block);
  const { checks } = await ok<Checked>("doctor");
  assert.deepEqual(
    checks.map(({ name, status }) => [name, status]),
    ["Ethereum", "operator", "watcher", "account", "proofs"].map((name) => [name, "ok"]),
  );
  const terms = await ok("risk");
  const { minExitPeriod, ethPot, newestBlock, operator, owner } = terms;
  assert.deepEqual([minExitPeriod, ethPot, newestBlock], [EXIT_PERIOD, "1000000000000000000", sent.block]);
  assert.deepEqual([operator, owner], [network.address("operator"), network.address("operator")]);
});

test("a kit holds what others need to guard its owner, and no key", async () => {
  const file = join(network.data, "kit.json");
  const made = await ok("exit", "kit", "--out", file, "--starter", "carol");
  assert.deepEqual([made.owner, made.transactions, made.exits], [network.address("alice"), 1, 1]);
  const written = readFileSync(file, "utf8");
  const kit = guardKitSchema.parse(JSON.parse(written));
  assert.deepEqual(
    kit.exits.map(({ authorization }) => authorization.starter),
    [network.address("carol")],
  );
  assert.ok(!written.includes((await network.privateKey("alice")).slice(2)));
  await ok("exit", "kit", "--out", join(network.data, "plain.json"));
  const plain = guardKitSchema.parse(JSON.parse(readFileSync(join(network.data, "plain.json"), "utf8")));
  assert.deepEqual([plain.exits, plain.transactions.length], [[], 1]);
});

test("a payment that the operator never answered is known to the watcher", async (t) => {
  const deaf = await startLyingOperator(network.operatorUrl, async (method, ask) =>
    method === "plasma_sendTransaction" ? undefined : ask(),
  );
  t.after(() => deaf.close());
  const asBob = ["--account", "bob", "--operator-url", deaf.url];
  const run = await runCli(["send", "alice", "0.4", "eth", ...asBob, "--data", network.data, "--json"], {});
  assert.equal(JSON.parse(run.stdout).error.code, "OPERATOR_UNREACHABLE");
  const [output] = (await ok<Listed>("outputs", "--account", "bob")).outputs;
  await ok("exit", "start", output?.position ?? "", "--spent-anyway", "--account", "bob");
  await untilAlert("INVALID_STANDARD_EXIT", `exit ${output?.position}`);
});

test("what is wrong is seen by the watcher, and doctor says so", async () => {
  await ok("exit", "start", deposit.position, "--spent-anyway");
  await untilAlert("INVALID_STANDARD_EXIT", `exit ${deposit.position}`);
  const { checks } = await ok<Checked>("doctor");
  const watcher = checks.find(({ name }) => name === "watcher");
  assert.equal(watcher?.status, "failed");
  await network.watcher?.stop();
  const without = await ok<Checked>("doctor");
  assert.match(without.checks.find(({ name }) => name === "watcher")?.finding ?? "", /^WATCHER_UNREACHABLE/);
});
