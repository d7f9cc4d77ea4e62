/** What happens at the head of a queue: payouts, verdicts, and dead entries dropped. */
import type { Ledger } from "./money.ts";
import type { MoveOf, Objection } from "./moves.ts";
import {
  coinOf,
  type Entry,
  type InFlightExit,
  isInput,
  type OutputName,
  outputOfPiece,
  type Payment,
  type State,
  type Token,
} from "./state.ts";

/** At most `max` entries in order; ends at the first that lives and has not matured. Anyone may. */
export function processQueue(ledger: Ledger, { token, max }: MoveOf<"process">): readonly Objection[] {
  for (let processed = 0; processed < max; processed++) {
    const [head, ...rest] = ledger.state.queues[token];
    if (head === undefined) break;
    const isLive = isLiveEntry(ledger.state, head);
    if (isLive && head.exitableAt >= ledger.state.now) break;
    ledger.set("queues", token, rest);
    if ("output" in head.exit) finishStandard(ledger, head.exit.output, token);
    else if (isLive) finishInFlight(ledger, head.exit.payment, token);
  }
  return [];
}

/** Whether an entry still waits for its time; a dead one may be dropped at once. */
export function isLiveEntry(state: State, { exit }: Entry): boolean {
  if ("output" in exit) return state.exits[exit.output]?.challenged === false;
  return state.inFlight[exit.payment]?.startedAt === exit.startedAt;
}

/** Pays the output where it has no flag; the bond returns to the owner, who put it up. */
function finishStandard(ledger: Ledger, output: OutputName, token: Token): void {
  const exit = ledger.state.exits[output];
  const coin = coinOf(ledger.state, output);
  if (exit === undefined || coin === undefined) return;
  ledger.remove("exits", output);
  if (exit.challenged) return;
  payOnce(ledger, output, token);
  ledger.payBond(coin.owner, output, coin.owner, exit.bond);
}

/** R13: an output is paid where it has no flag, and has one then. */
function payOnce(ledger: Ledger, output: OutputName, token: Token): void {
  const coin = coinOf(ledger.state, output);
  if (coin === undefined || ledger.state.flags[output] !== undefined) return;
  ledger.set("flags", output, "PAID");
  ledger.payOutput(output, coin.owner, token, coin.amount);
}

/** R14: the verdict at the first entry, in whatever token; then what it gives to the live pieces of this entry's token. */
function finishInFlight(ledger: Ledger, name: string, token: Token): void {
  const payment = ledger.state.payments[name];
  let exit = ledger.state.inFlight[name];
  if (payment === undefined || exit === undefined) return;
  if (exit.verdict === undefined) {
    ledger.payBond(exit.starter, name, exit.bondOwner ?? exit.starter, exit.bond);
    if (exit.live.length === 0) {
      ledger.remove("inFlight", name);
      return;
    }
    exit = decide(ledger, payment, exit);
  }
  for (const piece of inOrder(exit.live)) {
    const output = outputOfPiece(payment, piece);
    const coin = output === undefined ? undefined : coinOf(ledger.state, output);
    if (output === undefined || coin?.token !== token) continue;
    exit = { ...exit, live: exit.live.filter((other) => other !== piece) };
    if (isInput(piece) === (exit.verdict === "notCanonical")) payOnce(ledger, output, token);
    ledger.payBond(coin.owner, `${name} ${piece}`, coin.owner, exit.bond);
  }
  if (isQueued(ledger.state, name, exit)) ledger.set("inFlight", name, exit);
  else ledger.remove("inFlight", name);
}

/** Canonical: no input is finalised by anything else, and it is settled or not contested. Then T has spent its inputs. */
function decide(ledger: Ledger, payment: Payment, exit: InFlightExit): InFlightExit {
  const spentByT = `SPENT_BY ${payment.name}` as const;
  const inputs = payment.inputs.map(({ output }) => output);
  const areFree = inputs.every((output) => (ledger.state.flags[output] ?? spentByT) === spentByT);
  const canonical = areFree && (exit.settled || !exit.contested);
  if (canonical) for (const output of inputs) ledger.set("flags", output, spentByT);
  return { ...exit, verdict: canonical ? "canonical" : "notCanonical" };
}

/** Inputs first, as they are numbered: it matters where a pot runs short. */
function inOrder(pieces: InFlightExit["live"]): InFlightExit["live"] {
  return pieces.toSorted((a, b) => (a < b ? -1 : 1));
}

function isQueued(state: State, name: string, { startedAt }: InFlightExit): boolean {
  return Object.values(state.queues)
    .flat()
    .some(({ exit }) => "payment" in exit && exit.payment === name && exit.startedAt === startedAt);
}
