import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";

/** A fresh directory that is deleted when the test is over. */
export async function temporaryDirectory(test: Pick<TestContext, "after">): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), "plasma-test-"));
  test.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
