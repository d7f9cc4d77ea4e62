/**
 * The exit game as docs/protocol.md has it: what each move needs, and what becomes of the state. No hashes, no storage, no
 * order of checks: a move is refused with everything that speaks against it.
 */
import { challengePiece, contest, deleteInFlight, piggyback, respond, startInFlight } from "./inFlightGame.ts";
import { type Ledger, openLedger, type Payout } from "./money.ts";
import type { Move, MoveOf, Objection } from "./moves.ts";
import { processQueue } from "./processing.ts";
import { bondObjections, enqueue, exitTime } from "./queue.ts";
import { creationObjections, spendObjections } from "./spends.ts";
import type { State } from "./state.ts";
import { CONTRACT, coinOf, originOf, outputIndexOf } from "./state.ts";

export const OPERATOR = "olga";

/** What a move did, or everything that speaks against it. */
export type Outcome =
  | { readonly state: State; readonly payouts: readonly Payout[] }
  | { readonly objections: readonly Objection[] };

/** Plays one move. */
export function apply(state: State, move: Move): Outcome {
  const ledger = openLedger(state);
  const objections = play(ledger, move);
  return objections.length === 0
    ? { state: ledger.state, payouts: ledger.payouts }
    : { objections: [...new Set(objections)] };
}

function play(ledger: Ledger, move: Move): readonly Objection[] {
  switch (move.kind) {
    case "sign":
      return sign(ledger, move);
    case "warp":
      return warp(ledger, move);
    case "deposit":
      return deposit(ledger, move);
    case "commit":
      return commit(ledger, move);
    case "publish":
      return publish(ledger, move);
    case "startExit":
      return startExit(ledger, move);
    case "challengeExit":
      return challengeExit(ledger, move);
    case "startInFlight":
      return startInFlight(ledger, move);
    case "piggyback":
      return piggyback(ledger, move);
    case "contest":
      return contest(ledger, move);
    case "respond":
      return respond(ledger, move);
    case "challengePiece":
      return challengePiece(ledger, move);
    case "delete":
      return deleteInFlight(ledger, move);
    case "process":
      return processQueue(ledger, move);
  }
}

/** Names are given once, and only to what can be encoded: known outputs as inputs, none twice. */
function sign(ledger: Ledger, { payment }: MoveOf<"sign">): readonly Objection[] {
  const { state } = ledger;
  const names = payment.inputs.map(({ output }) => output);
  const isKnown = names.every((name) => coinOf(state, name) !== undefined) && new Set(names).size === names.length;
  if (!isKnown || state.payments[payment.name] !== undefined) return ["MEANINGLESS"];
  ledger.state = { ...state, payments: { ...state.payments, [payment.name]: payment } };
  return [];
}

function warp(ledger: Ledger, { to }: MoveOf<"warp">): readonly Objection[] {
  if (to <= ledger.state.now) return ["MEANINGLESS"];
  ledger.state = { ...ledger.state, now: to };
  return [];
}

/** Who deposits pays; the pot owes from now on. */
function deposit(ledger: Ledger, { by, coin }: MoveOf<"deposit">): readonly Objection[] {
  const { state } = ledger;
  if (state.pots[coin.token].closed) return ["TOKEN_CLOSED"];
  ledger.transfer(by, CONTRACT, coin.token, coin.amount);
  ledger.addToPot(coin.token, coin.amount);
  ledger.state = { ...ledger.state, deposits: [...state.deposits, { ...coin, behind: state.blocks.length }] };
  return [];
}

/** R3, R4. What the block holds is not looked at. */
function commit(ledger: Ledger, move: MoveOf<"commit">): readonly Objection[] {
  const { state } = ledger;
  const { payments, deposits, published } = move;
  if (payments.some((name) => state.payments[name] === undefined)) return ["MEANINGLESS"];
  const parent = state.blocks.at(-1);
  const sealedAt = state.now - move.sealedAgo;
  const objections: Objection[] = [];
  if (move.by !== OPERATOR) objections.push("NOT_OPERATOR");
  if (sealedAt > state.now || sealedAt < (parent?.sealedAt ?? 0)) objections.push("SEAL_TIME");
  if (deposits < (parent?.deposits ?? 0) || deposits > state.deposits.length) objections.push("DEPOSIT_COUNT");
  if (objections.length > 0) return objections;
  const block = { payments, timestamp: state.now, sealedAt, deposits, published };
  ledger.state = { ...state, blocks: [...state.blocks, block] };
  return [];
}

function publish(ledger: Ledger, { block: number }: MoveOf<"publish">): readonly Objection[] {
  const { blocks } = ledger.state;
  const block = blocks[number - 1];
  if (block === undefined || block.published) return ["MEANINGLESS"];
  ledger.state = { ...ledger.state, blocks: blocks.with(number - 1, { ...block, published: true }) };
  return [];
}

/** R12, R27. Refused where the output is exiting, or finalised (R13). */
function startExit(ledger: Ledger, { by, output, at, bond }: MoveOf<"startExit">): readonly Objection[] {
  const { state } = ledger;
  const coin = coinOf(state, output);
  const origin = originOf(output);
  if (coin === undefined)
    return "payment" in origin && state.payments[origin.payment] ? ["NO_SUCH_OUTPUT"] : ["MEANINGLESS"];
  const objections = [...creationObjections(state, output, at), ...bondObjections(bond)];
  if (state.exits[output] !== undefined || state.flags[output] !== undefined) objections.push("EXIT_EXISTS");
  if (by !== coin.owner) objections.push("NOT_OWNER");
  if (objections.length > 0) return objections;

  const committedAt = "deposit" in origin ? undefined : state.blocks[at.block - 1]?.timestamp;
  const exitableAt = exitTime(state, committedAt);
  const position = { ...at, output: outputIndexOf(output) };
  ledger.transfer(by, CONTRACT, "ETH", bond);
  ledger.set("exits", output, { bond, exitableAt, position, challenged: false });
  enqueue(ledger, coin.token, { exit: { output }, exitableAt, position });
  return [];
}

/** Until it is processed: a spend ends the exit, and earns its bond. The dead entry stays in its queue. */
function challengeExit(ledger: Ledger, { by, spend }: MoveOf<"challengeExit">): readonly Objection[] {
  const { state } = ledger;
  const output = state.payments[spend.payment]?.inputs[spend.input]?.output ?? "of no input";
  const exit = state.exits[output];
  const objections = spendObjections(state, spend, output, exit?.position);
  if (exit === undefined || exit.challenged) objections.push("EXIT_NOT_LIVE");
  if (objections.length > 0 || exit === undefined) return objections;
  const owner = coinOf(state, output)?.owner ?? "";
  ledger.set("exits", output, { ...exit, bond: 0n, challenged: true });
  ledger.payBond(owner, output, by, exit.bond);
  return [];
}
