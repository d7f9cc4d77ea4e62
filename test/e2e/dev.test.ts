import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { findFreePort, requireFreePort } from "../../cli/childProgram.ts";
import { type CliRun, runCli } from "../support/devNetwork.ts";

const MAIN = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));
const HOST = "127.0.0.1";

const data = mkdtempSync(join(tmpdir(), "plasma-dev-"));
after(() => rmSync(data, { recursive: true, force: true }));
const [rpcPort, operatorPort, watcherPort] = await Promise.all([
  findFreePort(HOST),
  findFreePort(HOST),
  findFreePort(HOST),
]);
const ports = [
  ...["--rpc-port", String(rpcPort)],
  ...["--operator-port", String(operatorPort)],
  ...["--watcher-port", String(watcherPort)],
];

/** Starts `plasma-cli dev` and resolves when it says what to try. */
async function startDev(): Promise<ChildProcess> {
  const dev = spawn(process.execPath, [MAIN, "dev", "--data", data, ...ports], {
    env: { PATH: process.env.PATH },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let printed = "";
  for await (const chunk of dev.stderr ?? []) {
    printed += chunk;
    if (printed.includes("Ctrl-C")) return dev;
  }
  assert.fail(printed);
}

const ended = (dev: ChildProcess) => new Promise<number | null>((resolve) => dev.once("exit", resolve));

/** Resolves when all ports can be used again. */
async function portsFree(): Promise<void> {
  for (;;) {
    const used = [rpcPort, operatorPort, watcherPort];
    const taken = await Promise.allSettled(used.map((port) => requireFreePort(port, HOST)));
    if (taken.every(({ status }) => status === "fulfilled")) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

interface Watched {
  readonly verification: { readonly validBlock: string; readonly fault: unknown };
  readonly alerts: readonly unknown[];
}

/** What the watcher says once it has executed a block. */
async function untilWatched(run: (...args: string[]) => Promise<CliRun>, block: string): Promise<Watched> {
  for (;;) {
    const watched: Watched = JSON.parse((await run("watch", "--once")).stdout);
    if (watched.verification.validBlock === block) return watched;
  }
}

test("plasma-cli dev gives a whole chain to every other command, and leaves no program behind", async (t) => {
  await t.test("in another terminal everything works with the data directory alone", async () => {
    const dev = await startDev();
    const run = (...args: string[]) => runCli([...args, "--json"], { env: { PLASMA_DATA: data } });
    const status = JSON.parse((await run("status")).stdout);
    assert.deepEqual([status.minExitPeriod, status.operator.committedBlock], ["120", "0"]);
    assert.equal((await run("deposit", "5", "DEV", "--wait")).exitCode, 0);
    assert.equal(JSON.parse((await run("send", "bob", "2", "DEV", "--wait")).stdout).status, "committed");
    const watched = await untilWatched(run, "1");
    assert.deepEqual([watched.verification.fault, watched.alerts], [null, []]);
    assert.equal(statSync(join(data, "dev", "password")).mode & 0o777, 0o600);

    const second = await runCli(["dev", "--data", join(data, "second"), ...ports, "--json"]);
    assert.deepEqual([JSON.parse(second.stdout).error.code, second.exitCode], ["PORT_TAKEN", 2]);

    dev.kill("SIGTERM");
    assert.equal(await ended(dev), 0);
    await portsFree();
  });

  await t.test("a dev that is killed takes its programs with it", async () => {
    const dev = await startDev();
    dev.kill("SIGKILL");
    await ended(dev);
    await portsFree();
  });

  await t.test("it does not touch a directory that is not its own", async () => {
    const own = mkdtempSync(join(tmpdir(), "plasma-own-"));
    t.after(() => rmSync(own, { recursive: true, force: true }));
    writeFileSync(join(own, "profile.json"), "{}");
    const { stdout, exitCode } = await runCli(["dev", "--data", own, ...ports, "--json"]);
    assert.deepEqual([JSON.parse(stdout).error.code, exitCode], ["DIRECTORY_IN_USE", 2]);
    assert.ok(statSync(join(own, "profile.json")).isFile());
  });
});
