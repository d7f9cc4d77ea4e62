import { listExits } from "../../client/exits.ts";
import { listInFlightExits } from "../../client/inFlightExits.ts";
import { l1Time } from "../../client/l1.ts";
import { formatPosition } from "../../protocol/position.ts";
import { formatAmount } from "../amounts.ts";
import { defineCommand, flag } from "../command.ts";
import { exitData } from "../exitRows.ts";
import { describePieces, describeStanding, inFlightData, rolesOf } from "../inFlightRows.ts";
import { describeTime } from "../names.ts";
import { table } from "../output.ts";
import { openSession, openWalletSession } from "../session.ts";

export const exitList = defineCommand({
  name: "exit list",
  summary: "list exits as Ethereum knows them",
  description: `Lists the account's exits, read from L1. Of standard exits: "waiting" is open to challenge, "ready" may be processed, "paid" is
done, "challenged" was ended by a spend, "dropped" has left its queue after that, and "spent" was shown for ever to be spent by
an in-flight exit. Of in-flight exits: "joining" is open to inputs, outputs and competitors, "waiting" and "ready" as above; they
end "canonical" (outputs paid), "not canonical" (inputs paid) or "deleted". With --all it lists everybody's.`,
  arguments: {},
  options: { all: flag("--all", "everybody's exits") },
  examples: [
    { run: "exit list", does: "your own" },
    { run: "exit list --all", does: "to look for one to challenge, or to take part in" },
  ],
  next: "plasma-cli exit next",
  async run(context, { all }) {
    const { client, tokens, owner } = await open(context, all);
    const [exits, everyInFlight, now] = await Promise.all([
      listExits(client, owner === undefined ? {} : { owner }),
      listInFlightExits(client),
      l1Time(client),
    ]);
    const inFlight = everyInFlight.filter((exit) => owner === undefined || !rolesOf(exit, owner).includes("bystander"));
    const rows = await Promise.all(
      exits.map(async ({ position, amount, token, status, bondOnly, exitableAt, owner: exitOwner }) => [
        formatPosition(position),
        formatAmount(amount, await tokens.unitOf(token)),
        bondOnly ? `${status}, bond only` : status,
        describeTime(exitableAt, now),
        exitOwner,
      ]),
    );
    const inFlightRows = await Promise.all(
      inFlight.map(async (exit) => [
        exit.txId,
        exit.status,
        describeStanding(exit),
        await describePieces(
          exit.pieces.filter(({ state }) => state === "live"),
          tokens,
        ),
        describeTime(exit.terms.exitableAt, now),
      ]),
    );
    const tables = [
      ...(rows.length === 0 ? [] : [table(["position", "amount", "status", "processed after", "owner"], rows)]),
      ...(inFlightRows.length === 0
        ? []
        : [table(["in flight", "status", "standing", "takes part", "processed after"], inFlightRows)]),
    ];
    return {
      data: { now, exits: exits.map(exitData), inFlight: inFlight.map(inFlightData) },
      text: tables.length === 0 ? "No exits" : tables.join("\n\n"),
      next: tables.length > 0 && !all ? ["plasma-cli exit next"] : [],
    };
  },
});

async function open(context: Parameters<typeof openSession>[0], all: boolean) {
  if (all) return { ...(await openSession(context)), owner: undefined };
  const session = await openWalletSession(context, "address");
  return { ...session, owner: session.account.address };
}
