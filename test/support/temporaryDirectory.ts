import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

/** Something that ends, such as a test, and runs what is to be done then. */
export interface Ending {
  after(end: () => Promise<void>): void;
}

/** A fresh directory that is deleted when the test is over. */
export async function temporaryDirectory(test: Ending): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), "plasma-test-"));
  test.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
