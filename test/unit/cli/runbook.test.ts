import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { operatorParameters } from "../../../cli/operatorConfig.ts";
import { writtenValue } from "../../../cli/serviceConfig.ts";
import { watcherParameters } from "../../../cli/watcherConfig.ts";
import { OPERATOR_ERRORS } from "../../../operator/errors.ts";
import { operatorOptions } from "../../../operator/options.ts";
import { configOptions } from "../../../runtime/config.ts";
import { RUNTIME_ERRORS } from "../../../runtime/errors.ts";
import { EVENTS } from "../../../watcher/events.ts";
import { watcherOptions } from "../../../watcher/options.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const runbook = readFileSync(path.join(root, "docs/runbook.md"), "utf8");
const rowsOf = (text: string) => text.split("\n").filter((line) => line.startsWith("| `"));
const rows = rowsOf(runbook);

/** The row of an option, in the watcher's part where that has one of its own. */
function optionRow(flag: string, part: readonly string[] = rows): string | undefined {
  return part.find((line) => line.startsWith(`| \`${flag}\` |`));
}

describe("the runbook", () => {
  const services = [
    { options: operatorOptions, parameters: operatorParameters, own: rows },
    {
      options: watcherOptions,
      parameters: watcherParameters,
      own: rowsOf(runbook.slice(runbook.indexOf("## The watcher"))),
    },
  ];
  for (const { options, parameters, own } of services) {
    test(`has every option with its default: ${Object.keys(parameters).length} options`, () => {
      for (const { key, flag, description, defaultValue } of configOptions(options)) {
        if (!(key in parameters)) continue;
        const row = optionRow(flag, own) ?? optionRow(flag);
        assert.ok(row, flag);
        if (description.includes("default") || defaultValue === undefined || key === "sources") continue;
        assert.ok(row.endsWith(` | ${writtenValue(key, defaultValue)} |`), row);
      }
    });
  }

  test("has a section for every alert, and none for another", () => {
    const sections = [...runbook.matchAll(/^### `([A-Z0-9_]+)`\n\n(\w+)\. /gm)].map(([, code, severity]) => [
      code,
      severity,
    ]);
    assert.deepEqual(
      sections,
      Object.entries(EVENTS).map(([code, { severity }]) => [code, severity]),
    );
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
    const sources = globSync("{operator,watcher,runtime}/*.ts", { cwd: root }).map((file) =>
      readFileSync(path.join(root, file), "utf8"),
    );
    const namesIn = (text: string, pattern: RegExp) => [...new Set(text.match(pattern))].sort();
    const made = namesIn(
      sources.join("\n"),
      /(?<=")plasma_[a-z0-9]+(?:_[a-z0-9]+)*_(?:total|seconds|blocks|bytes|records|eth|info)(?=")/g,
    );
    const explained = namesIn(rows.join("\n"), /(?<=^\| `)plasma_\w+/gm);
    assert.deepEqual(explained, made);
  });
});
