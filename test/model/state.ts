import { CHALLENGE_GAS, MIN_BOND_GAS_PRICE } from "../../protocol/generated/constants.ts";

/** The nouns of the game: what there is at one moment, in plain data. Outputs, payments and people are names. */

export type Actor = string;
export type Token = "ETH" | "TOK";
export const TOKENS: readonly Token[] = ["ETH", "TOK"];

/** `d0`, `d1`, … for the deposits in order, `T:1` for the second output of payment T. */
export type OutputName = string;

export interface Coin {
  readonly owner: Actor;
  readonly token: Token;
  readonly amount: bigint;
}

/** Where a transaction stands. Deposits (lane 1) stand behind the whole block that was the newest when they were made. */
export interface Place {
  readonly block: number;
  readonly lane: 0 | 1;
  readonly index: number;
}

export interface Position extends Place {
  readonly output: number;
}

/** A transaction as it was signed. Nothing says that its inputs exist, or that its signers own them. */
export interface Payment {
  readonly name: string;
  readonly inputs: readonly { readonly output: OutputName; readonly at: Place }[];
  readonly outputs: readonly Coin[];
  readonly signers: readonly Actor[];
  /** L1 seconds; 0 for none. */
  readonly validAfter: number;
  readonly validBefore: number;
}

export interface Deposit extends Coin {
  /** The newest block when it was made. */
  readonly behind: number;
}

/** A committed block. Whether anybody but the operator can see it makes no difference to L1. */
export interface Block {
  readonly payments: readonly string[];
  readonly timestamp: number;
  readonly sealedAt: number;
  /** Deposits that it has seen. */
  readonly deposits: number;
  readonly published: boolean;
}

/** A standard exit that waits in its queue. */
export interface StandardExit {
  readonly bond: bigint;
  readonly exitableAt: number;
  readonly position: Position;
  readonly challenged: boolean;
}

/** `in0` to `in7` and `out0` to `out7`. */
export type Piece = `${"in" | "out"}${number}`;

export interface InFlightExit {
  readonly startedAt: number;
  readonly exitableAt: number;
  /** Of the youngest input. */
  readonly position: Position;
  /** Wei, of the exit itself and of each piece. */
  readonly bond: bigint;
  readonly starter: Actor;
  readonly live: readonly Piece[];
  readonly contested: boolean;
  readonly settled: boolean;
  /** Place of the oldest competitor, or of T itself after a response; `unseen` for one in no block. Absent where nothing stands. */
  readonly oldest?: Place | "unseen";
  /** Who took the exit's bond from the starter. */
  readonly bondOwner?: Actor;
  readonly verdict?: "canonical" | "notCanonical";
}

/** What waits in a queue: a standard exit, or an in-flight exit (which is dead once IFE(T) is closed or another). */
export interface Entry {
  readonly exit: { readonly output: OutputName } | { readonly payment: string; readonly startedAt: number };
  readonly exitableAt: number;
  readonly position: Position;
}

export type Flag = "PAID" | `SPENT_BY ${string}`;
export type PerToken<T> = Readonly<Record<Token, T>>;

export interface State {
  /** Minimum exit period, seconds. */
  readonly period: number;
  readonly now: number;
  readonly payments: Readonly<Record<string, Payment>>;
  readonly deposits: readonly Deposit[];
  /** Block 1 first. */
  readonly blocks: readonly Block[];
  readonly flags: Readonly<Record<OutputName, Flag>>;
  readonly exits: Readonly<Record<OutputName, StandardExit>>;
  readonly inFlight: Readonly<Record<string, InFlightExit>>;
  readonly queues: PerToken<readonly Entry[]>;
  /** What is owed to the owners of outputs, and whether it fell short once (R23). */
  readonly pots: PerToken<{ readonly amount: bigint; readonly closed: boolean }>;
  /** Money on L1, of every actor and of the contract. */
  readonly balances: Readonly<Record<Actor, PerToken<bigint>>>;
}

/** The contract's name among the balances. */
export const CONTRACT: Actor = "contract";

/** Least bond (R27) at a base fee of zero: 320,000 gas at 20 gwei. */
export const BOND = CHALLENGE_GAS * MIN_BOND_GAS_PRICE;

/** L1 money of every actor at the beginning, in wei and in units of the token. */
export const PURSE = 10n ** 24n;

export function initialState(period: number, now: number, actors: readonly Actor[]): State {
  const money = (amount: bigint): PerToken<bigint> => ({ ETH: amount, TOK: amount });
  const pot = { amount: 0n, closed: false };
  return {
    period,
    now,
    payments: {},
    deposits: [],
    blocks: [],
    flags: {},
    exits: {},
    inFlight: {},
    queues: { ETH: [], TOK: [] },
    pots: { ETH: pot, TOK: pot },
    balances: { ...Object.fromEntries(actors.map((actor) => [actor, money(PURSE)])), [CONTRACT]: money(0n) },
  };
}

/** Below zero where `a` is older: block, then lane, then index. */
export function comparePlaces(a: Place, b: Place): number {
  return a.block - b.block || a.lane - b.lane || a.index - b.index;
}

/** As comparePlaces, then by output. */
export function comparePositions(a: Position, b: Position): number {
  return comparePlaces(a, b) || a.output - b.output;
}

export const samePlace = (a: Place, b: Place): boolean => comparePlaces(a, b) === 0;

/** What a name means: the deposit's number, or the payment that creates it and which of its outputs. */
export function originOf(output: OutputName): { deposit: number } | { payment: string; index: number } {
  const [origin = "", index] = output.split(":");
  return index === undefined ? { deposit: Number(origin.slice(1)) } : { payment: origin, index: Number(index) };
}

/** Where a payment is in blocks: nowhere, once, or wherever a bad operator repeats it. */
export function placesOf({ blocks }: State, payment: string): readonly Place[] {
  return blocks.flatMap(({ payments }, block) =>
    payments.flatMap((name, index) => (name === payment ? [{ block: block + 1, lane: 0 as const, index }] : [])),
  );
}

/** The output's owner, token and amount. Undefined where the name means nothing yet. */
export function coinOf(state: State, output: OutputName): Coin | undefined {
  const origin = originOf(output);
  return "deposit" in origin ? state.deposits[origin.deposit] : state.payments[origin.payment]?.outputs[origin.index];
}

/** The output's number in the transaction that creates it. */
export function outputIndexOf(output: OutputName): number {
  const origin = originOf(output);
  return "deposit" in origin ? 0 : origin.index;
}

/** Where a deposit stands. */
export function depositPlace(state: State, index: number): Place | undefined {
  const deposit = state.deposits[index];
  return deposit && { block: deposit.behind, lane: 1, index };
}

/** The output that a piece of IFE(T) is about; undefined where T has no such input or output. */
export function outputOfPiece(payment: Payment, piece: Piece): OutputName | undefined {
  const index = Number(piece.replace(/\D+/, ""));
  if (piece.startsWith("in")) return payment.inputs[index]?.output;
  return payment.outputs[index] && `${payment.name}:${index}`;
}

export const isInput = (piece: Piece): boolean => piece.startsWith("in");
