import { on } from "node:events";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { lockDataDirectory } from "../../runtime/dataDirectory.ts";
import { createLedgerStore } from "../../runtime/ledgerStore.ts";
import { openStore } from "../../runtime/store.ts";
import { grouped } from "../support/report.ts";
import type { BlockOrder, HistorySetup, PastBlock, Sample } from "./historyProtocol.ts";

export interface Growth {
  readonly payments: number;
  readonly seconds: number;
  /** Outputs with known keys that these payments left. */
  readonly samples: readonly Sample[];
}

/** Past payments in the store of an operator. */
export interface History {
  /** How many there are. */
  size(): number;
  /**
   * Writes payments behind what the store holds until there are `payments` of them. The operator must not run meanwhile; it
   * commits the blocks when it starts. `sealedAt` is the time of the L1 head.
   */
  growTo(payments: number, sealedAt: number, progress: (text: string) => void): Promise<Growth>;
  stop(): Promise<void>;
}

const BLOCK_PAYMENTS = 65_536;
/** One is written while the next is made. */
const BLOCKS_AHEAD = 2;

/** A history for the operator whose data is in `directory`, on top of one deposit that it has credited. */
export function createHistory(directory: string, setup: HistorySetup): History {
  const worker = new Worker(new URL("historyWorker.ts", import.meta.url), { workerData: setup });
  let made = 0;

  return {
    size: () => made,
    async growTo(payments, sealedAt, progress) {
      const started = performance.now();
      const before = made;
      const samples: Sample[] = [];
      const lock = lockDataDirectory(directory);
      const store = openStore(path.join(directory, "store.sqlite"), { kind: "operator", ...setup.domain });
      try {
        const ledgerStore = createLedgerStore(store);
        let number = ledgerStore.latestBlock()?.number ?? 0n;
        let ordered = made;
        const order = () => {
          if (ordered === payments) return;
          number += 1n;
          const count = Math.min(BLOCK_PAYMENTS, payments - ordered);
          ordered += count;
          worker.postMessage({ number, sealedAt, payments: count } satisfies BlockOrder);
        };
        const blocks = on(worker, "message");
        for (let ahead = 0; ahead < BLOCKS_AHEAD; ahead++) order();
        while (made < payments) {
          const [past] = (await blocks.next()).value as [PastBlock];
          order();
          store.transaction(() => ledgerStore.addBlock(past.block, past.entries));
          samples.push(...past.samples);
          made += past.entries.length;
          const rate = (made - before) / ((performance.now() - started) / 1000);
          progress(`${grouped(made)} of ${grouped(payments)}, ${grouped(Math.round(rate))} / s`);
        }
        await blocks.return?.();
      } finally {
        store.close();
        lock.release();
      }
      return { payments: made - before, seconds: (performance.now() - started) / 1000, samples };
    },
    async stop() {
      await worker.terminate();
    },
  };
}
