import { fromHex } from "../protocol/bytes.ts";
import { isConditional } from "../protocol/conditionalSpend.ts";
import type { Inclusion } from "../protocol/inclusion.ts";
import { FIRST_OUTPUT_PIECE, IN_NO_BLOCK, placeOf } from "../protocol/inFlight.ts";
import { decodeBody, type Transaction } from "../protocol/transaction.ts";
import type { InFlightExit } from "../runtime/inFlightExits.ts";
import type { Finding } from "./events.ts";
import { stemsFromBadBlock } from "./judgeStandardExit.ts";
import type { Judgement, Move } from "./moves.ts";
import type { CountingSpend } from "./spends.ts";

export interface InFlightExitCase {
  readonly exit: InFlightExit;
  /** L1 time, seconds. */
  readonly now: number;
  readonly minExitPeriod: number;
  /** Where the transaction stands in the committed chain, at its oldest place. */
  readonly inclusion: Inclusion | undefined;
  /** By piece: spends by other transactions that count (R7). */
  readonly spends: ReadonlyMap<number, readonly CountingSpend[]>;
  /** Pieces of guarded owners that may still take part, and those of them that the account that acts may bring in by itself. */
  readonly joinable: readonly number[];
  readonly own: readonly number[];
  /** The oldest block that is invalid or withheld; undefined while the chain is good. */
  readonly badFrom: bigint | undefined;
}

/** What is wrong with an open in-flight exit, and what guarded owners can do in it; nothing where all is in order. */
export function judgeInFlightExit(exitCase: InFlightExitCase): Judgement[] {
  const { exit, now, minExitPeriod, joinable } = exitCase;
  const transaction = decodeBody(fromHex(exit.body));
  const phaseOneEnds = exit.terms.startedAt + Math.floor(minExitPeriod / 2);
  const rules = { ...exitCase, transaction, phaseOneEnds, inPhaseOne: now < phaseOneEnds };
  const undecided = exit.verdict === "none";
  return [
    ...origin(rules),
    ...(undecided ? canonicity(rules) : []),
    ...(undecided ? pieces(rules) : []),
    ...(rules.inPhaseOne && joinable.length > 0 ? [piggybackOpen(rules)] : []),
    ...(undecided && !rules.inPhaseOne && exit.pieces.length === 0 ? [abandoned(rules)] : []),
  ];
}

interface Rules extends InFlightExitCase {
  readonly transaction: Transaction;
  readonly phaseOneEnds: number;
  readonly inPhaseOne: boolean;
}

const subjectOf = ({ txId }: InFlightExit) => `in-flight ${txId}`;

const keyOf = (kind: string, { txId, terms }: InFlightExit, what: string | number | bigint) =>
  `${kind}/${txId}/${terms.startedAt}/${what}`;

function found(code: Finding["code"], exit: InFlightExit, deadline: number, details: Finding["details"] = {}): Finding {
  return { code, subject: subjectOf(exit), deadline, details: { txId: exit.txId, ...details } };
}

function withMove(finding: Finding, key: string, move: Move): Judgement {
  const { subject, deadline } = finding;
  return { finding, plan: { key, subject, deadline, move } };
}

/** An input that no valid block created. */
function origin({ exit, transaction, badFrom }: Rules): Judgement[] {
  const index = transaction.inputs.findIndex(({ position }) => stemsFromBadBlock(position, badFrom));
  if (index === -1) return [];
  return [
    { finding: found("INVALID_IN_FLIGHT_EXIT", exit, exit.terms.exitableAt, { reason: "badBlock", input: index }) },
  ];
}

