/** Every failure that a service reports by name, with what it means. Codes are never renamed. */
export const RUNTIME_ERRORS = {
  CONFIG_FILE_UNREADABLE: "the configuration file is missing or is not a JSON object",
  CONFIG_UNKNOWN_KEY: "a flag or the file names an option that does not exist",
  CONFIG_INVALID: "an option has a value that cannot be used",
  CONFIG_MISSING: "an option without a default has no value",
  DATA_DIRECTORY_LOCKED: "another process is using the data directory",
  DATA_DIRECTORY_UNUSABLE: "the data directory cannot be created or written",
  STORE_WRONG_CHAIN: "the store belongs to another chain or contract",
  STORE_WRONG_KIND: "the store belongs to another kind of service",
  STORE_WRONG_VERSION: "the store was written by an incompatible version",
  STORE_LOCKED: "another process holds the store",
  STORE_DISK_FULL: "the disk, quota or file-size limit is exhausted",
  STORE_CORRUPT: "the store's file is damaged",
  STORE_FAILED: "the store could not be read or written",
  LOG_CORRUPT: "the write-ahead log is damaged before its end",
  LOG_WRITE_FAILED: "the write-ahead log could not be written",
  L1_UNREACHABLE: "the L1 node does not answer",
  L1_WRONG_CHAIN: "the L1 node serves another chain",
  L1_REORG_TOO_DEEP: "L1 replaced a block that counted as final",
  CONTRACT_NOT_FOUND: "there is no code at the contract's address",
  CONTRACT_MISMATCH: "the code at the address is not the expected contract",
  SENDER_FUNDS_LOW: "the sending account has too little ETH for its L1 transaction",
  SENDER_CEILING: "sending would cost more than the spending ceiling allows",
  SENDER_WOULD_REVERT: "the L1 transaction would be refused by the contract",
  SENDER_KEY_REUSED: "the same intent key was used for different content",
  WORKER_FAILED: "a signature verification thread ended",
  CONDITION_UNAVAILABLE: "a spending condition cannot be run now: L1 does not give its code, or its thread ended",
  PORT_IN_USE: "another program listens on the port",
  LISTEN_FAILED: "the service cannot listen on the given host and port",
} as const;

export type RuntimeErrorCode = keyof typeof RUNTIME_ERRORS;

/** A failure of a service's surroundings: configuration, disk, L1 node or port. `code` is what callers switch on. */
export class RuntimeError extends Error {
  readonly code: RuntimeErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: RuntimeErrorCode,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "RuntimeError";
    this.code = code;
    this.details = details;
  }
}

/** The system's error code of a failed call (`ENOSPC`, `EADDRINUSE`), or undefined. */
export function systemCodeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

const DISK_FULL = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** True when a write failed because no more bytes may be stored: disk full, quota used up, or file-size limit reached. */
export function isDiskFull(error: unknown): boolean {
  return DISK_FULL.has(systemCodeOf(error) ?? "");
}
