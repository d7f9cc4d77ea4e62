import { CommanderError } from "commander";
import { ClientError, type FailureKind } from "../client/errors.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { CliError } from "./errors.ts";

/** Exit codes of `plasma-cli`, for scripts. */
export const EXIT_CODES = { ok: 0, bug: 1, usage: 2, refused: 3, network: 4 } as const;

export interface Failure {
  readonly exitCode: number;
  readonly code: string;
  readonly message: string;
  readonly next: string;
  /** Only of a bug: what was expected is told in one line. */
  readonly stack?: string;
}

/** Sorts whatever was thrown into an expected failure or a bug. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof CliError || error instanceof ClientError) {
    return expected(error.kind, error.code, error.message, error.next);
  }
  if (error instanceof ProtocolError) {
    return expected("refused", error.code, error.message, "correct what the message names");
  }
  if (error instanceof CommanderError) {
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

function expected(kind: FailureKind, code: string, message: string, next: string): Failure {
  return { exitCode: EXIT_CODES[kind], code, message: message.replace(/\.$/, ""), next };
}
