import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** A directory of its own for one test, deleted after it. */
export function temporaryDirectory(t: Pick<TestContext, "after">): string {
  const directory = mkdtempSync(join(tmpdir(), "plasma-test-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
