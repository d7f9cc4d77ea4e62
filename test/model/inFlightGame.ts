/** In-flight exits up to the verdict: the table of moves in docs/protocol.md. */
import type { Ledger } from "./money.ts";
import type { MoveOf, Objection } from "./moves.ts";
import { bondObjections, enqueue, exitTime } from "./queue.ts";
import {
  completenessObjections,
  creationObjections,
  inclusionObjections,
  isWithinWindow,
  spendObjections,
} from "./spends.ts";
import {
  type Actor,
  CONTRACT,
  coinOf,
  comparePlaces,
  comparePositions,
  type InFlightExit,
  isInput,
  type OutputName,
  outputIndexOf,
  outputOfPiece,
  type Payment,
  type Piece,
  type Place,
  type Position,
  type State,
  samePlace,
} from "./state.ts";

type Objections = readonly Objection[];

/** Anyone with T. A bond for the exit and one for each piece of the caller (R10). */
export function startInFlight(ledger: Ledger, move: MoveOf<"startInFlight">): Objections {
  const { by, payment: name, pieces, bond, shownAt, backdated } = move;
  const { state } = ledger;
  const payment = state.payments[name];
  if (payment === undefined) return ["MEANINGLESS"];
  const objections = [
    ...completenessObjections(state, payment),
    ...bondObjections(bond),
    ...payment.inputs.flatMap(({ output, at }, index) =>
      inputObjections(state, output, at, index === 0 ? shownAt : at),
    ),
    ...pieceObjections(state, payment, [], by, pieces),
  ];
  if (backdated && isBehindBlock(youngestInput(payment))) objections.push("BLOCK_UNKNOWN");
  if (state.inFlight[name] !== undefined) objections.push("IN_FLIGHT_EXISTS");
  if (payment.validAfter > state.now) objections.push("NOT_YET_VALID");
  if (objections.length > 0) return objections;

  const settled = payment.inputs.every(({ output }) => state.flags[output] === `SPENT_BY ${name}`);
  const contested = !settled && !isWithinWindow(payment, state.now);
  const position = youngestInput(payment);
  const exit: InFlightExit = {
    startedAt: state.now,
    exitableAt: exitTime(state, state.blocks[position.block - 1]?.timestamp ?? 0),
    position,
    bond,
    starter: by,
    live: [],
    contested,
    settled,
    ...(contested ? { oldest: "unseen" } : {}),
  };
  ledger.transfer(by, CONTRACT, "ETH", bond);
  addPieces(ledger, payment, exit, by, pieces);
  return [];
}

/** The input was created, and where T signs it. */
function inputObjections(state: State, output: OutputName, signed: Place, shown: Place = signed): readonly Objection[] {
  const objections = creationObjections(state, output, shown);
  return samePlace(signed, shown) ? objections : [...objections, "INPUT_UNPROVEN"];
}

/** A deposit, whose block is shown although nothing of the input is in it (R12). */
const isBehindBlock = ({ lane, block }: Position): boolean => lane === 1 && block > 0;

/** R12: its age is the exit's place in the queues. */
function youngestInput(payment: Payment): Position {
  const positions = payment.inputs.map(({ output, at }) => ({ ...at, output: outputIndexOf(output) }));
  return positions.reduce((youngest, other) => (comparePositions(other, youngest) > 0 ? other : youngest));
}

/** The owner, in phase 1, with a bond for each piece (R11). */
export function piggyback(ledger: Ledger, { by, payment: name, pieces }: MoveOf<"piggyback">): Objections {
  const { state } = ledger;
  const payment = state.payments[name];
  if (payment === undefined || pieces.length === 0) return ["MEANINGLESS"];
  const exit = state.inFlight[name];
  if (exit === undefined) return ["IN_FLIGHT_UNKNOWN"];
  const objections = [...pieceObjections(state, payment, exit.live, by, pieces), ...phaseOneObjections(state, exit)];
  if (objections.length > 0) return objections;
  addPieces(ledger, payment, exit, by, pieces);
  return [];
}

/** Anyone, in phase 1: a spend of an input by another transaction, older than what stands. It takes over the exit's bond. */
export function contest(ledger: Ledger, { by, payment: name, input, spend }: MoveOf<"contest">): Objections {
  const { state } = ledger;
  const payment = state.payments[name];
  const competitor = state.payments[spend.payment];
  if (payment === undefined || competitor === undefined) return ["MEANINGLESS"];
  const exit = state.inFlight[name];
  if (exit === undefined) return ["IN_FLIGHT_UNKNOWN"];
  const contestedInput = payment.inputs[input];
  const objections: Objection[] = [...phaseOneObjections(state, exit)];
  if (exit.settled) objections.push("SETTLED");
  if (spend.at === undefined ? exit.oldest !== undefined : !isOlder(spend.at, exit.oldest))
    objections.push("NOT_OLDER");
  if (contestedInput === undefined) return [...objections, "NO_SUCH_PIECE"];
  objections.push(...spendOfInputObjections(state, payment, input, spend));
  if (objections.length > 0) return objections;
  ledger.set("inFlight", name, { ...exit, contested: true, oldest: spend.at ?? "unseen", bondOwner: by });
  return [];
}

