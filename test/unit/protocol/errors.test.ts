import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { PROTOCOL_ERRORS } from "../../../protocol/errors.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const sources = (pattern: string): string =>
  globSync(pattern, { cwd: root })
    .filter((file) => !file.endsWith("errors.ts") && !file.endsWith("errors.test.ts"))
    .map((file) => readFileSync(path.join(root, file), "utf8"))
    .join("\n");

test("every code is thrown by the protocol, and by a unit test made to be thrown", () => {
  const shipped = sources("protocol/**/*.ts");
  const tests = sources("test/unit/protocol/*.test.ts");
  for (const code of Object.keys(PROTOCOL_ERRORS)) {
    assert.ok(shipped.includes(`"${code}"`), `${code} is never thrown`);
    assert.ok(tests.includes(`"${code}"`), `${code} has no test`);
  }
});

test("every code that a docstring promises exists", () => {
  const comments = sources("protocol/**/*.ts").match(/^\s*\/?\*.*$/gm) ?? [];
  const promised = comments.join("\n").match(/\b[A-Z]+_[A-Z_]*[A-Z]\b/g) ?? [];
  assert.ok(promised.length > 50);
  for (const code of promised) {
    assert.ok(Object.hasOwn(PROTOCOL_ERRORS, code) || code === "PROTOCOL_ERRORS", `${code} is not a code`);
  }
});
