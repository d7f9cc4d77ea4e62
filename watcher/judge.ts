import type { Address } from "viem";
import { fromHex } from "../protocol/bytes.ts";
import { isConditional } from "../protocol/conditionalSpend.ts";
import { FIRST_OUTPUT_PIECE } from "../protocol/inFlight.ts";
import { formatPosition } from "../protocol/position.ts";
import { decodeBody } from "../protocol/transaction.ts";
import type { Chain } from "../runtime/chain.ts";
import type { InFlightExit } from "../runtime/inFlightExits.ts";
import type { EventCode, Finding } from "./events.ts";
import { type FlightPieces, soundPieces } from "./flightPieces.ts";
import { type ChainCase, badFrom as firstBadBlock, judgeChain, judgeDeadlines } from "./judgeChain.ts";
import { judgeInFlightExit } from "./judgeInFlightExit.ts";
import { judgeQueues, type QueuedExit } from "./judgeQueues.ts";
import { judgeStandardExit } from "./judgeStandardExit.ts";
import type { Judgement, PlannedMove } from "./moves.ts";
import type { Spends } from "./spends.ts";
import type { VerifiedChain } from "./verifiedChain.ts";

/** All that is the case at one moment. */
export interface Verdict {
  /** L1 time, seconds. */
  readonly now: number;
  readonly findings: readonly Finding[];
  readonly plans: readonly PlannedMove[];
  /** The oldest block that is invalid or withheld; undefined while the chain is good. */
  readonly badFrom: bigint | undefined;
}

interface Modules {
  readonly chain: Chain;
  readonly verified: VerifiedChain;
  readonly spends: Spends;
  readonly piecesOf: FlightPieces;
  /** Whose in-flight exits are pointed out. */
  readonly owners: () => ReadonlySet<Address>;
  /** Whose pieces are brought in without being asked. */
  readonly joins: ReadonlySet<Address>;
  /** When the oldest block was sealed that the operator shows and L1 does not have; L1 time, seconds. */
  readonly uncommittedSince: () => number | undefined;
}

/** Puts what is in the store before the rules: every open exit, and the chain itself. */
export function createJudge({ chain, verified, spends, piecesOf, owners, joins, uncommittedSince }: Modules) {
  const { rootChain, ledgerStore, follower, contract } = chain;
  const { minExitPeriod } = contract;

  const chainCase = (now: number): ChainCase => {
    const fault = verified.fault();
    return {
      now,
      minExitPeriod,
      fault,
      faultCommittedAt: fault && rootChain.commit(fault.number)?.header.timestamp,
      missing: verified.missing(),
      changedRoots: verified.changedRoots(),
      newest: rootChain.newestHeader(),
      uncommittedSince: uncommittedSince(),
    };
  };

  const judgeFlight = (exit: InFlightExit, now: number, badFrom: bigint | undefined): Judgement[] => {
    const pieces = piecesOf({ ...exit, transaction: decodeBody(fromHex(exit.body)) }, now);
    const absent = pieces.filter(({ number }) => !exit.pieces.includes(number));
    return judgeInFlightExit({
      exit,
      now,
      minExitPeriod,
      inclusion: spends.inclusionOf(exit.txId, exit.terms.registeredBehind),
      spends: new Map(pieces.map((piece) => [piece.number, piece.spends])),
      joinable: soundPieces(absent, owners()),
      own: soundPieces(absent, joins),
      badFrom,
    });
  };

  /** Conditional outputs of guarded owners that have no way out of a chain that has gone bad. */
  const locked = (badFrom: bigint): Finding[] =>
    [...owners()].flatMap((owner) =>
      ledgerStore.unspentOutputs(owner, -1n, -1).flatMap((output): Finding[] => {
        const isLeaving = rootChain.exitOf(output.outputId) !== undefined;
        if (!isConditional(output.output) || isLeaving || spends.waysOut(output).length > 0) return [];
        const place = formatPosition(output.position);
        const committedAt = rootChain.commit(badFrom)?.header.timestamp;
        return [
          {
            code: "SPEND_NEEDED",
            subject: `output ${place}`,
            deadline: committedAt === undefined ? undefined : committedAt + minExitPeriod,
            details: { position: place, outputId: output.outputId, owner, token: output.output.token },
          },
        ];
      }),
    );

  return {
    judge(): Verdict {
      const now = follower.head()?.timestamp ?? 0;
      const known = chainCase(now);
      const badFrom = firstBadBlock(known);
      const queued: QueuedExit[] = [];
      const judgements: Judgement[] = [];
      for (const exit of rootChain.openExits()) {
        const judgement = judgeStandardExit({ exit, spends: spends.against(exit, now), badFrom });
        if (judgement !== undefined) judgements.push(judgement);
        const { outputId: id, token, exitableAt, position } = exit;
        queued.push({ id, tokens: [token], exitableAt, position, isWrong: judgement !== undefined });
      }
      for (const { exit } of rootChain.inFlightExits.open(0, -1)) {
        const found = judgeFlight(exit, now, badFrom);
        judgements.push(...found);
        queued.push(toQueued(exit, found));
      }
      const all = [...judgements, ...judgeQueues(queued, now)];
      const plans = all.flatMap(({ plan }) => plan ?? []);
      return {
        now,
        badFrom,
        plans,
        findings: [
          ...judgeChain(known),
          ...(badFrom === undefined ? [] : locked(badFrom)),
          ...all.map(({ finding }) => finding),
          ...judgeDeadlines(plans, now, minExitPeriod),
        ],
      };
    },
  };
}

/** What makes an in-flight exit one that should not be paid as it is. */
const WRONG: ReadonlySet<EventCode> = new Set([
  "INVALID_IN_FLIGHT_EXIT",
  "NON_CANONICAL_IN_FLIGHT_EXIT",
  "INVALID_INPUT_PIGGYBACK",
  "INVALID_OUTPUT_PIGGYBACK",
  "WRONG_CANONICITY_CHALLENGE",
]);

function toQueued(exit: InFlightExit, judgements: readonly Judgement[]): QueuedExit {
  const { outputs } = decodeBody(fromHex(exit.body));
  const tokens = exit.pieces.flatMap(
    (piece) => (outputs[piece - FIRST_OUTPUT_PIECE] ?? exit.inputs[piece]?.output)?.token ?? [],
  );
  const isWrong = judgements.some(({ finding }) => WRONG.has(finding.code));
  const { exitableAt, position } = exit.terms;
  return { id: exit.entryId, tokens: [...new Set(tokens)], exitableAt, position, isWrong };
}
