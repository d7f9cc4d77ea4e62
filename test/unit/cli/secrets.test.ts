import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, test } from "node:test";
import { createSecrets, type SecretOptions } from "../../../cli/password.ts";
import { rejectsWithCode } from "../../support/failureCode.ts";
import { temporaryDirectory } from "../../support/temporaryDirectory.ts";

/** A program's surroundings: what is piped in or typed, and what it shows. */
function surroundings(given: string, { isTTY = false, env = {} }: { isTTY?: boolean; env?: Record<string, string> }) {
  const input = new PassThrough();
  const modes: boolean[] = [];
  const stdin = Object.assign(input, { isTTY, setRawMode: (raw: boolean) => modes.push(raw) });
  const shown: string[] = [];
  const stderr = {
    write(text: string) {
      shown.push(text);
      // A person types when asked.
      if (isTTY && text.endsWith(": ")) setImmediate(() => input.write(given));
    },
  };
  if (!isTTY) input.end(given);
  return { sources: { env, stdin: stdin as unknown as NodeJS.ReadStream, stderr }, shown, modes };
}

const NOWHERE: SecretOptions = { fromStdin: false, file: undefined };

describe("secrets", () => {
  test("standard input wins over the environment, and that over the file", async (t) => {
    const file = join(temporaryDirectory(t), "password");
    writeFileSync(file, "from file\n");
    const env = { PLASMA_PASSWORD: "from environment" };
    const ask = (given: Parameters<typeof surroundings>[1], options: SecretOptions) =>
      createSecrets(surroundings("from stdin\n", given).sources, options).password("Password");
    assert.equal(await ask({ env }, { fromStdin: true, file }), "from stdin");
    assert.equal(await ask({ env }, { fromStdin: false, file }), "from environment");
    assert.equal(await ask({}, { fromStdin: false, file }), "from file");
  });

  test("lines of standard input are used one after the other", async () => {
    const secrets = createSecrets(surroundings("the key\nthe password\n", {}).sources, {
      fromStdin: true,
      file: undefined,
    });
    assert.equal(await secrets.line("Key"), "the key");
    assert.equal(await secrets.newPassword("Password"), "the password");
    await rejectsWithCode("PASSWORD_NEEDED", () => secrets.line("More"));
  });

  test("with nobody to ask and nothing given, it says so", async () => {
    const secrets = createSecrets(surroundings("", {}).sources, NOWHERE);
    await rejectsWithCode("PASSWORD_NEEDED", () => secrets.password("Password"));
  });

  test("a password file that is missing is named, not skipped", async (t) => {
    const file = join(temporaryDirectory(t), "password");
    const secrets = createSecrets(surroundings("", {}).sources, { fromStdin: false, file });
    await rejectsWithCode("FILE_UNREADABLE", () => secrets.password("Password"));
  });

  test("what is typed at a terminal is not shown, and the terminal is left as it was", async () => {
    const { sources, shown, modes } = surroundings("sesamx\u007fe\r", { isTTY: true });
    assert.equal(await createSecrets(sources, NOWHERE).password("Password"), "sesame");
    assert.deepEqual(shown, ["Password: ", "\n"]);
    assert.deepEqual(modes, [true, false]);
  });

  test("a new password is typed twice", async () => {
    assert.equal(
      await createSecrets(surroundings("one\r", { isTTY: true }).sources, NOWHERE).newPassword("New"),
      "one",
    );
    const typed = ["one\r", "two\r"];
    const { sources } = surroundings("", { isTTY: true });
    const stderr = {
      write: (text: string) => text.endsWith(": ") && setImmediate(() => sources.stdin.emit("data", typed.shift())),
    };
    await rejectsWithCode("PASSWORD_MISMATCH", () => createSecrets({ ...sources, stderr }, NOWHERE).newPassword("New"));
  });

  test("Ctrl-C at the prompt gives up", async () => {
    const secrets = createSecrets(surroundings("half\u0003", { isTTY: true }).sources, NOWHERE);
    await rejectsWithCode("PASSWORD_NEEDED", () => secrets.password("Password"));
  });
});
