import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Something that ends, such as a test, and then does what was left to do. */
export interface Ending {
  after(end: () => void | Promise<void>): void;
}

/** A directory of its own for one test, deleted after it. */
export function temporaryDirectory(test: Ending): string {
  const directory = mkdtempSync(join(tmpdir(), "plasma-test-"));
  test.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
