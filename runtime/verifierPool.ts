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

/** So many are shared with a second thread while the first one works; fewer wait for it, since waking a thread costs as much as one. */
const SHARED_SIZE = 16;
/** Jobs that a thread is given before it has answered the first, so that it has work while this thread does not listen. */
const JOBS_AHEAD = 8;

/**
 * Starts `size` threads. What comes in ones and twos gathers while a thread works, and shares the next job; a thread has up to
 * `jobsAhead` full jobs. When a thread ends by itself, everything that waits fails with WORKER_FAILED.
 */
export function createVerifierPool(size: number, domain: Domain, jobsAhead = JOBS_AHEAD): VerifierPool {
  const batches: Batch[] = [];
  const waiting: Slice[] = [];
  let waitingCount = 0;
  let isDispatching = false;
  let failure: RuntimeError | undefined;

  const takeJob = (size: number): Slice[] => {
    const job: Slice[] = [];
    for (let room = size; room > 0 && waiting.length > 0; ) {
      const slice = waiting.shift() as Slice;
      const to = Math.min(slice.to, slice.from + room);
      job.push({ ...slice, to });
      if (to < slice.to) waiting.unshift({ ...slice, from: to });
      room -= to - slice.from;
      waitingCount -= to - slice.from;
    }
    return job;
  };

  const give = ({ jobs, worker }: Thread, size: number) => {
    const slices = takeJob(size);
    jobs.push(slices);
    const job = packTransactions(slices.flatMap(({ batch, from, to }) => batch.transactions.slice(from, to)));
    worker.postMessage(job, [job.transactions.buffer]);
  };

  /** How many have to wait before they are worth a job for this thread. */
  const worthwhile = ({ jobs }: Thread): number => {
    if (threads.every((thread) => thread.jobs.length === 0)) return 1;
    return jobs.length === 0 ? SHARED_SIZE : JOB_SIZE;
  };

  const dispatch = () => {
    isDispatching = false;
    while (waitingCount > 0) {
      const thread = threads.reduce((least, other) => (other.jobs.length < least.jobs.length ? other : least));
      if (thread.jobs.length >= jobsAhead || waitingCount < worthwhile(thread)) return;
      const idle = threads.filter(({ jobs }) => jobs.length === 0).length;
      give(thread, Math.min(JOB_SIZE, Math.max(SHARED_SIZE, Math.ceil(waitingCount / Math.max(1, idle)))));
    }
  };

  /** Hands over at the end of the turn, so that everything that arrives in it shares jobs. */
  const dispatchSoon = () => {
    if (isDispatching) return;
    isDispatching = true;
    setImmediate(dispatch);
  };

  const finish = ({ jobs }: Thread, reply: VerifierReply) => {
    const verdicts = unpackVerdicts(reply);
    for (const { batch, from, to } of jobs.shift() ?? []) {
      for (let index = from; index < to; index++) batch.verdicts[index] = verdicts.next().value as Verdict;
      batch.missing -= to - from;
    }
    dispatchSoon();
    while (batches[0]?.missing === 0) {
      const batch = batches.shift() as Batch;
      batch.done.resolve(batch.verdicts);
    }
  };

  const fail = (cause: unknown) => {
    failure ??= new RuntimeError("WORKER_FAILED", "A verification thread ended: restart the service", {}, { cause });
    for (const batch of batches.splice(0)) batch.done.reject(failure);
    waiting.length = 0;
    waitingCount = 0;
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
      waitingCount += transactions.length;
      dispatchSoon();
      return batch.done.promise;
    },
    async stop() {
      Atomics.store(stopping, 0, 1);
      for (const { worker } of threads) worker.postMessage(packTransactions([]));
      await Promise.all(threads.map(({ exited }) => exited));
    },
  };
}
