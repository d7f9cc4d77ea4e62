import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { buildVectors, VECTORS_FOLDER } from "../../../scripts/vectors.ts";

const built = await buildVectors();

test("the vectors are those that scripts/vectors.ts writes", () => {
  assert.deepEqual(readdirSync(VECTORS_FOLDER).sort(), Object.keys(built).sort());
});

for (const [name, content] of Object.entries(built)) {
  test(`${name} is reproduced to the byte`, () => {
    assert.equal(readFileSync(path.join(VECTORS_FOLDER, name), "utf8"), content);
  });
}
