import { requireReached } from "../../client/deadlines.ts";
import { l1Time } from "../../client/l1.ts";
import { refundPaymentChannel } from "../../protocol/conditions/paymentChannel.ts";
import { channelArgument, readChannel, requireSide } from "../channels.ts";
import { defineCommand } from "../command.ts";
import { guardedFee, spendGuarded } from "../guardedSpending.ts";
import { dryRun, offline, timeout } from "../parameters.ts";
import { openWalletSession } from "../session.ts";

export const channelRefund = defineCommand({
  name: "channel refund",
  summary: "take the money of a channel back once it has ended",
  description: `Takes back the money of a channel that the receiver did not close. No block sealed before its end can hold it, and no exit of it can start earlier.`,
  arguments: { channel: channelArgument },
  options: { offline, timeout, dryRun },
  examples: [{ run: "channel refund 4:0:0", does: "take it back" }],
  next: "plasma-cli exit next",
  async run(context, input) {
    const session = await openWalletSession(context, input.dryRun ? "address" : "unlocked");
    const open = await readChannel(session, input.channel);
    requireSide(session, open, "payer");
    const { channel } = open;
    requireReached(channel.terms.expiry, await l1Time(session.client));
    const fee = await guardedFee(session, channel.funds.output.token, input.offline);
    return spendGuarded(context, session, refundPaymentChannel({ ...channel, fee }), input);
  },
});
