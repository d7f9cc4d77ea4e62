import type { BlockHeader } from "../protocol/block.ts";
import type { EventCode, Finding } from "./events.ts";
import type { PlannedMove } from "./moves.ts";
import type { ChangedRoot, Fault, MissingBlock } from "./verifiedChain.ts";

/** What is known of the committed chain. Times are L1's, seconds. */
export interface ChainCase {
  readonly now: number;
  readonly minExitPeriod: number;
  readonly fault: Fault | undefined;
  /** L1 time at which the block with the fault was committed. */
  readonly faultCommittedAt: number | undefined;
  readonly missing: readonly MissingBlock[];
  readonly changedRoots: readonly ChangedRoot[];
  readonly newest: BlockHeader | undefined;
  /** When the oldest block was sealed that the operator shows and L1 does not have. */
  readonly uncommittedSince: number | undefined;
}

/** R3, R24: a block may be late or unavailable for this share of the exit period. */
const PATIENCE_SHARE = 8;
/** A block of the past must be asked for in vain for this share of the exit period before it counts as withheld. */
const OBSERVATION_SHARE = 64;

/** Committed blocks that count as withheld (R24): unavailable since their commit, as far as this watcher has asked. */
export function withheldBlocks({ now, minExitPeriod, missing }: ChainCase): MissingBlock[] {
  return missing.filter(
    ({ committedAt, missedSince }) =>
      now >= committedAt + minExitPeriod / PATIENCE_SHARE && now >= missedSince + minExitPeriod / OBSERVATION_SHARE,
  );
}

/** The oldest block that is invalid or withheld: nothing from it on can be relied on. Undefined while the chain is good. */
export function badFrom(chain: ChainCase): bigint | undefined {
  const numbers = [...(chain.fault ? [chain.fault] : []), ...withheldBlocks(chain)].map(({ number }) => number);
  return numbers.reduce<bigint | undefined>(
    (least, number) => (least === undefined || number < least ? number : least),
    undefined,
  );
}

/** What is wrong with the committed chain. */
export function judgeChain(chain: ChainCase): Finding[] {
  const { minExitPeriod, fault, faultCommittedAt, changedRoots } = chain;
  const findings: Finding[] = [];
  if (fault !== undefined) {
    const { number, code, message, txIndex = null } = fault;
    findings.push({
      code: faultEvent(code),
      subject: blockSubject(number),
      deadline: faultCommittedAt === undefined ? undefined : faultCommittedAt + minExitPeriod,
      details: { block: number.toString(), txIndex, rule: code, message },
    });
  }
  for (const { number, committedAt } of withheldBlocks(chain)) {
    findings.push({
      code: "WITHHELD_BLOCK",
      subject: blockSubject(number),
      deadline: committedAt + minExitPeriod,
      details: { block: number.toString(), committedAt },
    });
  }
  for (const { number, roots } of changedRoots) {
    findings.push({
      code: "CHANGED_ROOT",
      subject: blockSubject(number),
      deadline: undefined,
      details: { block: number.toString(), roots: roots.join(", ") },
    });
  }
  return [...findings, ...stalled(chain)];
}

function faultEvent(rule: string): EventCode {
  if (rule.startsWith("FEE_CLAIM_")) return "WRONG_FEE_CLAIM";
  return rule.startsWith("BLOCK_") ? "WRONG_COUNT_OR_PARENT" : "INVALID_BLOCK";
}

function stalled({ now, minExitPeriod, newest, uncommittedSince }: ChainCase): Finding[] {
  const patience = minExitPeriod / PATIENCE_SHARE;
  const found = (subject: string, sealedAt: number): Finding => ({
    code: "COMMITS_STALLED",
    subject,
    deadline: undefined,
    details: { sealedAt },
  });
  if (uncommittedSince !== undefined && now - uncommittedSince > patience) return [found("commits", uncommittedSince)];
  const isLate = newest !== undefined && newest.number > 0n && newest.timestamp - newest.sealedAt > patience;
  return isLate ? [found("commits", newest.sealedAt)] : [];
}

const blockSubject = (number: bigint) => `block ${number}`;

/** Moves against something wrong: others can wait. */
const DEFENCES: ReadonlySet<PlannedMove["move"]["kind"]> = new Set([
  "challengeExit",
  "contest",
  "respond",
  "challengePiece",
]);

/** Moves that nobody has made and for which A2 leaves hardly time enough: L1 takes up to MEP/8 to include a transaction. */
export function judgeDeadlines(plans: readonly PlannedMove[], now: number, minExitPeriod: number): Finding[] {
  return plans
    .filter(
      ({ move, deadline }) => DEFENCES.has(move.kind) && (deadline ?? Infinity) - now < minExitPeriod / PATIENCE_SHARE,
    )
    .map(({ move, subject, deadline }) => ({
      code: "CHALLENGE_RUNNING_OUT",
      subject: `${move.kind} ${subject}`,
      deadline,
      details: { move: move.kind, about: subject },
    }));
}
