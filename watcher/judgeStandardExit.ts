import { formatPosition, isDepositPosition } from "../protocol/position.ts";
import type { StandardExit } from "../runtime/exits.ts";
import type { Judgement } from "./moves.ts";
import type { CountingSpend } from "./spends.ts";

export interface StandardExitCase {
  readonly exit: StandardExit;
  /** Spends of its output that count against it (R7), the best to show first. */
  readonly spends: readonly CountingSpend[];
  /** The oldest block that is invalid or withheld; undefined while the chain is good. */
  readonly badFrom: bigint | undefined;
}

/** What is wrong with an open standard exit; nothing if it is honest. */
export function judgeStandardExit({ exit, spends, badFrom }: StandardExitCase): Judgement | undefined {
  const { outputId, position, startedAt, exitableAt } = exit;
  const place = formatPosition(position);
  const subject = `exit ${place}`;
  const finding = (reason: string, details: Readonly<Record<string, string>> = {}) =>
    ({
      code: "INVALID_STANDARD_EXIT",
      subject,
      deadline: exitableAt,
      details: { reason, position: place, outputId, token: exit.token, ...details },
    }) as const;
  const [best] = spends;
  if (best !== undefined) {
    const move = { kind: "challengeExit", outputId, position, spend: best.spend } as const;
    const key = `challengeExit/${outputId}/${startedAt}`;
    return {
      finding: finding("spent", { spentBy: best.txId }),
      plan: { key, subject, deadline: exitableAt, move },
    };
  }
  return stemsFromBadBlock(position, badFrom) ? { finding: finding("badBlock") } : undefined;
}

/** Whether an output was created by a block that is not known to be valid; deposits never are. */
export function stemsFromBadBlock(position: bigint, badFrom: bigint | undefined): boolean {
  return badFrom !== undefined && !isDepositPosition(position) && position >> 40n >= badFrom;
}
