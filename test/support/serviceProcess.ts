import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Hex } from "viem";

export interface ServiceProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** Sends the signal and waits until the process is gone. */
  end(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
}

export interface ProcessLimits {
  /** Of the size of its files. */
  readonly maxFileKilobytes?: number;
}

/** Starts the real operator as a child process and waits until it listens. */
export function startOperatorProcess(
  options: Readonly<Record<string, unknown>>,
  privateKey: Hex,
  limits: ProcessLimits = {},
): Promise<ServiceProcess> {
  return startServiceProcess("operatorMain.ts", [JSON.stringify(options), privateKey], limits);
}

/** Starts the operator that can be turned bad; the keys are the operator's and the thief's. Its `url` are three, with spaces. */
export function startHostileOperatorProcess(
  options: Readonly<Record<string, unknown>>,
  keys: readonly [operator: Hex, thief: Hex],
): Promise<ServiceProcess> {
  return startServiceProcess("hostileOperatorMain.ts", [JSON.stringify(options), ...keys], {});
}

/** Starts the real watcher as a child process and waits until it listens; with a key it acts. */
export function startWatcherProcess(
  options: Readonly<Record<string, unknown>>,
  privateKey?: Hex,
): Promise<ServiceProcess> {
  const act = privateKey !== undefined;
  return startServiceProcess("watcherMain.ts", [JSON.stringify({ ...options, act }), ...(act ? [privateKey] : [])], {});
}

async function startServiceProcess(
  file: string,
  args: readonly string[],
  { maxFileKilobytes }: ProcessLimits,
): Promise<ServiceProcess> {
  const main = fileURLToPath(new URL(`./${file}`, import.meta.url));
  const shell = `ulimit -f ${maxFileKilobytes ?? "unlimited"}; exec "$@"`;
  const child = spawn("bash", ["-c", shell, "bash", process.execPath, main, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  const [url] = (await Promise.race([
    once(lines, "line"),
    exited.then(([code]) => Promise.reject(new Error(`the service ended with ${code}`))),
  ])) as [string];
  return {
    url,
    child,
    async end(signal) {
      child.kill(signal);
      await exited;
    },
  };
}
