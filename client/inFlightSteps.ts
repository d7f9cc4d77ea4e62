import type { Address } from "viem";
import { hasEnded, type InFlightExit } from "./inFlightExits.ts";

/** What somebody can do about an in-flight exit. Times are L1 timestamps in seconds. */
export type InFlightStep =
  /** Let own pieces take part before `before`; `value` is what their bonds are together, in wei. */
  | {
      readonly action: "piggyback";
      readonly pieces: readonly number[];
      readonly before: number;
      readonly value: bigint;
    }
  /** Show that the transaction stands before its competitor, before anybody may process the exit. Earns the exit's bond. */
  | { readonly action: "respond"; readonly before: number; readonly reward: bigint }
  /** Show a competitor before `before`. Earns the exit's bond unless it is answered. */
  | { readonly action: "contest"; readonly before: number; readonly reward: bigint }
  /** Show that pieces are spent, before anybody may process the exit. Earns the bond of each. */
  | {
      readonly action: "challenge";
      readonly pieces: readonly number[];
      readonly before: number;
      readonly reward: bigint;
    }
  /** Nothing until `at`, and then `then`. */
  | { readonly action: "wait"; readonly at: number; readonly next: "process" | "delete" }
  /** Pay it out, in each of these queues: anyone may. */
  | { readonly action: "process"; readonly tokens: readonly Address[] }
  /** End it, as nobody takes part: anyone may. The bond goes to its owner. */
  | { readonly action: "delete" }
  /** The receiver refused the money: L1 holds `amount` of `token`. */
  | { readonly action: "withdraw"; readonly token: Address; readonly amount: bigint }
  | { readonly action: "none"; readonly outcome: "canonical" | "not canonical" | "deleted" };

/** What one account has and knows. */
export interface InFlightView {
  /** Pieces of its own that may still take part. */
  readonly joinable: readonly number[];
  /** Place of the oldest competitor that it can show. */
  readonly competitor: bigint | undefined;
  /** Live pieces whose spend it can show. */
  readonly spent: readonly number[];
  /** Place of the transaction itself, where it can show that. */
  readonly included: bigint | undefined;
  /** What L1 holds for it, of tokens that its pieces are in. */
  readonly credits: readonly { readonly token: Address; readonly amount: bigint }[];
}

/** Every step that is open to the account, the most urgent first; there is always one. */
export function inFlightSteps(exit: InFlightExit, view: InFlightView): InFlightStep[] {
  const { status, terms, phaseOneEnds, contested, settled, oldest, verdict } = exit;
  if (hasEnded(exit)) {
    const outcome = status === "canonical" || status === "not canonical" ? status : "deleted";
    const withdrawals = view.credits.map(({ token, amount }) => ({ action: "withdraw", token, amount }) as const);
    return withdrawals.length > 0 ? withdrawals : [{ action: "none", outcome }];
  }
  const { exitableAt, bond } = terms;
  const steps: InFlightStep[] = [];
  const undecided = verdict === "none";
  const isOlder = (place: bigint | undefined) => place !== undefined && (oldest === undefined || place < oldest);

  if (status === "joining" && view.joinable.length > 0) {
    const value = bond * BigInt(view.joinable.length);
    steps.push({ action: "piggyback", pieces: view.joinable, before: phaseOneEnds, value });
  }
  if (undecided && contested && isOlder(view.included)) {
    steps.push({ action: "respond", before: exitableAt, reward: bond });
  }
  if (status === "joining" && !settled && isOlder(view.competitor)) {
    steps.push({ action: "contest", before: phaseOneEnds, reward: bond });
  }
  if (undecided && view.spent.length > 0) {
    const reward = bond * BigInt(view.spent.length);
    steps.push({ action: "challenge", pieces: view.spent, before: exitableAt, reward });
  }
  return [...steps, lastStep(exit)];
}

/** How it goes on when nobody does anything else. */
function lastStep({ status, pieces, phaseOneEnds, terms }: InFlightExit): InFlightStep {
  const live = pieces.filter(({ state }) => state === "live");
  if (live.length === 0) {
    return status === "joining" ? { action: "wait", at: phaseOneEnds, next: "delete" } : { action: "delete" };
  }
  if (status !== "ready") return { action: "wait", at: terms.exitableAt, next: "process" };
  return { action: "process", tokens: [...new Set(live.map(({ output }) => output.token))] };
}
