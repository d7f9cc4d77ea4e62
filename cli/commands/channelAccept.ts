import { requireBefore } from "../../client/deadlines.ts";
import { l1Time } from "../../client/l1.ts";
import { channelPaymentSchema, createChannelReceiver } from "../../client/paymentChannel.ts";
import { fromHex } from "../../protocol/bytes.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { channelArgument, channelStanding, readChannel, requireOpen, requireSide } from "../channels.ts";
import { defineCommand, optional, text } from "../command.ts";
import { requireValidated } from "../guarded.ts";
import { anyway, trustOperator } from "../parameters.ts";
import { readRequired } from "../proofFile.ts";
import { openWalletSession } from "../session.ts";

export const channelAccept = defineCommand({
  name: "channel accept",
  summary: "check a channel that pays you, or a payment in it, and keep it",
  description: `Without a payment it compares the channel with Ethereum, which your watcher must have executed. With one it checks that it is worth more than the last
and closes the channel with the payer's signature, and keeps it; older and smaller ones are refused. Deliver what was paid for only after that. From
half an exit period before the end on nothing is taken any more: close the channel by then.`,
  arguments: { channel: channelArgument, payment: optional("[payment]", "file with a payment", text) },
  options: { trustOperator, anyway },
  examples: [
    { run: "channel accept channel.json", does: "when it was opened for you" },
    { run: "channel accept channel.json payment.json", does: "each payment" },
  ],
  next: "plasma-cli channel close <channel>",
  async run(context, input) {
    const session = await openWalletSession(context, "address");
    const { client, store } = session;
    const open = await readChannel(session, input.channel);
    const { channel, output, last } = open;
    const { outputId } = channel.funds;
    const { fee } = open.state;
    requireSide(session, open, "receiver");
    requireOpen(session, open);
    const now = await l1Time(client);
    const deadline = { deadline: channel.terms.expiry, minExitPeriod: output.minExitPeriod };
    if (!input.anyway) requireBefore("CHANNEL_EXPIRING", deadline, now);
    if (last === undefined) await requireValidated(session, output, input.trustOperator);
    const receiver = createChannelReceiver(channel, client, last);
    let gained = 0n;
    if (input.payment === undefined) {
      store.saveChannel(outputId, open.state);
    } else {
      const payment = readRequired(input.payment, channelPaymentSchema);
      if (payment.outputId !== outputId) throw new ProtocolError("CHANNEL_STATE_INVALID", "it pays in another channel");
      gained = receiver.accept({ paid: payment.paid, signature: fromHex(payment.signature) });
      store.saveChannel(outputId, { fee, paid: payment.paid, signature: payment.signature });
    }
    const standing = await channelStanding(session, await readChannel(session, input.channel), now);
    return {
      data: { ...standing.data, gained },
      text: standing.text,
      next: [`plasma-cli channel close ${standing.data.position}   (when you want the money)`],
    };
  },
});
