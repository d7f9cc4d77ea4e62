import { listExits } from "../../client/exits.ts";
import { l1Time } from "../../client/l1.ts";
import { formatPosition } from "../../protocol/position.ts";
import { formatAmount } from "../amounts.ts";
import { defineCommand, flag } from "../command.ts";
import { exitData } from "../exitRows.ts";
import { describeTime } from "../names.ts";
import { table } from "../output.ts";
import { openSession, openWalletSession } from "../session.ts";

export const exitList = defineCommand({
  name: "exit list",
  summary: "list exits as Ethereum knows them",
  description: `Lists the account's exits, read from L1: "waiting" is open to challenge, "ready" may be processed, "paid" is done,
"challenged" was ended by a spend, and "dropped" has left its queue after that. With --all it lists everybody's.`,
  arguments: {},
  options: { all: flag("--all", "everybody's exits") },
  examples: [
    { run: "exit list", does: "your own" },
    { run: "exit list --all", does: "to look for one to challenge" },
  ],
  next: "plasma-cli exit next",
  async run(context, { all }) {
    const { client, tokens, owner } = await open(context, all);
    const [exits, now] = await Promise.all([listExits(client, owner === undefined ? {} : { owner }), l1Time(client)]);
    const rows = await Promise.all(
      exits.map(async ({ position, amount, token, status, exitableAt, owner: exitOwner }) => [
        formatPosition(position),
        formatAmount(amount, await tokens.unitOf(token)),
        status,
        describeTime(exitableAt, now),
        exitOwner,
      ]),
    );
    return {
      data: { now, exits: exits.map(exitData) },
      text: rows.length === 0 ? "No exits" : table(["position", "amount", "status", "processed after", "owner"], rows),
      next: rows.length > 0 && !all ? ["plasma-cli exit next"] : [],
    };
  },
});

async function open(context: Parameters<typeof openSession>[0], all: boolean) {
  if (all) return { ...(await openSession(context)), owner: undefined };
  const session = await openWalletSession(context, "address");
  return { ...session, owner: session.account.address };
}
