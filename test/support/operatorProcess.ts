import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Hex } from "viem";

export interface OperatorProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** Sends the signal and waits until the process is gone. */
  end(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
}

/** Starts the real service as a child process and waits until it listens. */
export async function startOperatorProcess(
  options: Readonly<Record<string, unknown>>,
  privateKey: Hex,
): Promise<OperatorProcess> {
  const main = fileURLToPath(new URL("./operatorMain.ts", import.meta.url));
  const child = spawn(process.execPath, [main, JSON.stringify(options), privateKey], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  const [url] = (await Promise.race([
    once(lines, "line"),
    exited.then(([code]) => Promise.reject(new Error(`the operator ended with ${code}`))),
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
