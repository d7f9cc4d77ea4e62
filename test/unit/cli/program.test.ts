import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { COMMANDS, GROUPS } from "../../../cli/commands.ts";
import { runProgram } from "../../../cli/program.ts";
import { temporaryDirectory } from "../../support/temporaryDirectory.ts";

async function run(argv: readonly string[], env: Record<string, string> = {}) {
  const written = { stdout: "", stderr: "" };
  const stream = (name: "stdout" | "stderr") => ({ write: (text: string) => (written[name] += text) });
  const stopSignal = () => new AbortController().signal;
  const surroundings = { env, stdin: process.stdin, stdout: stream("stdout"), stderr: stream("stderr"), stopSignal };
  return { exitCode: await runProgram(argv, surroundings), ...written };
}

describe("help", () => {
  for (const words of ["", ...Object.keys(GROUPS), ...COMMANDS.map(({ name }) => name)]) {
    test(`plasma-cli ${words} --help`, async (t) => {
      const { exitCode, stdout, stderr } = await run([...words.split(" ").filter(Boolean), "--help"]);
      assert.equal(exitCode, 0);
      assert.equal(stderr, "");
      t.assert.snapshot(stdout.split("\n"));
    });
  }

  test("every command says what it is for, shows an example and a next step", () => {
    for (const { name, summary, description, examples, next } of COMMANDS) {
      assert.ok(summary && description.length > summary.length && examples.length > 0 && next, name);
      assert.ok(
        examples.some(({ run: words }) => words.startsWith(name)),
        name,
      );
    }
  });
});

describe("usage", () => {
  const refused: [argv: string[], code: string][] = [
    [["nonsense"], "USAGE"],
    [["exit", "nonsense"], "USAGE"],
    [["deposit"], "USAGE"],
    [["send", "alice"], "USAGE"],
    [["status", "--wrong"], "USAGE"],
    [["exit", "process", "--max", "0"], "USAGE"],
    [["tx", "0x12"], "USAGE"],
    [["status"], "CONTRACT_NOT_SET"],
    [["balance"], "ACCOUNT_NONE"],
    [["status", "--rpc-url", "nowhere"], "CONFIG_INVALID"],
    [["verify", "no-such-file.json"], "FILE_UNREADABLE"],
    [["account", "create"], "PASSWORD_NEEDED"],
  ];
  for (const [argv, code] of refused) {
    test(`plasma-cli ${argv.join(" ")} is refused with ${code}`, async (t) => {
      const { exitCode, stdout } = await run([...argv, "--json", "--data", temporaryDirectory(t)]);
      assert.equal(JSON.parse(stdout).error.code, code);
      assert.equal(exitCode, 2);
    });
  }

  test("a group alone shows its commands and is bad usage", async () => {
    const { exitCode, stderr } = await run(["exit"]);
    assert.equal(exitCode, 2);
    assert.match(stderr, /plasma-cli exit .*start/s);
  });

  test("L1 that does not answer is a network failure", async (t) => {
    const argv = ["status", "--contract", `0x${"11".repeat(20)}`, "--rpc-url", "http://127.0.0.1:9", "--json"];
    const { exitCode, stdout } = await run([...argv, "--data", temporaryDirectory(t)]);
    assert.equal(JSON.parse(stdout).error.code, "L1_UNREACHABLE");
    assert.equal(exitCode, 4);
  });

  test("a password is taken from the environment and printed nowhere", async (t) => {
    const data = temporaryDirectory(t);
    const { exitCode, stdout, stderr } = await run(["account", "create", "alice", "--light", "--data", data], {
      PLASMA_PASSWORD: "not-to-be-seen",
    });
    assert.equal(exitCode, 0);
    assert.ok(!`${stdout}${stderr}`.includes("not-to-be-seen"));
  });
});
