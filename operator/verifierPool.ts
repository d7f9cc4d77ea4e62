import { Worker } from "node:worker_threads";
import type { Domain } from "../protocol/typedData.ts";
import { OperatorError } from "./errors.ts";
import { packTransactions, unpackVerdicts, type Verdict, type VerifierReply } from "./verifierProtocol.ts";

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

/** Transactions handed to a thread at once: enough to make the hand-over cheap, few enough to share a batch. */
const JOB_SIZE = 128;

/** Starts `threads` threads. When one ends by itself, everything that waits fails with OPERATOR_WORKER_FAILED. */
export function createVerifierPool(threads: number, domain: Domain): VerifierPool {
  const batches: Batch[] = [];
  const waiting: Slice[] = [];
  const idle: Worker[] = [];
  const busy = new Map<Worker, Slice[]>();
  let failure: OperatorError | undefined;

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
    while (waiting.length > 0 && idle.length > 0) {
      const worker = idle.pop() as Worker;
      const slices = takeJob();
      busy.set(worker, slices);
      const job = packTransactions(slices.flatMap(({ batch, from, to }) => batch.transactions.slice(from, to)));
      worker.postMessage(job, [job.transactions.buffer]);
    }
  };

  const finish = (worker: Worker, reply: VerifierReply) => {
    const verdicts = unpackVerdicts(reply);
    for (const { batch, from, to } of busy.get(worker) ?? []) {
      for (let index = from; index < to; index++) batch.verdicts[index] = verdicts.next().value as Verdict;
      batch.missing -= to - from;
    }
    busy.delete(worker);
    idle.push(worker);
    dispatch();
    while (batches[0]?.missing === 0) {
      const batch = batches.shift() as Batch;
      batch.done.resolve(batch.verdicts);
    }
  };

  const fail = (cause: unknown) => {
    failure ??= new OperatorError(
      "OPERATOR_WORKER_FAILED",
      "A verification thread ended: restart the service",
      {},
      { cause },
    );
    for (const batch of batches.splice(0)) batch.done.reject(failure);
    waiting.length = 0;
  };

  const workers = Array.from({ length: threads }, () => {
    const worker = new Worker(new URL("./verifierWorker.ts", import.meta.url), { workerData: domain });
    worker.on("message", (reply: VerifierReply) => finish(worker, reply));
    worker.on("error", fail);
    return worker;
  });
  idle.push(...workers);

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
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
