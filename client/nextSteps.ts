import type { Address } from "viem";
import type { Exit } from "./exits.ts";

/** What an owner can do about an exit now. */
export type ExitStep =
  /** Nothing until L1 time `at`, seconds; anyone may challenge until it is processed. */
  | { readonly action: "wait"; readonly at: number }
  /** Pay it out: anyone may. */
  | { readonly action: "process" }
  /** It was paid but the receiver refused: L1 holds `amount` of `token`. */
  | { readonly action: "withdraw"; readonly token: Address; readonly amount: bigint }
  /**
   * Nothing: it was paid, it was ended by a spend and the bond is gone, or an in-flight exit has shown for ever that it is spent
   * and the bond is back.
   */
  | { readonly action: "none"; readonly outcome: "paid" | "lost" | "spent" };

/** The next step of an exit; `credit` is what L1 holds for its owner in its token. */
export function nextStep(exit: Exit, credit: bigint): ExitStep {
  switch (exit.status) {
    case "waiting":
      return { action: "wait", at: exit.exitableAt };
    case "ready":
      return { action: "process" };
    case "paid":
      return credit > 0n
        ? { action: "withdraw", token: exit.token, amount: credit }
        : { action: "none", outcome: "paid" };
    case "spent":
      return { action: "none", outcome: "spent" };
    default:
      return { action: "none", outcome: "lost" };
  }
}
