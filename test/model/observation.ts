/** Everything that can be seen of the contracts after a step, and what the model says it is. */
import { type Abi, type Address, encodeAbiParameters, encodeFunctionData, type Hex, keccak256 } from "viem";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import { addressOf, type Translator } from "./calldata.ts";
import { entryId, maskOf, termsOf } from "./calls.ts";
import { isLiveEntry } from "./processing.ts";
import { type Actor, CONTRACT, type Entry, type OutputName, type State, TOKENS, type Token } from "./state.ts";

/** A view, its result as 32-byte words, and what it is in words of people. */
export interface Observation {
  readonly what: string;
  readonly target: Address;
  readonly data: Hex;
  readonly expected: readonly bigint[];
  /** Whether anything below is the same. */
  readonly atMost?: boolean;
}

interface Addresses {
  readonly rootChain: Address;
  readonly token: Address;
  readonly lens: Address;
}

/** Stands before the first and after the last entry of a queue. */
const SENTINEL: Hex = `0x${"1".padStart(64, "0")}`;

// States of a record, as types/ExitRecord.sol numbers them.
const [LIVE, CHALLENGED, PAID, SPENT, IN_FLIGHT, IN_FLIGHT_DEAD, FINAL] = [1n, 3n, 4n, 5n, 6n, 7n, 0x80n];
// Marks of IFE(T)'s word, as types/InFlightExit.sol has them.
const [CONTESTED, SETTLED, DECIDED, CANONICAL, SHOWN] = [1n << 16n, 1n << 17n, 1n << 18n, 1n << 19n, 1n << 20n];

const encoded = new Map<string, Hex>();

/** Calls of views are encoded once. */
function view(functionName: string, args: readonly unknown[]): Hex {
  const key = `${functionName} ${args.join(" ")}`;
  const known = encoded.get(key);
  if (known !== undefined) return known;
  const data = encodeFunctionData({ abi: rootChainAbi as Abi, functionName, args });
  encoded.set(key, data);
  return data;
}

/** `balanceOf(address)` of a token, and of the lens for ETH. */
const balanceOf = (account: Address): Hex => `0x70a08231${account.slice(2).padStart(64, "0")}`;

export function observationOf(
  real: Translator,
  state: State,
  actors: readonly Actor[],
  { rootChain, token, lens }: Addresses,
): readonly Observation[] {
  const ask = (what: string, functionName: string, args: readonly unknown[], expected: readonly bigint[]) => ({
    what,
    target: rootChain,
    data: view(functionName, args),
    expected,
  });
  const outputs = outputsOf(state);
  const payments = Object.keys(state.payments);

  return [
    ask("newest block", "newestBlock", [], [BigInt(state.blocks.length)]),
    ask("deposits", "depositCount", [], [BigInt(state.deposits.length)]),
    ...outputs.flatMap((name) => {
      const id = real.outputIdByName(state, name);
      return [
        ask(`flag of ${name}`, "flagOf", [id], [flagWord(real, state, name)]),
        ask(`exit of ${name}`, "exitOf", [id], exitWords(real, state, name)),
      ];
    }),
    ...payments.map((name) => {
      const words = inFlightWords(real, state, name);
      return ask(`IFE(${name})`, "inFlightExitOf", [real.realPayment(state, name).txId], words);
    }),
    ...entriesOf(state).map(({ payment, startedAt, words }) => {
      const id = entryId(real.realPayment(state, payment).txId, startedAt);
      return ask(`entry of IFE(${payment}) since ${startedAt}`, "exitOf", [id], words(real));
    }),
    ...TOKENS.flatMap((name) => queueLinks(real, state, name, ask)),
    ...TOKENS.map((name) => {
      const { amount, closed } = state.pots[name];
      return ask(`pot of ${name}`, "pot", [real.tokenAddress(name)], [amount, closed ? 1n : 0n]);
    }),
    ...[...actors, CONTRACT].flatMap((actor) => {
      const account = actor === CONTRACT ? rootChain : addressOf(actor);
      const { ETH = 0n, TOK = 0n } = state.balances[actor] ?? {};
      return [
        { what: `${actor}'s ETH`, target: lens, data: balanceOf(account), expected: [ETH] },
        { what: `${actor}'s TOK`, target: token, data: balanceOf(account), expected: [TOK] },
      ];
    }),
  ];
}

