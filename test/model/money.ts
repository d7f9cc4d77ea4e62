import { type Actor, CONTRACT, type OutputName, type State, type Token } from "./state.ts";

/** Money that left the contract: for an output, or a bond that somebody had put up. */
export type Payout =
  | {
      readonly output: OutputName;
      readonly to: Actor;
      readonly token: Token;
      readonly paid: bigint;
      readonly due: bigint;
    }
  | { readonly bondOf: Actor; readonly of: string; readonly to: Actor; readonly amount: bigint };

type Records = "exits" | "inFlight" | "flags" | "queues";

/** A state that is being changed by one move, and the money that it moves. */
export interface Ledger {
  state: State;
  readonly payouts: readonly Payout[];
  /** Replaces one entry of a record. */
  set<K extends Records, N extends keyof State[K]>(record: K, name: N, value: State[K][N]): void;
  remove(record: "exits" | "inFlight", name: string): void;
  /** Moves L1 money. */
  transfer(from: Actor, to: Actor, token: Token, amount: bigint): void;
  addToPot(token: Token, amount: bigint): void;
  /** Pays an output from the pot of its token, or what is left there (R21, R23). */
  payOutput(output: OutputName, to: Actor, token: Token, due: bigint): void;
  /** Pays the bond that `bondOf` put up `of` an exit or a piece. */
  payBond(bondOf: Actor, of: string, to: Actor, amount: bigint): void;
}

export function openLedger(before: State): Ledger {
  const payouts: Payout[] = [];
  const ledger: Ledger = {
    state: before,
    payouts,
    set(record, name, value) {
      ledger.state = { ...ledger.state, [record]: { ...ledger.state[record], [name]: value } };
    },
    remove(record, name) {
      const { [name]: _, ...rest } = ledger.state[record] as Readonly<Record<string, unknown>>;
      ledger.state = { ...ledger.state, [record]: rest };
    },
    transfer(from, to, token, amount) {
      const add = (actor: Actor, change: bigint): void => {
        const money = ledger.state.balances[actor];
        if (money === undefined) throw new RangeError(`nobody is called ${actor}`);
        const balances = { ...ledger.state.balances, [actor]: { ...money, [token]: money[token] + change } };
        ledger.state = { ...ledger.state, balances };
      };
      add(from, -amount);
      add(to, amount);
    },
    addToPot(token, amount) {
      const pot = ledger.state.pots[token];
      const pots = { ...ledger.state.pots, [token]: { ...pot, amount: pot.amount + amount } };
      ledger.state = { ...ledger.state, pots };
    },
    payOutput(output, to, token, due) {
      const { amount: left } = ledger.state.pots[token];
      const paid = left < due ? left : due;
      if (paid < due) {
        const pots = { ...ledger.state.pots, [token]: { amount: left, closed: true } };
        ledger.state = { ...ledger.state, pots };
      }
      ledger.addToPot(token, -paid);
      ledger.transfer(CONTRACT, to, token, paid);
      payouts.push({ output, to, token, paid, due });
    },
    payBond(bondOf, of, to, amount) {
      ledger.transfer(CONTRACT, to, "ETH", amount);
      payouts.push({ bondOf, of, to, amount });
    },
  };
  return ledger;
}

/** What the contract must hold: the pots, and every bond that somebody can still earn. Nothing else is its own. */
export function moneyOwed(state: State, token: Token): bigint {
  if (token !== "ETH") return state.pots[token].amount;
  const standard = Object.values(state.exits).map(({ bond }) => bond);
  const inFlight = Object.values(state.inFlight).map(
    ({ bond, live, verdict }) => bond * BigInt(live.length + (verdict === undefined ? 1 : 0)),
  );
  return [...standard, ...inFlight].reduce((sum, bond) => sum + bond, state.pots.ETH.amount);
}
