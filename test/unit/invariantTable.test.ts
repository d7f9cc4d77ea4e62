import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const specification = readFileSync(path.join(root, "docs/protocol.md"), "utf8");

interface Row {
  readonly invariant: string;
  readonly file: string;
  readonly tests: readonly string[];
}

/** Rows of the table of invariants; an empty first cell goes on with the invariant above. */
function rowsOf(text: string): Row[] {
  const quoted = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");
  let invariant = "";
  return text.split("\n").flatMap((line) => {
    const [, name = "", file = "", tests = ""] = /^\|(.*)\|([^|]*)\|([^|]*)\|$/.exec(line) ?? [];
    invariant = /\*\*(I\d+)\*\*/.exec(name)?.[1] ?? invariant;
    const [found] = quoted(file);
    return found?.startsWith("test/") ? [{ invariant, file: found, tests: quoted(tests) }] : [];
  });
}

test("every invariant has tests, and the table of invariants names them as they are", () => {
  const rows = rowsOf(specification);
  const proven = new Set(rows.map(({ invariant }) => invariant));
  assert.deepEqual(
    [...proven],
    Array.from({ length: 11 }, (_, index) => `I${index + 1}`),
  );
  for (const { file, tests } of rows) {
    const source = readFileSync(path.join(root, file), "utf8");
    assert.ok(tests.length > 0, file);
    for (const name of tests) assert.ok(source.includes(name), `${file} has no test "${name}"`);
  }
});