/** Anyone, until the verdict: T is included before the competitor. */
export function respond(ledger: Ledger, { by, payment: name, at }: MoveOf<"respond">): Objections {
  const { state } = ledger;
  const payment = state.payments[name];
  if (payment === undefined) return ["MEANINGLESS"];
  const exit = state.inFlight[name];
  if (exit === undefined) return ["IN_FLIGHT_UNKNOWN"];
  const objections = [...inclusionObjections(state, payment, at), ...undecidedObjections(exit)];
  if (!exit.contested) objections.push("NOT_CONTESTED");
  if (!isOlder(at, exit.oldest)) objections.push("NOT_OLDER");
  if (objections.length > 0) return objections;
  ledger.set("inFlight", name, { ...exit, contested: false, oldest: at, bondOwner: by });
  return [];
}

/** Anyone, until the verdict: the piece is spent by another transaction. Its bond goes to whoever shows that. */
export function challengePiece(
  ledger: Ledger,
  { by, payment: name, piece, spend }: MoveOf<"challengePiece">,
): Objections {
  const { state } = ledger;
  const payment = state.payments[name];
  if (payment === undefined || state.payments[spend.payment] === undefined) return ["MEANINGLESS"];
  const exit = state.inFlight[name];
  if (exit === undefined) return ["IN_FLIGHT_UNKNOWN"];
  const output = outputOfPiece(payment, piece);
  if (output === undefined || !exit.live.includes(piece)) return [...undecidedObjections(exit), "NO_SUCH_PIECE"];
  const objections = [
    ...undecidedObjections(exit),
    ...(isInput(piece)
      ? spendOfInputObjections(state, payment, Number(piece.slice(2)), spend)
      : spendObjections(state, spend, output)),
  ];
  if (objections.length > 0) return objections;
  ledger.set("inFlight", name, { ...exit, live: exit.live.filter((other) => other !== piece) });
  ledger.payBond(coinOf(state, output)?.owner ?? "", `${name} ${piece}`, by, exit.bond);
  return [];
}

/** Anyone, after phase 1, where nobody takes part: the exit's bond goes to whoever earned it. Its entries are dead. */
export function deleteInFlight(ledger: Ledger, { payment: name }: MoveOf<"delete">): Objections {
  const { state } = ledger;
  const exit = state.inFlight[name];
  if (exit === undefined) return state.payments[name] === undefined ? ["MEANINGLESS"] : ["IN_FLIGHT_UNKNOWN"];
  const objections: Objection[] = [...undecidedObjections(exit)];
  if (isPhaseOne(state, exit)) objections.push("PHASE");
  if (exit.live.length > 0) objections.push("PIECES_LIVE");
  if (objections.length > 0) return objections;
  ledger.remove("inFlight", name);
  ledger.payBond(exit.starter, name, exit.bondOwner ?? exit.starter, exit.bond);
  return [];
}

/** [start, start + MEP/2) */
export function isPhaseOne({ now, period }: State, { startedAt }: InFlightExit): boolean {
  return now < startedAt + Math.floor(period / 2);
}

const phaseOneObjections = (state: State, exit: InFlightExit): Objections => (isPhaseOne(state, exit) ? [] : ["PHASE"]);

const undecidedObjections = ({ verdict }: InFlightExit): Objection[] => (verdict === undefined ? [] : ["DECIDED"]);

/** Whether a place is before what stands; before a competitor in no block is every place. */
function isOlder(place: Place, oldest: InFlightExit["oldest"]): boolean {
  return oldest === undefined || oldest === "unseen" || comparePlaces(place, oldest) < 0;
}

/** SPEND(S, input of T), S ≠ T; the start has proven the input where T signs it. */
function spendOfInputObjections(
  state: State,
  payment: Payment,
  input: number,
  spend: MoveOf<"contest">["spend"],
): Objection[] {
  const spent = payment.inputs[input];
  if (spent === undefined) return ["NO_SUCH_PIECE"];
  const proven = { ...spent.at, output: outputIndexOf(spent.output) };
  const objections = spendObjections(state, spend, spent.output, proven);
  return spend.payment === payment.name ? [...objections, "NOT_A_COMPETITOR"] : objections;
}

/** R11: pieces that exist, are not live, are the caller's, and not finalised. */
function pieceObjections(
  state: State,
  payment: Payment,
  live: readonly Piece[],
  by: Actor,
  pieces: readonly Piece[],
): Objection[] {
  return pieces.flatMap((piece) => {
    const output = outputOfPiece(payment, piece);
    if (output === undefined) return ["NO_SUCH_PIECE"];
    const objections: Objection[] = [];
    if (live.includes(piece)) objections.push("NO_SUCH_PIECE");
    if (coinOf(state, output)?.owner !== by) objections.push("NOT_OWNER");
    if (state.flags[output] !== undefined) objections.push("FINALISED");
    return objections;
  });
}

/** Takes the bonds, and puts the exit into the queue of each piece's token, once (R14). */
function addPieces(ledger: Ledger, payment: Payment, exit: InFlightExit, by: Actor, pieces: readonly Piece[]): void {
  const { startedAt, exitableAt, position } = exit;
  ledger.set("inFlight", payment.name, { ...exit, live: [...exit.live, ...pieces] });
  ledger.transfer(by, CONTRACT, "ETH", exit.bond * BigInt(pieces.length));
  for (const piece of pieces) {
    const output = outputOfPiece(payment, piece);
    const token = output === undefined ? undefined : coinOf(ledger.state, output)?.token;
    if (token === undefined) continue;
    const isQueued = ledger.state.queues[token].some(
      (entry) => "payment" in entry.exit && entry.exit.payment === payment.name && entry.exit.startedAt === startedAt,
    );
    if (!isQueued) enqueue(ledger, token, { exit: { payment: payment.name, startedAt }, exitableAt, position });
  }
}
