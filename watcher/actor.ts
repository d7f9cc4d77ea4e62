import { challengeCall } from "../client/challengeExit.ts";
import { contestCall } from "../client/challengeNonCanonical.ts";
import { challengeIncludedCall, challengePieceCall } from "../client/challengePiggyback.ts";
import type { Client } from "../client/client.ts";
import { deleteCall } from "../client/deleteInFlightExit.ts";
import type { L1Call } from "../client/l1.ts";
import { listPieces } from "../client/pieces.ts";
import { planPiggyback } from "../client/piggyback.ts";
import { respondCall } from "../client/respondNonCanonical.ts";
import { splitTransaction } from "../client/savedTransaction.ts";
import { planExit } from "../client/startExit.ts";
import { planInFlightExit } from "../client/startInFlightExit.ts";
import { fromHex } from "../protocol/bytes.ts";
import { decodeBody } from "../protocol/transaction.ts";
import { systemCodeOf } from "../runtime/errors.ts";
import type { InFlightExit } from "../runtime/inFlightExits.ts";
import type { L1Sender } from "../runtime/l1Sender.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Metrics } from "../runtime/metrics.ts";
import type { Proofs } from "../runtime/proofs.ts";
import type { MoveLog } from "./moveLog.ts";
import type { Move, PlannedMove } from "./moves.ts";
import type { Processing } from "./processing.ts";

export interface Actor {
  /**
   * Makes the moves that are called for and takes back those that no longer are, since somebody else was faster. `now` is L1 time,
   * seconds.
   */
  act(plans: readonly PlannedMove[], now: number): Promise<void>;
  /** Looks after what was sent, once per look at L1. */
  tick(finalBlock: bigint): Promise<void>;
  /** Codes of what failed when it was last tried. */
  troubles(): string[];
}

interface Modules {
  /** Makes the calls; its wallet is the account's. */
  readonly client: Client;
  readonly sender: L1Sender;
  readonly proofs: Proofs;
  readonly processing: Processing;
  readonly moves: MoveLog;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Refusals that only say that the move is no longer there to be made. */
const OVERTAKEN: ReadonlySet<string> = new Set(["SENDER_WOULD_REVERT", "QUEUE_EMPTY"]);

/** Brings moves to L1, the most urgent first, each once. */
export function createActor({ client, sender, proofs, processing, moves, logger, metrics }: Modules): Actor {
  const troubles = new Map<string, string>();
  const sent = metrics.counter("plasma_moves_total", "Moves sent to L1, by kind", ["kind"]);

  const attempt = async (what: string, step: () => Promise<void>) => {
    try {
      await step();
      troubles.delete(what);
    } catch (error) {
      const code = systemCodeOf(error) ?? "INTERNAL_ERROR";
      if (troubles.get(what) !== code) logger.warn("A move failed", { what, error });
      troubles.set(what, code);
    }
  };

  const toCall = (move: Move): Promise<L1Call> | L1Call => {
    switch (move.kind) {
      case "challengeExit":
        return challengeCall(client, { exit: move, spend: move.spend });
      case "contest":
        return contestCall(client, { exit: toClientExit(client, move.exit), competitor: move.competitor });
      case "respond":
        return respondCall(client, { exit: toClientExit(client, move.exit), inclusion: move.inclusion });
      case "challengePiece": {
        const { piece, spend } = move;
        return challengePieceCall(client, { exit: toClientExit(client, move.exit), piece, spend });
      }
      case "challengeIncluded": {
        const { piece, inclusion } = move;
        return challengeIncludedCall(client, { exit: toClientExit(client, move.exit), piece, inclusion });
      }
      case "piggyback": {
        const { exit, pieces } = move;
        return planPiggyback(client, { exit: toClientExit(client, exit), pieces }).then(({ call }) => call);
      }
      case "delete":
        return deleteCall(client, toClientExit(client, move.exit));
      case "process":
        return processing.call(move);
      case "startExit": {
        const { proof, authorization } = move.permission ?? {
          proof: proofs.getProof(move.position),
          authorization: undefined,
        };
        return planExit(client, proof, authorization).then(({ call }) => call);
      }
      case "startInFlightExit": {
        const { raw, pieces } = move;
        const inputs = splitTransaction(raw).transaction.inputs.map(({ position }) => proofs.getProof(position));
        return planInFlightExit(client, { saved: { raw, inputs }, pieces }).then(({ call }) => call);
      }
    }
  };

  const make = async (plan: PlannedMove, now: number) => {
    const { key, deadline, move } = plan;
    if (sender.statusOf(key) !== undefined) return;
    try {
      const { to, data, value, gas } = await toCall(move);
      await sender.submit({ key, to, data, value, ...(gas && { gas }), ...(deadline && { deadline }) });
    } catch (error) {
      if (!OVERTAKEN.has(systemCodeOf(error) ?? "")) throw error;
      logger.debug("Somebody else was faster", { key });
      return moves.note(plan, "overtaken", now);
    }
    sent.inc({ kind: move.kind });
    moves.note(plan, "sent", now);
    logger.info("Made a move on L1", { kind: move.kind, subject: plan.subject, deadline });
  };

  return {
    async act(plans, now) {
      const wanted = new Set(plans.map(({ key }) => key));
      for (const what of troubles.keys()) if (what !== "tick" && !wanted.has(what)) troubles.delete(what);
      for (const key of sender.pendingKeys().filter((pending) => !wanted.has(pending))) {
        await attempt(key, async () => {
          await sender.standDown(key);
          moves.settle(key, "stood down");
        });
      }
      const urgency = ({ deadline = Infinity }: PlannedMove) => deadline;
      for (const plan of [...plans].sort((a, b) => (urgency(a) < urgency(b) ? -1 : 1))) {
        await attempt(plan.key, () => make(plan, now));
      }
    },
    tick: (finalBlock) =>
      attempt("tick", async () => {
        await sender.tick(finalBlock);
        for (const key of moves.open()) {
          const status = sender.statusOf(key);
          if (status === undefined) moves.settle(key, "overtaken");
          else if (status !== "pending") moves.settle(key, status);
        }
      }),
    troubles: () => [...troubles.values()],
  };
}

/** An in-flight exit of the store as the client's calls take it. */
function toClientExit(client: Client, exit: InFlightExit) {
  const transaction = decodeBody(fromHex(exit.body));
  const pieces = listPieces(client, { ...exit, transaction }).map((piece) => ({
    ...piece,
    state: exit.pieces.includes(piece.number) ? ("live" as const) : ("absent" as const),
  }));
  return { ...exit, transaction, pieces };
}
