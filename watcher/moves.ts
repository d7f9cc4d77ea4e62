import type { Address, Hex } from "viem";
import type { GuardKit } from "../client/guardKit.ts";
import type { Inclusion } from "../protocol/inclusion.ts";
import type { Spend } from "../protocol/spend.ts";
import type { InFlightExit } from "../runtime/inFlightExits.ts";
import type { Finding } from "./events.ts";

/** Something to do on L1. Who makes it and what it costs is for others. */
export type Move =
  /** Ends a standard exit by a spend of its output. */
  | { readonly kind: "challengeExit"; readonly outputId: Hex; readonly position: bigint; readonly spend: Spend }
  /** Shows an older competitor of a transaction in flight. */
  | { readonly kind: "contest"; readonly exit: InFlightExit; readonly competitor: Spend }
  /** Shows a contested transaction in its block. */
  | { readonly kind: "respond"; readonly exit: InFlightExit; readonly inclusion: Inclusion }
  /** Takes a spent piece out of an in-flight exit. */
  | { readonly kind: "challengePiece"; readonly exit: InFlightExit; readonly piece: number; readonly spend: Spend }
  /** Takes a conditional output out of an in-flight exit whose transaction stands in a block (R18). */
  | {
      readonly kind: "challengeIncluded";
      readonly exit: InFlightExit;
      readonly piece: number;
      readonly inclusion: Inclusion;
    }
  /** Lets the account's own pieces take part in an in-flight exit. */
  | { readonly kind: "piggyback"; readonly exit: InFlightExit; readonly pieces: readonly number[] }
  /** Ends an in-flight exit that nobody takes part in. */
  | { readonly kind: "delete"; readonly exit: InFlightExit }
  /** Pays what has matured in a queue, and of that only these entries. */
  | { readonly kind: "process"; readonly token: Address; readonly entries: readonly Hex[] }
  /** Takes an output to L1: an own one, or one whose owner permits it. */
  | { readonly kind: "startExit"; readonly position: bigint; readonly permission?: GuardKit["exits"][number] }
  /** Takes a transaction to L1 that spends own outputs, with its pieces of the account. */
  | { readonly kind: "startInFlightExit"; readonly raw: Hex; readonly pieces: readonly number[] };

/** A move that is called for. */
export interface PlannedMove {
  /** The same need has the same key, across restarts too. */
  readonly key: string;
  readonly subject: string;
  /** L1 time, seconds, by which it must be mined. */
  readonly deadline: number | undefined;
  readonly move: Move;
}

/** What was found, and what can be done about it. */
export interface Judgement {
  readonly finding: Finding;
  readonly plan?: PlannedMove;
}
