import { countAhead, findExit } from "../../client/exits.ts";
import { l1Time } from "../../client/l1.ts";
import { formatPosition } from "../../protocol/position.ts";
import { ETH_UNIT, formatAmount } from "../amounts.ts";
import { defineCommand, required, text } from "../command.ts";
import { exitData } from "../exitRows.ts";
import { describeTime, resolvePosition } from "../names.ts";
import { counted, fields } from "../output.ts";
import { openSession } from "../session.ts";

const QUEUE_LOOKUP = 200;

export const exitShow = defineCommand({
  name: "exit show",
  summary: "show one exit",
  description:
    "Shows an exit as L1 knows it: amount, bond, when it is processed, and how many stand before it in the queue.",
  arguments: { position: required("<position>", "of the exiting output, such as 12:5:0 or d3", text) },
  options: {},
  examples: [{ run: "exit show 12:5:0", does: "anybody's exit" }],
  next: "plasma-cli exit next, or plasma-cli challenge <position>",
  async run(context, { position: written }) {
    const session = await openSession(context);
    const { client, tokens } = session;
    const exit = await findExit(client, await resolvePosition(session, written));
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
        ["status", exit.status],
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
  },
});