/** All outputs that have a name. */
function outputsOf(state: State): readonly OutputName[] {
  const created = Object.values(state.payments).flatMap(({ name, outputs }) =>
    outputs.map((_, index) => `${name}:${index}`),
  );
  return [...state.deposits.map((_, index) => `d${index}`), ...created];
}

/** R13: zero, one for PAID, else the low 240 bits of the spender's id. */
function flagWord(real: Translator, state: State, name: OutputName): bigint {
  const flag = state.flags[name];
  if (flag === undefined) return 0n;
  if (flag === "PAID") return 1n;
  return BigInt(real.realPayment(state, flag.slice("SPENT_BY ".length)).txId) & ((1n << 240n) - 1n);
}

/** State, bond, exitableAt, position. */
function exitWords(real: Translator, state: State, name: OutputName): readonly bigint[] {
  const exit = state.exits[name];
  const flag = state.flags[name];
  if (exit === undefined) return [flag === undefined ? 0n : flag === "PAID" ? PAID : SPENT, 0n, 0n, 0n];
  const waiting = exit.challenged ? CHALLENGED : LIVE;
  const position = real.positionOf(exit.position);
  return [flag === undefined ? waiting : waiting | FINAL, exit.bond, BigInt(exit.exitableAt), position];
}

/** Terms' hash and marks; place of the oldest; bond owner. */
function inFlightWords(real: Translator, state: State, payment: string): readonly bigint[] {
  const exit = state.inFlight[payment];
  if (exit === undefined) return [0n, 0n, 0n];
  const { funds, start, end } = termsOf(real, state, payment);
  const words = [funds, start, end];
  const types = words.map(() => ({ type: "uint256" }));
  const hash = BigInt(keccak256(encodeAbiParameters(types, words)));
  const marks =
    (exit.contested ? CONTESTED : 0n) |
    (exit.settled ? SETTLED : 0n) |
    (exit.verdict === undefined ? 0n : DECIDED) |
    (exit.verdict === "canonical" ? CANONICAL : 0n);
  const word = ((hash >> 24n) << 24n) | marks | BigInt(maskOf(exit.live));
  // A bond owner other than the starter is there with whatever was shown, and told by a mark.
  if (exit.bondOwner === undefined || exit.oldest === undefined) return [word, 0n, 0n];
  const place = exit.oldest === "unseen" ? (1n << 96n) - 1n : real.positionOf({ ...exit.oldest, output: 0 }) >> 8n;
  return [word | SHOWN, place, BigInt(addressOf(exit.bondOwner))];
}

/** Each in-flight exit that waits in some queue, dead or alive: the record counts its queues. */
function entriesOf(state: State) {
  const waiting = new Map<string, { payment: string; startedAt: number; entries: Entry[] }>();
  for (const entry of TOKENS.flatMap((name) => state.queues[name])) {
    if ("output" in entry.exit) continue;
    const { payment, startedAt } = entry.exit;
    const key = `${payment} ${startedAt}`;
    const others = waiting.get(key)?.entries ?? [];
    waiting.set(key, { payment, startedAt, entries: [...others, entry] });
  }
  return [...waiting.values()].map(({ payment, startedAt, entries }) => ({
    payment,
    startedAt,
    words: (real: Translator): readonly bigint[] => {
      const [first] = entries;
      if (first === undefined) return [];
      const mark = isLiveEntry(state, first) ? IN_FLIGHT : IN_FLIGHT_DEAD;
      return [mark, BigInt(entries.length), BigInt(first.exitableAt), real.positionOf(first.position)];
    },
  }));
}

/** The queue's links one after the other; the sentinel of one that was never used has none. */
function queueLinks(
  real: Translator,
  state: State,
  token: Token,
  ask: (what: string, functionName: string, args: readonly unknown[], expected: readonly bigint[]) => Observation,
): readonly Observation[] {
  const ids = state.queues[token].map(({ exit }) =>
    "output" in exit
      ? real.outputIdByName(state, exit.output)
      : entryId(real.realPayment(state, exit.payment).txId, exit.startedAt),
  );
  if (ids.length === 0) {
    const first = ask(
      `${token} queue, first entry`,
      "nextExit",
      [real.tokenAddress(token), SENTINEL],
      [BigInt(SENTINEL)],
    );
    return [{ ...first, atMost: true }];
  }
  return [SENTINEL, ...ids].map((id, index) =>
    ask(
      `${token} queue, behind entry ${index}`,
      "nextExit",
      [real.tokenAddress(token), id],
      [BigInt(ids[index] ?? SENTINEL)],
    ),
  );
}
