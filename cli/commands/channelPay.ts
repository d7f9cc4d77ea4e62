import { z } from "zod";
import { requireWallet } from "../../client/client.ts";
import { l1Time } from "../../client/l1.ts";
import { channelPaymentSchema, createChannelPayer, paymentDocument } from "../../client/paymentChannel.ts";
import { signerOf } from "../../client/signer.ts";
import { toHex } from "../../protocol/bytes.ts";
import { toAmount } from "../amounts.ts";
import { channelArgument, channelStanding, readChannel, requireOpen, requireSide } from "../channels.ts";
import { defineCommand, required, text } from "../command.ts";
import { writeFile } from "../guarded.ts";
import { openWalletSession } from "../session.ts";

export const channelPay = defineCommand({
  name: "channel pay",
  summary: "pay in a channel: sign a new state and hand it over",
  description: `Signs the closing that pays the receiver so much more than the one before, and writes it to a file for him. Nothing is sent to anybody. Only the last
payment counts, and it cannot be taken back: a state that pays less is of no use without the receiver's signature.`,
  arguments: { channel: channelArgument, amount: required("<amount...>", "such as 0.001 eth or 2 DEV", text) },
  options: { out: required("--out <file>", "where to write the payment for the receiver", text) },
  examples: [{ run: "channel pay 4:0:0 0.01 eth --out payment.json", does: "0.01 ETH more" }],
  next: "plasma-cli channel accept <channel> <payment>   (the receiver)",
  async run(context, input) {
    const session = await openWalletSession(context, "unlocked");
    const { client, store, tokens } = session;
    const open = await readChannel(session, input.channel);
    requireSide(session, open, "payer");
    requireOpen(session, open);
    const { channel, state } = open;
    const amount = await toAmount(input.amount, channel.funds.output.token, tokens.find);
    const payer = createChannelPayer(channel, signerOf(requireWallet(client).wallet), client, state.paid);
    const payment = await payer.pay(amount);
    store.saveChannel(channel.funds.outputId, {
      fee: state.fee,
      paid: payment.paid,
      signature: toHex(payment.signature),
    });
    const file = writeFile(input.out, z.encode(channelPaymentSchema, paymentDocument(channel, payment)));
    const standing = await channelStanding(session, await readChannel(session, input.channel), await l1Time(client));
    return {
      data: { ...standing.data, amount, file },
      text: `${standing.text}\nThe payment is in ${file}.`,
      next: [`plasma-cli channel accept <channel> ${input.out}   (the receiver)`],
    };
  },
});
