import { CommanderError } from "commander";
import { ClientError, type FailureKind } from "../client/errors.ts";
import { OperatorError } from "../operator/errors.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { RuntimeError, type RuntimeErrorCode } from "../runtime/errors.ts";
import { CliError } from "./errors.ts";

/** Exit codes of `plasma-cli`, for scripts. */
export const EXIT_CODES = { ok: 0, bug: 1, usage: 2, refused: 3, network: 4 } as const;

export interface Failure {
  readonly exitCode: number;
  readonly code: string;
  readonly message: string;
  /** What to do now, where the message does not say it. */
  readonly next?: string;
  /** What a script may want to read of it. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Only of a bug: what was expected is told in one line. */
  readonly stack?: string;
}

/** Sorts whatever was thrown into an expected failure or a bug. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof CliError) return expected(error.kind, error.code, error.message, error.next);
  if (error instanceof ClientError) {
    return { ...expected(error.kind, error.code, error.message, error.next), details: error.details };
  }
  if (error instanceof ProtocolError) return expected("refused", error.code, error.message);
  if (error instanceof RuntimeError) return expected(RUNTIME_KINDS[error.code], error.code, error.message);
  if (error instanceof OperatorError) return expected("refused", error.code, error.message);
  if (error instanceof CommanderError) {
    if (error.code === "commander.help")
      return expected("usage", "USAGE", "a command is missing", "choose one of those above");
    return expected("usage", "USAGE", error.message.replace(/^error: /, ""), "run the command with --help");
  }
  const bug = error instanceof Error ? error : new Error(String(error));
  return {
    exitCode: EXIT_CODES.bug,
    code: "BUG",
    message: bug.message,
    next: "report it with the lines above",
    stack: bug.stack ?? bug.message,
  };
}

function expected(kind: FailureKind, code: string, message: string, next?: string): Failure {
  return {
    exitCode: EXIT_CODES[kind],
    code,
    message: message.replace(/\s*\n\s*/g, " ").replace(/\.$/, ""),
    ...(next === undefined ? {} : { next }),
  };
}

/** Who has to act when a service cannot run: whoever configured it, or whoever looks after L1 and the disk. */
const RUNTIME_KINDS: Readonly<Record<RuntimeErrorCode, FailureKind>> = {
  CONFIG_FILE_UNREADABLE: "usage",
  CONFIG_UNKNOWN_KEY: "usage",
  CONFIG_INVALID: "usage",
  CONFIG_MISSING: "usage",
  DATA_DIRECTORY_LOCKED: "usage",
  DATA_DIRECTORY_UNUSABLE: "usage",
  STORE_WRONG_CHAIN: "usage",
  STORE_WRONG_KIND: "usage",
  STORE_WRONG_VERSION: "usage",
  STORE_LOCKED: "usage",
  STORE_DISK_FULL: "usage",
  STORE_CORRUPT: "usage",
  STORE_FAILED: "usage",
  LOG_CORRUPT: "usage",
  LOG_WRITE_FAILED: "usage",
  L1_UNREACHABLE: "network",
  L1_WRONG_CHAIN: "usage",
  L1_REORG_TOO_DEEP: "network",
  CONTRACT_NOT_FOUND: "usage",
  CONTRACT_MISMATCH: "usage",
  SENDER_FUNDS_LOW: "refused",
  SENDER_CEILING: "refused",
  SENDER_WOULD_REVERT: "refused",
  SENDER_KEY_REUSED: "refused",
  WORKER_FAILED: "refused",
  CONDITION_UNAVAILABLE: "network",
  PORT_IN_USE: "usage",
  LISTEN_FAILED: "usage",
};
