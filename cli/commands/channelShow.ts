import { l1Time } from "../../client/l1.ts";
import { channelArgument, channelStanding, readChannel } from "../channels.ts";
import { defineCommand } from "../command.ts";
import { openWalletSession } from "../session.ts";

export const channelShow = defineCommand({
  name: "channel show",
  summary: "show what was paid in a channel, what is left, and until when",
  description: `Shows the last payment that this wallet has sent or received in a channel, and its times. Only the last one counts.`,
  arguments: { channel: channelArgument },
  options: {},
  examples: [{ run: "channel show channel.json", does: "how it stands" }],
  next: "plasma-cli channel pay, close or refund <channel>",
  async run(context, input) {
    const session = await openWalletSession(context, "address");
    return channelStanding(session, await readChannel(session, input.channel), await l1Time(session.client));
  },
});
