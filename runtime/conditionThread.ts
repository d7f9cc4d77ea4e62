import { Worker } from "node:worker_threads";
import type { ConditionVm, Execution } from "../protocol/conditionVm.ts";
import { RuntimeError } from "./errors.ts";

/** One call for the thread to run. */
export interface ConditionQuestion {
  readonly id: number;
  readonly code: Uint8Array;
  readonly calldata: Uint8Array;
  readonly gasLimit: number;
}

export interface ConditionAnswer {
  readonly id: number;
  readonly execution: Execution;
}

/** The VM of conditions in a thread of its own, so that a stranger's code holds up nobody but those who ask it. */
export interface ConditionThread extends ConditionVm {
  /** Waits for what runs, and ends the thread. */
  stop(): Promise<void>;
}

interface Thread {
  readonly worker: Worker;
  readonly exited: Promise<void>;
  readonly pending: Map<number, PromiseWithResolvers<Execution>>;
}

/**
 * The thread starts, and loads the VM, with the first call. When it ends by itself, what it was given fails with CONDITION_UNAVAILABLE, and the
 * next call starts another.
 */
export function createConditionThread(): ConditionThread {
  let thread: Thread | undefined;
  let questions = 0;

  const start = (): Thread => {
    const worker = new Worker(new URL("./conditionWorker.ts", import.meta.url));
    const pending: Thread["pending"] = new Map();
    let cause: unknown;
    const exited = new Promise<void>((resolve) => {
      worker.once("exit", () => {
        if (thread?.worker === worker) thread = undefined;
        const message = "The thread that runs spending conditions ended: send again";
        const failure = new RuntimeError("CONDITION_UNAVAILABLE", message, {}, { cause });
        for (const { reject } of pending.values()) reject(failure);
        resolve();
      });
    });
    worker.on("message", ({ id, execution }: ConditionAnswer) => {
      pending.get(id)?.resolve(execution);
      pending.delete(id);
    });
    worker.on("error", (error) => {
      cause = error;
    });
    return { worker, exited, pending };
  };

  return {
    run(code, calldata, gasLimit) {
      thread ??= start();
      const id = questions++;
      const answer = Promise.withResolvers<Execution>();
      thread.pending.set(id, answer);
      thread.worker.postMessage({ id, code, calldata, gasLimit } satisfies ConditionQuestion);
      return answer.promise;
    },
    async stop() {
      if (thread === undefined) return;
      const { worker, exited, pending } = thread;
      await Promise.allSettled([...pending.values()].map(({ promise }) => promise));
      worker.postMessage(null);
      await exited;
    },
  };
}
