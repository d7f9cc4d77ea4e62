import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { operatorParameters, writtenValue } from "../../../cli/operatorConfig.ts";
import { OPERATOR_ERRORS } from "../../../operator/errors.ts";
import { operatorOptions } from "../../../operator/options.ts";
import { configOptions } from "../../../runtime/config.ts";
import { RUNTIME_ERRORS } from "../../../runtime/errors.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const runbook = readFileSync(path.join(root, "docs/runbook.md"), "utf8");
const rows = runbook.split("\n").filter((line) => line.startsWith("| `"));

describe("the runbook", () => {
  test("has every option of the service with its default", () => {
    for (const { key, flag, description, defaultValue } of configOptions(operatorOptions)) {
      if (!(key in operatorParameters)) continue;
      const row = rows.find((line) => line.startsWith(`| \`${flag}\` |`));
      assert.ok(row, flag);
      if (!description.includes("default")) assert.ok(row.endsWith(` | ${writtenValue(key, defaultValue)} |`), row);
    }
  });

  test("says what to do about every code with which the service refuses or stops", () => {
    for (const code of [...Object.keys(RUNTIME_ERRORS), ...Object.keys(OPERATOR_ERRORS)]) {
      assert.ok(
        rows.some((line) => line.includes(`\`${code}\``)),
        code,
      );
    }
  });

  test("explains every metric, and none that does not exist", () => {
    const sources = globSync("{operator,runtime}/*.ts", { cwd: root }).map((file) =>
      readFileSync(path.join(root, file), "utf8"),
    );
    const namesIn = (text: string, pattern: RegExp) => [...new Set(text.match(pattern))].sort();
    const made = namesIn(
      sources.join("\n"),
      /(?<=")plasma_[a-z0-9]+(?:_[a-z0-9]+)*_(?:total|seconds|blocks|records|eth|info)(?=")/g,
    );
    const explained = namesIn(rows.join("\n"), /(?<=^\| `)plasma_\w+/gm);
    assert.deepEqual(explained, made);
  });
});
