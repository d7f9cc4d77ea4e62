import type { Hex } from "viem";
import { findExit } from "../../client/exits.ts";
import { findInFlightExit, hasEnded } from "../../client/inFlightExits.ts";
import { l1Time } from "../../client/l1.ts";
import { countAhead } from "../../client/queue.ts";
import { formatPosition } from "../../protocol/position.ts";
import { ETH_UNIT, formatAmount } from "../amounts.ts";
import { defineCommand, required, text } from "../command.ts";
import { exitData } from "../exitRows.ts";
import { describePieces, describeStanding, inFlightData } from "../inFlightRows.ts";
import { describeTime, resolvePosition } from "../names.ts";
import { counted, fields, type Result } from "../output.ts";
import { isHash, readHash } from "../parameters.ts";
import { openSession, type Session } from "../session.ts";

const QUEUE_LOOKUP = 200;

export const exitShow = defineCommand({
  name: "exit show",
  summary: "show one exit",
  description: `Shows an exit as L1 knows it: amount, bond, when it is processed, and how many stand before it in the queue. Of an in-flight exit,
named by its transaction: who takes part, whether it is contested, and who gets the bond.`,
  arguments: {
    exit: required(
      "<exit>",
      "position of the exiting output, such as 12:5:0 or d3, or id of a transaction in flight",
      text,
    ),
  },
  options: {},
  examples: [
    { run: "exit show 12:5:0", does: "anybody's exit" },
    { run: "exit show 0x5b1d…", does: "an in-flight exit" },
  ],
  next: "plasma-cli exit next, or plasma-cli challenge <exit>",
  async run(context, { exit: written }) {
    const session = await openSession(context);
    return isHash(written)
      ? showInFlight(session, readHash(written))
      : showStandard(session, await resolvePosition(session, written));
  },
});

async function showStandard({ client, tokens }: Session, position: bigint): Promise<Result> {
  const exit = await findExit(client, position);
  const isQueued = exit.status === "waiting" || exit.status === "ready";
  const [ahead, now, unit] = await Promise.all([
    isQueued ? countAhead(client, exit.token, exit.outputId, QUEUE_LOOKUP) : undefined,
    l1Time(client),
    tokens.unitOf(exit.token),
  ]);
  return {
    data: { ...exitData(exit), now, ahead: ahead ?? null },
    text: fields([
      ["exit", `${formatPosition(exit.position)}, ${formatAmount(exit.amount, unit)}`],
      ["owner", exit.owner],
      ["status", exit.bondOnly ? `${exit.status}; finalised in flight, so only the bond comes back` : exit.status],
      ["processed after", describeTime(exit.exitableAt, now)],
      ["bond", formatAmount(exit.bond, ETH_UNIT)],
      ...(isQueued
        ? ([["before it", ahead === undefined ? `more than ${QUEUE_LOOKUP} exits` : counted(ahead, "exit")]] as const)
        : []),
      ["started in", exit.startedIn],
    ]),
    next: isQueued
      ? [
          "plasma-cli exit next   (its owner)",
          `plasma-cli challenge ${formatPosition(exit.position)}   (whoever knows a spend of it)`,
        ]
      : [],
  };
}

async function showInFlight({ client, tokens }: Session, txId: Hex): Promise<Result> {
  const exit = await findInFlightExit(client, txId);
  const now = await l1Time(client);
  const { pieces, terms, bondOwner, phaseOneEnds, startedIn } = exit;
  const piecesThat = (wanted: string) =>
    describePieces(
      pieces.filter(({ state }) => state === wanted),
      tokens,
    );
  return {
    data: { ...inFlightData(exit), now },
    text: fields([
      ["in-flight exit", txId],
      ["status", `${exit.status}, ${describeStanding(exit)}`],
      ["takes part", await piecesThat("live")],
      ["challenged", await piecesThat("challenged")],
      ["done", await piecesThat("done")],
      ["not taking part", await piecesThat("absent")],
      ["others join before", describeTime(phaseOneEnds, now)],
      ["processed after", describeTime(terms.exitableAt, now)],
      ["bond", `${formatAmount(terms.bond, ETH_UNIT)}, as things stand to ${bondOwner}`],
      ["started in", startedIn],
    ]),
    next: hasEnded(exit)
      ? []
      : [
          "plasma-cli exit next   (whoever owns an input or output)",
          `plasma-cli challenge ${txId}   (whoever knows a competitor; --piece for a spent input or output)`,
        ],
  };
}
