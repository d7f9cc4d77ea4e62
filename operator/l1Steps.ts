import { systemCodeOf } from "../runtime/errors.ts";
import type { L1Follower } from "../runtime/l1Follower.ts";
import type { L1Sender } from "../runtime/l1Sender.ts";
import type { Logger } from "../runtime/logger.ts";

/** What the operator does with L1, again and again: read it, look after its own transactions, commit what is sealed. */
export interface L1Steps {
  /** Reads L1 and commits until the signal. */
  run(signal: AbortSignal): Promise<void>;
  /** Commits what is sealed now, after the step that is under way. */
  commit(): Promise<void>;
  /** Codes of what failed when it was last tried. */
  troubles(): string[];
}

interface Modules {
  readonly follower: L1Follower;
  /** Absent in a read-only service. */
  readonly sender: L1Sender | undefined;
  readonly committer: { commit(): Promise<void> } | undefined;
  /** Called when the store is in step with L1; what it throws is a trouble of the follower. */
  readonly onFollowed: () => void | Promise<void>;
  /** Called when the ledger no longer stands on anything. */
  readonly halt: (reason: Error) => void;
  readonly logger: Logger;
}

/** What cannot be tried again: what was acknowledged is safe, nothing more may be accepted. */
const HALTING = /^(STORE_|L1_REORG_TOO_DEEP|OPERATOR_HISTORY_MISMATCH|OPERATOR_COMMIT_TOO_LATE)/;

/** Steps run one after the other; one that fails is tried again at the next look at L1. */
export function createL1Steps({ follower, sender, committer, onFollowed, halt, logger }: Modules): L1Steps {
  const troubles = new Map<"follow" | "commit", string>();
  let turn: Promise<void> = Promise.resolve();

  const inTurn = (step: () => Promise<void>): Promise<void> => {
    turn = turn.then(step);
    return turn;
  };

  const attempt = async (kind: "follow" | "commit", step: () => Promise<void> | undefined) => {
    try {
      await step();
      troubles.delete(kind);
    } catch (error) {
      const code = systemCodeOf(error) ?? "INTERNAL_ERROR";
      if (troubles.get(kind) !== code) logger.warn("A step with L1 failed", { step: kind, error });
      troubles.set(kind, code);
      if (HALTING.test(code) && error instanceof Error) halt(error);
    }
  };

  /** The commit that waits for its turn: all who ask meanwhile share it, so a slow L1 node lets no queue grow. */
  let nextCommit: Promise<void> | undefined;
  const commit = () => {
    nextCommit = undefined;
    return attempt("commit", () => committer?.commit());
  };

  const followed = async (error: unknown) => {
    await attempt("follow", async () => {
      if (error !== undefined) throw error;
      await onFollowed();
    });
    if (troubles.has("follow")) return;
    await attempt("commit", async () => {
      await sender?.tick(follower.finalBlock());
      await committer?.commit();
    });
  };

  return {
    run: (signal) => follower.run(signal, (error) => inTurn(() => followed(error))),
    commit() {
      nextCommit ??= inTurn(commit);
      return nextCommit;
    },
    troubles: () => [...troubles.values()],
  };
}
