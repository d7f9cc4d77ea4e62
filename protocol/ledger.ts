import type { Hex } from "viem";
import type { Output } from "./output.ts";

/** An output where it was created. */
export interface LedgerOutput {
  readonly position: bigint;
  readonly outputId: Hex;
  readonly output: Output;
}

/** What is known of the exit of an output. */
export interface ExitState {
  /** L1 time of the start, Unix seconds. */
  readonly startedAt: number;
  /** Paid out, or flagged spent: the output has left the chain. */
  readonly finalised: boolean;
}

/** The ledger as the validity rules read it, at one moment. Deposits are outputs like all others. */
export interface LedgerView {
  /** The output created at this position, spent or not; undefined if there never was one. */
  output(position: bigint): Omit<LedgerOutput, "position"> | undefined;
  isSpent(position: bigint): boolean;
  hasTransaction(txId: Hex): boolean;
  /** The open or finished exit of an output; undefined if there is none or it was challenged. */
  exitOf(outputId: Hex): ExitState | undefined;
}

/** What one entry of a block changes. */
export interface LedgerChange {
  readonly txId: Hex;
  readonly spent: readonly LedgerOutput[];
  readonly created: readonly LedgerOutput[];
}

export interface LedgerOverlay extends LedgerView {
  apply(change: LedgerChange): void;
}

/** A ledger that is another one with some changes applied: a block being built or executed over the stored state. */
export function createOverlay(base: LedgerView): LedgerOverlay {
  const created = new Map<bigint, LedgerOutput>();
  const spent = new Set<bigint>();
  const txIds = new Set<Hex>();
  return {
    output: (position) => created.get(position) ?? base.output(position),
    isSpent: (position) => spent.has(position) || base.isSpent(position),
    hasTransaction: (txId) => txIds.has(txId) || base.hasTransaction(txId),
    exitOf: (outputId) => base.exitOf(outputId),
    apply(change) {
      txIds.add(change.txId);
      for (const { position } of change.spent) spent.add(position);
      for (const output of change.created) created.set(output.position, output);
    },
  };
}
