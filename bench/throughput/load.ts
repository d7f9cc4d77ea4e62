import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** How payments are sent. */
export interface Load {
  /** Binary uploads, or JSON-RPC by POST, whose single calls are plasma_sendTransaction. */
  readonly form: "binary" | "JSON";
  readonly perCall: number;
  /** Calls that wait for their answer at the same time, each on a connection of its own. */
  readonly callsAtOnce: number;
  /** Payments a second, whose calls are due at fixed times whatever the answers do; absent = as fast as they are acknowledged. */
  readonly perSecond?: number;
}

export interface LoadResult {
  readonly seconds: number;
  /** Milliseconds until a call was acknowledged, from when it was sent or, at a fixed rate, from when it was due; ascending. */
  readonly latencies: readonly number[];
  /** How often a call was told to come again, and did. */
  readonly busy: number;
  /** Processor time of the sender. */
  readonly cpuSeconds: number;
}

/** What the sender is told, and what it says. */
export interface SenderOrder {
  readonly url: string;
  /** Packed as in an upload. */
  readonly payments: Uint8Array;
  readonly load: Load;
}

export interface Sender {
  /** Sends its payments; rejects where one is refused. */
  run(): Promise<LoadResult>;
}

const SENDER = fileURLToPath(new URL("sender.ts", import.meta.url));

/** Starts a process of its own with payments that are ready to be sent, so that what sending costs can be told from all else. */
export async function startSender(order: SenderOrder): Promise<Sender> {
  const child = fork(SENDER, { serialization: "advanced" });
  const ended = new Promise<never>((_, reject) => {
    child.once("exit", (code) => reject(new Error(`the sender ended with ${code}`)));
  });
  ended.catch(() => {}); // it ends when it has done its work
  child.send(order);
  await Promise.race([once(child, "message"), ended]);
  return {
    async run() {
      child.send("go");
      const [result] = await Promise.race([once(child, "message"), ended]);
      return result as LoadResult;
    },
  };
}
