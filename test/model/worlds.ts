/** Where histories begin: who there is, what has been deposited, signed and committed, and what may happen then. */
import { apply, OPERATOR } from "./model.ts";
import type { Move } from "./moves.ts";
import { type Coin, initialState, type Payment, type Place, type State } from "./state.ts";

export const ALICE = "alice";
export const MALLORY = "mallory";
export const ACTORS = [ALICE, MALLORY, OPERATOR] as const;

/** One step of exit times is one second, and each quarter of the period is a whole number of them. */
export const PERIOD = 160;
export const START = 1_900_000_000;

export const emptyWorld = (): State => initialState(PERIOD, START, ACTORS);

export const eth = (owner: string, amount: bigint): Coin => ({ owner, token: "ETH", amount });
export const tok = (owner: string, amount: bigint): Coin => ({ owner, token: "TOK", amount });
export const inBlock = (block: number, index: number): Place => ({ block, lane: 0, index });
export const depositAt = (behind: number, index: number): Place => ({ block: behind, lane: 1, index });

/** A payment of deposits made before the first block, signed by its owners unless said otherwise. */
export function payment(
  name: string,
  inputs: Payment["inputs"],
  outputs: readonly Coin[],
  signers: readonly string[],
  window: { validAfter?: number; validBefore?: number } = {},
): Payment {
  return { name, inputs, outputs, signers, validAfter: 0, validBefore: 0, ...window };
}

/** Plays a prologue that must be accepted. */
export function begin(prologue: readonly Move[]): State {
  return prologue.reduce((state, move) => {
    const outcome = apply(state, move);
    if ("objections" in outcome) throw new Error(`the prologue is refused: ${outcome.objections.join(" ")}`);
    return outcome.state;
  }, emptyWorld());
}
