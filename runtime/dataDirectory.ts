import { mkdirSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { RuntimeError } from "./errors.ts";

export interface DataDirectory {
  readonly path: string;
  release(): void;
}

/**
 * Creates the directory when missing and takes it for this process alone. The lock is one the operating system drops
 * when the process ends in whatever way, so a killed service starts again without help: an exclusive SQLite transaction.
 * Throws DATA_DIRECTORY_LOCKED or DATA_DIRECTORY_UNUSABLE.
 */
export function lockDataDirectory(directory: string): DataDirectory {
  let lock: DatabaseSync;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    lock = new DatabaseSync(path.join(directory, "lock"));
  } catch (cause) {
    throw unusable(directory, cause);
  }
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    lock.close();
    if (!isBusy(cause)) throw unusable(directory, cause);
    const message = `Another process uses ${directory}: stop it or choose another data directory`;
    throw new RuntimeError("DATA_DIRECTORY_LOCKED", message, { directory }, { cause });
  }
  return { path: directory, release: () => lock.close() };
}

function unusable(directory: string, cause: unknown): RuntimeError {
  const message = `Cannot write to ${directory}: check that the path is a directory and that its permissions allow it`;
  return new RuntimeError("DATA_DIRECTORY_UNUSABLE", message, { directory }, { cause });
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === 5;
}
