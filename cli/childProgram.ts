import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { createServer } from "node:net";
import { CliError } from "./errors.ts";
import { readTextFile } from "./files.ts";

export interface ChildProgram {
  readonly pid: number;
  /** Resolves when the program has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Asks it to end and waits until it has; `SIGKILL` leaves it no time to tidy up. */
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<void>;
}

export interface ChildProgramOptions {
  readonly name: string;
  /** Module and arguments for this Node. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Receives what the program prints. */
  readonly logFile: string;
  /** Whether it is up; asked until it says yes. */
  readonly isReady: () => Promise<boolean>;
  readonly signal: AbortSignal;
}

const EXIT_WITH_PARENT = import.meta.resolve("./exitWithParent.ts");
const READY_CHECK_MS = 50;

/**
 * Starts a Node program that never outlives this one, and waits until it is ready. Throws PROGRAM_ENDED where it ends
 * before that, with the end of its log.
 */
export async function startChildProgram(options: ChildProgramOptions): Promise<ChildProgram> {
  const { name, args, cwd, env, logFile, isReady, signal } = options;
  const log = openSync(logFile, "a", 0o600);
  const child = spawn(process.execPath, ["--import", EXIT_WITH_PARENT, ...args], {
    cwd,
    env,
    stdio: ["ignore", log, log, "ipc"],
    // A Ctrl-C in the terminal reaches this program only, which then ends the others in order.
    detached: true,
  });
  closeSync(log);
  const program = toProgram(child);
  while (isRunning(child) && !signal.aborted) {
    if (await isReady()) return program;
    await Promise.race([program.ended, delay(READY_CHECK_MS)]);
  }
  await program.stop();
  const tail = (readTextFile(logFile) ?? "").trimEnd().split("\n").slice(-3).join(" / ");
  throw new CliError("PROGRAM_ENDED", `${name} ended before it was ready (${logFile}): ${tail}`);
}

/** Throws PORT_TAKEN where something listens on a port of this machine. */
export async function requireFreePort(port: number, host: string): Promise<void> {
  await listenOnce(port, host);
}

/** A port that was free a moment ago. */
export function findFreePort(host: string): Promise<number> {
  return listenOnce(0, host);
}

function listenOnce(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (cause) =>
      reject(new CliError("PORT_TAKEN", `port ${port} of ${host} cannot be used`, { cause })),
    );
    server.listen(port, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : port));
    });
  });
}

function toProgram(child: ChildProcess): ChildProgram {
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  return {
    pid: child.pid ?? 0,
    ended,
    async stop(signal = "SIGTERM") {
      child.kill(signal);
      await ended;
    },
  };
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
