import { Worker } from "node:worker_threads";
import type { Domain } from "../protocol/typedData.ts";
import { RuntimeError } from "./errors.ts";
import {
  packTransactions,
  unpackVerdicts,
  type Verdict,
  type VerifierReply,
  type VerifierSetup,
} from "./verifierProtocol.ts";

/** Threads that decode transactions, compute their ids and recover their signers. */
export interface VerifierPool {
  /** One verdict per transaction, in order. Batches are answered in the order in which they came. */
  verify(transactions: readonly Uint8Array[]): Promise<readonly Verdict[]>;
  stop(): Promise<void>;
}

interface Batch {
  readonly transactions: readonly Uint8Array[];
  readonly verdicts: Verdict[];
  missing: number;
  readonly done: PromiseWithResolvers<readonly Verdict[]>;
}

/** A run of transactions of one batch, in a job. */
interface Slice {
  readonly batch: Batch;
  readonly from: number;
  readonly to: number;
}

interface Thread {
  readonly worker: Worker;
  /** Settles when it is gone. */
  readonly exited: Promise<unknown>;
  /** What it was given and has not answered, oldest first. */
  readonly jobs: Slice[][];
}

/** Transactions handed to a thread at once: enough to make the hand-over cheap, few enough to share a batch. */
const JOB_SIZE = 128;

/**
 * Starts `size` threads. Each is given up to `jobsAhead` jobs before it has answered the first: one lets small batches share jobs,
 * many keep it at work while this thread does not listen. When a thread ends by itself, everything that waits fails with WORKER_FAILED.
 */
export function createVerifierPool(size: number, domain: Domain, jobsAhead = 1): VerifierPool {
  const batches: Batch[] = [];
  const waiting: Slice[] = [];
  let failure: RuntimeError | undefined;

  const takeJob = (): Slice[] => {
    const job: Slice[] = [];
    for (let room = JOB_SIZE; room > 0 && waiting.length > 0; ) {
      const slice = waiting.shift() as Slice;
      const to = Math.min(slice.to, slice.from + room);
      job.push({ ...slice, to });
      if (to < slice.to) waiting.unshift({ ...slice, from: to });
      room -= to - slice.from;
    }
    return job;
  };

  const dispatch = () => {
    while (waiting.length > 0) {
      const thread = threads.reduce((least, other) => (other.jobs.length < least.jobs.length ? other : least));
      if (thread.jobs.length >= jobsAhead) return;
      const slices = takeJob();
      thread.jobs.push(slices);
      const job = packTransactions(slices.flatMap(({ batch, from, to }) => batch.transactions.slice(from, to)));
      thread.worker.postMessage(job, [job.transactions.buffer]);
    }
  };

  const finish = ({ jobs }: Thread, reply: VerifierReply) => {
    const verdicts = unpackVerdicts(reply);
    for (const { batch, from, to } of jobs.shift() ?? []) {
      for (let index = from; index < to; index++) batch.verdicts[index] = verdicts.next().value as Verdict;
      batch.missing -= to - from;
    }
    dispatch();
    while (batches[0]?.missing === 0) {
      const batch = batches.shift() as Batch;
      batch.done.resolve(batch.verdicts);
    }
  };

  const fail = (cause: unknown) => {
    failure ??= new RuntimeError("WORKER_FAILED", "A verification thread ended: restart the service", {}, { cause });
    for (const batch of batches.splice(0)) batch.done.reject(failure);
    waiting.length = 0;
  };

  const stopping = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const setup: VerifierSetup = { domain, stopping };
  const threads = Array.from({ length: size }, (): Thread => {
    const worker = new Worker(new URL("./verifierWorker.ts", import.meta.url), { workerData: setup });
    const exited = new Promise((resolve) => worker.once("exit", resolve));
    const thread = { worker, exited, jobs: [] };
    worker.on("message", (reply: VerifierReply) => finish(thread, reply));
    worker.on("error", fail);
    return thread;
  });

  return {
    verify(transactions) {
      if (failure !== undefined) return Promise.reject(failure);
      if (transactions.length === 0) return Promise.resolve([]);
      const batch: Batch = {
        transactions,
        verdicts: [],
        missing: transactions.length,
        done: Promise.withResolvers(),
      };
      batches.push(batch);
      waiting.push({ batch, from: 0, to: transactions.length });
      dispatch();
      return batch.done.promise;
    },
    async stop() {
      Atomics.store(stopping, 0, 1);
      for (const { worker } of threads) worker.postMessage(packTransactions([]));
      await Promise.all(threads.map(({ exited }) => exited));
    },
  };
}
