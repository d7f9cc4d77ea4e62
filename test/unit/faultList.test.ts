import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { FAULTS } from "../model/faultList.ts";

test("every deliberate fault changes exactly one place of the contracts as they are", () => {
  for (const { name, patch } of FAULTS) {
    const source = readFileSync(new URL(`../../contracts/${patch.file}`, import.meta.url), "utf8");
    assert.equal(source.split(patch.from).length, 2, name);
    assert.notEqual(patch.from, patch.to, name);
  }
});
