/** What counts as included, complete, live and a spend: R7, R8 and R9 of docs/protocol.md. */
import type { Objection, ShownSpend } from "./moves.ts";
import {
  coinOf,
  comparePlaces,
  depositPlace,
  type OutputName,
  originOf,
  outputIndexOf,
  type Payment,
  type Place,
  type Position,
  type State,
  samePlace,
  TOKENS,
} from "./state.ts";

type Objections = Objection[];

/** R9: what speaks against `payment` being included at `place`. */
export function inclusionObjections(state: State, payment: Payment, place: Place): Objections {
  const block = state.blocks[place.block - 1];
  if (block === undefined) return ["BLOCK_UNKNOWN"];
  const objections: Objections = [];
  if (place.lane !== 0 || block.payments[place.index] !== payment.name) objections.push("NOT_INCLUDED");
  if (!isWithinWindow(payment, block.sealedAt)) objections.push("OUTSIDE_WINDOW");
  const inOrder = payment.inputs.every(
    ({ at }) => comparePlaces(at, place) < 0 && (at.lane === 0 || at.index < block.deposits),
  );
  if (!inOrder) objections.push("INPUT_NOT_OLDER");
  return objections;
}

/** Whether `time` is in the window [validAfter, validBefore). */
export function isWithinWindow({ validAfter, validBefore }: Payment, time: number): boolean {
  return validAfter <= time && (validBefore === 0 || time < validBefore);
}

/** What speaks against the output having been created at `place` (R9): its deposit or payment is there. */
export function creationObjections(state: State, output: OutputName, place: Place): Objections {
  const origin = originOf(output);
  if ("deposit" in origin) {
    const made = depositPlace(state, origin.deposit);
    return made !== undefined && samePlace(made, place) ? [] : ["INPUT_UNPROVEN"];
  }
  const payment = state.payments[origin.payment];
  return payment === undefined ? ["MEANINGLESS"] : inclusionObjections(state, payment, place);
}

/** The owners of the inputs signed and nobody else, and no token is created (R7). */
export function completenessObjections(state: State, payment: Payment): Objections {
  const objections: Objections = [];
  const spent = payment.inputs.map(({ output }) => coinOf(state, output));
  if (spent.includes(undefined)) return ["MEANINGLESS"];
  const owners = new Set(spent.map((coin) => coin?.owner));
  if (owners.size !== payment.signers.length || !payment.signers.every((signer) => owners.has(signer))) {
    objections.push("SIGNERS");
  }
  for (const token of TOKENS) {
    const sum = (coins: readonly ({ token: string; amount: bigint } | undefined)[]): bigint =>
      coins.reduce((total, coin) => (coin?.token === token ? total + coin.amount : total), 0n);
    if (sum(payment.outputs) > sum(spent)) objections.push("OVERSPEND");
  }
  return objections;
}

/**
 * R7: what speaks against SPEND(S, `output`). `proven` is the position that the exit itself proved; where S signs another
 * (or nothing was proven) the creation of the output at the signed position must be shown.
 */
export function spendObjections(
  state: State,
  { payment: name, input, at, source }: ShownSpend,
  output: OutputName,
  proven?: Position,
): Objections {
  const payment = state.payments[name];
  if (payment === undefined) return ["MEANINGLESS"];
  const objections = completenessObjections(state, payment);
  if (at !== undefined) objections.push(...inclusionObjections(state, payment, at));
  else if (!isWithinWindow(payment, state.now)) objections.push("SPEND_NOT_LIVE");

  const signed = payment.inputs[input];
  if (signed === undefined) return [...objections, "NO_SUCH_INPUT"];
  if (signed.output !== output) return [...objections, "NOT_A_COMPETITOR"];
  const isProven = proven !== undefined && samePlace(signed.at, proven) && proven.output === outputIndexOf(output);
  return isProven ? objections : [...objections, ...sourceObjections(state, signed.output, signed.at, source)];
}

/** Deposits have no transaction that could be shown; they stand at one place only. */
function sourceObjections(state: State, output: OutputName, signed: Place, source: Place | undefined): Objections {
  const origin = originOf(output);
  if (source === undefined || "deposit" in origin) return ["SOURCE"];
  const objections = creationObjections(state, output, source);
  return samePlace(source, signed) ? objections : [...objections, "SOURCE"];
}
