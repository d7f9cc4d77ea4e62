import type { Hex } from "viem";
import type { Conditions } from "./conditionalSpend.ts";
import type { Output } from "./output.ts";

/** An output where it was created. */
export interface LedgerOutput {
  readonly position: bigint;
  readonly outputId: Hex;
  readonly output: Output;
}

/** What finalised an output on L1, once and for ever (R13): a payment, or the canonical verdict for the transaction that spends it. */
export type Finalisation = { readonly kind: "paid" } | { readonly kind: "spent"; readonly txId: Hex };

/** An open exit that an output takes part in. `startedAt` is L1 time, Unix seconds. */
export type OpenExit =
  /** The exit of the output itself. */
  | { readonly kind: "standard"; readonly startedAt: number }
  /** The in-flight exit of transaction `txId`, which has the output as an input, or as a piggybacked output. */
  | { readonly kind: "input" | "output"; readonly txId: Hex; readonly startedAt: number };

/** What L1 says of an output that it knows from exits. */
export interface ExitState {
  /** Undefined while the output is still worth something on the chain. */
  readonly finalised: Finalisation | undefined;
  readonly open: readonly OpenExit[];
}

/** The ledger as the validity rules read it, at one moment. Deposits are outputs like all others. */
export interface LedgerView {
  /** The output created at this position, spent or not; undefined if there never was one. */
  output(position: bigint): Omit<LedgerOutput, "position"> | undefined;
  isSpent(position: bigint): boolean;
  hasTransaction(txId: Hex): boolean;
  /** The finished and open exits that concern an output; undefined if there are none. */
  exitOf(outputId: Hex): ExitState | undefined;
  readonly conditions: Conditions;
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
    conditions: base.conditions,
    apply(change) {
      txIds.add(change.txId);
      for (const { position } of change.spent) spent.add(position);
      for (const output of change.created) created.set(output.position, output);
    },
  };
}
