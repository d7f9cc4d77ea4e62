import type { Address, Hex } from "viem";
import { orderKey } from "../protocol/exit.ts";
import type { Judgement } from "./moves.ts";

/** An open exit where it stands in the queues. */
export interface QueuedExit {
  readonly id: Hex;
  /** Of the queues that it stands in. */
  readonly tokens: readonly Address[];
  /** L1 time, seconds: processed strictly after it. */
  readonly exitableAt: number;
  readonly position: bigint;
  readonly isWrong: boolean;
}

/** What has matured, per token, up to the first exit that is wrong: what stands behind it waits until it was challenged. */
export function judgeQueues(exits: readonly QueuedExit[], now: number): Judgement[] {
  const matured = exits
    .filter(({ exitableAt }) => exitableAt < now)
    .sort((a, b) => (orderKey(a.exitableAt, a.position) < orderKey(b.exitableAt, b.position) ? -1 : 1));
  const tokens = [...new Set(matured.flatMap((exit) => exit.tokens))].sort();
  return tokens.flatMap((token) => {
    const queue = matured.filter((exit) => exit.tokens.includes(token));
    const wrong = queue.findIndex(({ isWrong }) => isWrong);
    const due = wrong === -1 ? queue : queue.slice(0, wrong);
    const [first] = due;
    if (first === undefined) return [];
    const subject = `token ${token}`;
    const finding = {
      code: "EXIT_READY",
      subject,
      deadline: undefined,
      details: { token, exits: due.length },
    } as const;
    const entries = due.map(({ id }) => id);
    const key = `process/${token}/${first.id}/${first.exitableAt}`;
    return [{ finding, plan: { key, subject, deadline: undefined, move: { kind: "process", token, entries } } }];
  });
}
