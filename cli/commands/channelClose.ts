import { requireBefore } from "../../client/deadlines.ts";
import { l1Time } from "../../client/l1.ts";
import { closingOf, signClosing } from "../../client/paymentChannel.ts";
import { channelArgument, readChannel, requireSide } from "../channels.ts";
import { defineCommand } from "../command.ts";
import { keepOffline, requireOnlySpend, spendResult } from "../guardedSpending.ts";
import { anyway, dryRun, offline, timeout } from "../parameters.ts";
import { openWalletSession } from "../session.ts";
import { recordAndSend, waitAndKeepProofs } from "../wallet.ts";

export const channelClose = defineCommand({
  name: "channel close",
  summary: "take what was paid in a channel",
  description: `Adds your signature to the closing that the last payment made, keeps it, and sends it. You sign one closing and no other. If no block holds it half an
exit period before the channel ends, take it to Ethereum: from then on the payer's refund may win.`,
  arguments: { channel: channelArgument },
  options: { offline, anyway, timeout, dryRun },
  examples: [
    { run: "channel close channel.json", does: "take what the last payment pays" },
    { run: "channel close 4:0:0 --offline", does: "for exit in-flight, with the operator gone" },
  ],
  next: "plasma-cli exit next",
  async run(context, input) {
    const session = await openWalletSession(context, input.dryRun ? "address" : "unlocked");
    const { client } = session;
    const open = await readChannel(session, input.channel);
    const { channel, output, last } = open;
    requireSide(session, open, "receiver");
    if (!input.anyway) {
      const deadline = { deadline: channel.terms.expiry, minExitPeriod: output.minExitPeriod };
      requireBefore("CLAIM_TOO_LATE", deadline, await l1Time(client));
    }
    if (input.dryRun) return spendResult(session, closingOf(channel, last), undefined, true);
    const closing = await signClosing(client, channel, output, last);
    requireOnlySpend(session, closing);
    if (input.offline) {
      await keepOffline(session, closing);
      return spendResult(session, closing, undefined, false);
    }
    const receipt = await recordAndSend(session, closing);
    const { status } = await waitAndKeepProofs(context, session, receipt.txId, input.timeout);
    return spendResult(session, closing, { ...receipt, status }, false);
  },
});
