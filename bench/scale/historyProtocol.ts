import type { Hex } from "viem";
import type { SealedBlock } from "../../protocol/block.ts";
import type { LedgerOutput } from "../../protocol/ledger.ts";
import type { Domain } from "../../protocol/typedData.ts";
import type { LedgerEntry } from "../../runtime/ledgerStore.ts";

/** What the thread that makes up a history is started with. */
export interface HistorySetup {
  readonly domain: Domain;
  /** What everything is paid from: deposit 0. */
  readonly deposit: LedgerOutput;
  /** Unspent outputs at the end. */
  readonly outputs: number;
  /** How many payments there are when each measurement is made. */
  readonly paymentsBefore: readonly number[];
  /** Outputs for each measurement. */
  readonly samples: number;
}

export interface BlockOrder {
  readonly number: bigint;
  readonly sealedAt: number;
  readonly payments: number;
}

/** An unspent output that a measurement may spend. */
export interface Sample extends LedgerOutput {
  readonly privateKey: Hex;
  readonly measurement: number;
}

export interface PastBlock {
  readonly block: SealedBlock;
  readonly entries: readonly LedgerEntry[];
  readonly samples: readonly Sample[];
}
