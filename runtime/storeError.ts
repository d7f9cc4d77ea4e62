import { isDiskFull, RuntimeError, type RuntimeErrorCode, systemCodeOf } from "./errors.ts";

const CORRUPT = new Set([11, 26]); // SQLITE_CORRUPT, SQLITE_NOTADB
const FULL = new Set([13, 778]); // SQLITE_FULL; SQLITE_IOERR_WRITE, which is how a file-size limit shows

/** Runs what reads or writes the store's files; its failures are RuntimeErrors STORE_*. */
export function guardStore<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw toStoreError(error);
  }
}

function toStoreError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const failure = (code: RuntimeErrorCode, message: string) =>
    new RuntimeError(code, message, sourceOf(error), { cause: error });
  const full = () => failure("STORE_DISK_FULL", "The disk is full: free some space and start again");
  const failed = () => failure("STORE_FAILED", `The store failed: ${error.message}`);
  if ("errcode" in error && typeof error.errcode === "number") {
    const primary = error.errcode & 0xff;
    if (FULL.has(error.errcode) || FULL.has(primary)) return full();
    if (primary === 5 || primary === 6) {
      return failure("STORE_LOCKED", "Another process holds the store: stop it first");
    }
    if (CORRUPT.has(primary)) {
      return failure("STORE_CORRUPT", "The store is damaged: rebuild into an empty directory");
    }
    return failed();
  }
  if (isDiskFull(error)) return full();
  return "syscall" in error ? failed() : error;
}

const sourceOf = (error: Error) => ("errcode" in error ? { sqlite: error.errcode } : { system: systemCodeOf(error) });