/** The age of two transactions decides between them; one in no block is younger than any. */
function canonicity({ exit, inclusion, spends, phaseOneEnds, inPhaseOne }: Rules): Judgement[] {
  const own = inclusion && placeOf(inclusion.header.number, inclusion.txIndex);
  const competitors = [...spends].flatMap(([piece, known]) => (piece < FIRST_OUTPUT_PIECE ? known : []));
  const oldest = competitors.reduce<CountingSpend | undefined>(
    (best, spend) => (best === undefined || spend.place < best.place ? spend : best),
    undefined,
  );
  const standing = exit.oldest ?? IN_NO_BLOCK;
  if (oldest !== undefined && (own === undefined || oldest.place < own)) {
    const mayContest = !exit.settled && (oldest.place < standing || (!exit.contested && exit.oldest === null));
    if (exit.contested && !mayContest) return [];
    if (exit.settled) return [];
    const details = { competitor: oldest.txId, tooLate: !inPhaseOne };
    const finding = found("NON_CANONICAL_IN_FLIGHT_EXIT", exit, phaseOneEnds, details);
    if (!inPhaseOne) return exit.contested ? [] : [{ finding }];
    if (!mayContest) return [{ finding }];
    const key = keyOf("contest", exit, `${oldest.txId}/${oldest.place}`);
    return [withMove(finding, key, { kind: "contest", exit, competitor: oldest.spend })];
  }
  if (exit.contested && inclusion !== undefined && own !== undefined && own < standing) {
    const details = { competitor: exit.competitorId };
    const finding = found("WRONG_CANONICITY_CHALLENGE", exit, exit.terms.exitableAt, details);
    return [withMove(finding, keyOf("respond", exit, standing), { kind: "respond", exit, inclusion })];
  }
  return [];
}

/** Live pieces that another transaction spends, and conditional outputs of a transaction in a block, which leave with what spends them (R18). */
function pieces({ exit, transaction, inclusion, spends }: Rules): Judgement[] {
  return exit.pieces.flatMap((piece) => {
    const output = transaction.outputs[piece - FIRST_OUTPUT_PIECE];
    if (output !== undefined && isConditional(output)) return inclusion ? [included(exit, piece, inclusion)] : [];
    const [best] = spends.get(piece) ?? [];
    if (best === undefined) return [];
    const code = piece < FIRST_OUTPUT_PIECE ? "INVALID_INPUT_PIGGYBACK" : "INVALID_OUTPUT_PIGGYBACK";
    const details = { piece: pieceName(piece), spentBy: best.txId };
    const general = found(code, exit, exit.terms.exitableAt, details);
    const finding = { ...general, subject: `${general.subject} ${pieceName(piece)}` };
    const key = keyOf("challengePiece", exit, `${piece}/${best.txId}`);
    return [withMove(finding, key, { kind: "challengePiece", exit, piece, spend: best.spend })];
  });
}

function included(exit: InFlightExit, piece: number, inclusion: Inclusion): Judgement {
  const details = { piece: pieceName(piece), reason: "included" };
  const general = found("INVALID_OUTPUT_PIGGYBACK", exit, exit.terms.exitableAt, details);
  const finding = { ...general, subject: `${general.subject} ${pieceName(piece)}` };
  const move = { kind: "challengeIncluded", exit, piece, inclusion } as const;
  return withMove(finding, keyOf("challengeIncluded", exit, piece), move);
}

function piggybackOpen({ exit, joinable, own, phaseOneEnds }: Rules): Judgement {
  const names = joinable.map(pieceName).join(", ");
  const finding = found("PIGGYBACK_OPEN", exit, phaseOneEnds, { pieces: names });
  if (own.length === 0) return { finding };
  return withMove(finding, keyOf("piggyback", exit, own.join(",")), { kind: "piggyback", exit, pieces: own });
}

/** Nobody takes part, and nobody can any more: it ends without a verdict (R14). */
function abandoned({ exit }: Rules): Judgement {
  const subject = subjectOf(exit);
  const finding = { code: "EXIT_READY", subject, deadline: undefined, details: { txId: exit.txId } } as const;
  return withMove(finding, keyOf("delete", exit, ""), { kind: "delete", exit });
}

/** `input 0`, `output 1`. */
function pieceName(piece: number): string {
  return piece < FIRST_OUTPUT_PIECE ? `input ${piece}` : `output ${piece - FIRST_OUTPUT_PIECE}`;
}
