import { lastSafeStart, requireBefore } from "../../client/deadlines.ts";
import { shippedAddress } from "../../client/guardedOutputs.ts";
import { exitPeriod, l1Time } from "../../client/l1.ts";
import { NO_SIGNATURE } from "../../client/paymentChannel.ts";
import { encodePaymentChannel } from "../../protocol/conditions/paymentChannel.ts";
import { parseAmount } from "../amounts.ts";
import { writeChannelFile } from "../channels.ts";
import { defineCommand, required, text } from "../command.ts";
import { fundedResult, fundGuarded } from "../guardedFunding.ts";
import { guardedFee } from "../guardedSpending.ts";
import { describeTime, resolveAddress } from "../names.ts";
import { anyway, dryRun, out, readWhen, timeOf, timeout } from "../parameters.ts";
import { openWalletSession } from "../session.ts";

export const channelOpen = defineCommand({
  name: "channel open",
  summary: "put money aside, to pay somebody many times off the chain",
  description: `Pays money under a payment channel. From then on a payment to the receiver is a signature that you hand over: no block, no fee, nobody else hears
of it. He closes the channel with the last one; what he has not closed by --until goes back to you. The fee of the closing is fixed now.`,
  arguments: {
    to: required("<to>", "the receiver: an address, or the name of one of your accounts", text),
    amount: required("<amount...>", "all that can be paid in it, and the fee: 2 eth, 50 DEV", text),
  },
  options: {
    until: required("--until <time>", "when it ends: +30d, 2027-01-31T12:00Z or Unix seconds of L1", readWhen),
    out,
    anyway,
    timeout,
    dryRun,
  },
  examples: [{ run: "channel open bob 2 eth --until +30d --out channel.json", does: "hand over channel.json" }],
  next: "plasma-cli channel pay <channel> <amount> --out <file>",
  async run(context, input) {
    const session = await openWalletSession(context, input.dryRun ? "address" : "unlocked");
    const { client, account, tokens, store } = session;
    const { amount, token } = await parseAmount(input.amount, tokens.find);
    const [now, minExitPeriod, condition, fee] = await Promise.all([
      l1Time(client),
      exitPeriod(client),
      shippedAddress(client, "paymentChannel"),
      guardedFee(session, token.address, false),
    ]);
    const expiry = timeOf(input.until, now);
    if (!input.anyway) requireBefore("CHANNEL_TOO_SHORT", { deadline: expiry, minExitPeriod }, now);
    const receiver = resolveAddress(context.paths, input.to);
    const funded = await fundGuarded(context, session, {
      guard: { condition, params: encodePaymentChannel({ receiver, expiry }) },
      owner: account.address,
      token: token.address,
      amount,
      anyway: input.anyway,
      dryRun: input.dryRun,
      timeout: input.timeout,
    });
    if (funded) store.saveChannel(funded.output.held.outputId, { fee, paid: 0n, signature: NO_SIGNATURE });
    const closeBefore = lastSafeStart(expiry, minExitPeriod);
    return fundedResult(session, funded, {
      noun: "channel",
      terms: {
        data: { receiver, expiry, closeBefore, fee },
        lines: [
          ["receiver", receiver],
          ["closed before", describeTime(closeBefore, now)],
          ["goes back from", describeTime(expiry, now)],
        ],
      },
      file: input.out,
      write: (path, output) => writeChannelFile(path, output, fee),
      dryRun: { token: token.address, amount },
      next: (position) => [`plasma-cli channel pay ${position} <amount> --out payment.json`],
    });
  },
});
