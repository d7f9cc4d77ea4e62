import path from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Crypto } from "../../protocol/hashing.ts";
import { lockDataDirectory } from "../../runtime/dataDirectory.ts";
import { createLedgerStore } from "../../runtime/ledgerStore.ts";
import { openStore } from "../../runtime/store.ts";
import { grouped } from "../support/report.ts";
import { createPastPayments, type HistorySetup, type Sample } from "./pastPayments.ts";

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
}

const BLOCK_PAYMENTS = 65_536;

/** A history for the operator whose data is in `directory`, on top of one deposit that it has credited. */
export function createHistory(directory: string, setup: HistorySetup, crypto: Crypto): History {
  const past = createPastPayments(setup, crypto);
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
        while (made < payments) {
          const number = (ledgerStore.latestBlock()?.number ?? 0n) + 1n;
          const next = past.nextBlock(number, sealedAt, Math.min(BLOCK_PAYMENTS, payments - made));
          store.transaction(() => ledgerStore.addBlock(next.block, next.entries, next.subtreeRoots));
          samples.push(...next.samples);
          made += next.entries.length;
          const rate = (made - before) / ((performance.now() - started) / 1000);
          progress(`${grouped(made)} of ${grouped(payments)}, ${grouped(Math.round(rate))} / s`);
          await setImmediate(); // others speak to L1 meanwhile
        }
      } finally {
        store.close();
        lock.release();
      }
      return { payments: made - before, seconds: (performance.now() - started) / 1000, samples };
    },
  };
}
