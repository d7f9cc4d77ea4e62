import { z } from "zod";
import { lastSafeStart } from "../client/deadlines.ts";
import { type GuardedOutput, guardedOutputFile } from "../client/guardedOutputs.ts";
import { exitPeriod } from "../client/l1.ts";
import { type ChannelState, channelFileSchema, NO_SIGNATURE, openChannel } from "../client/paymentChannel.ts";
import { fromHex } from "../protocol/bytes.ts";
import type { ChannelPayment, PaymentChannel } from "../protocol/conditions/paymentChannel.ts";
import { formatPosition } from "../protocol/position.ts";
import { formatAmount } from "./amounts.ts";
import { type Parameter, required, text } from "./command.ts";
import { CliError } from "./errors.ts";
import { moneyOf, openGuarded, openGuardedFile, writeFile } from "./guarded.ts";
import { describeTime } from "./names.ts";
import { fields } from "./output.ts";
import { readRequired } from "./proofFile.ts";
import type { WalletSession } from "./session.ts";

export const channelArgument: Parameter<string> = required(
  "<channel>",
  "the file of it, or its position where this wallet keeps it",
  text,
);

/** A channel that stands on its chain, and its last state. */
export interface OpenChannel {
  readonly output: GuardedOutput;
  readonly channel: PaymentChannel;
  readonly state: ChannelState;
  /** The last payment; undefined before the first. */
  readonly last: ChannelPayment | undefined;
}

/**
 * A channel by its file or position. What is kept of its payments stays as it is.
 * @throws TERMS_UNKNOWN, and like `openGuarded` and `openChannel`
 */
export async function readChannel(session: WalletSession, written: string): Promise<OpenChannel> {
  const { client, store } = session;
  const isPosition = /^\d+:\d+:\d+$/.test(written);
  const file = isPosition ? undefined : readRequired(written, channelFileSchema);
  const output = file ? await openGuardedFile(session, file) : await openGuarded(session, written);
  const { outputId, position } = output.held;
  const state = store.channel(outputId) ?? (file && { fee: file.fee, paid: 0n, signature: NO_SIGNATURE });
  if (!state) throw new CliError("TERMS_UNKNOWN", `this wallet keeps no channel at ${formatPosition(position)}`);
  const channel = await openChannel(client, output, state.fee);
  const last = state.paid === 0n ? undefined : { paid: state.paid, signature: fromHex(state.signature) };
  return { output, channel, state, last };
}

/** Requires that the account is the payer, or the receiver. Throws CHANNEL_WRONG_SIDE. */
export function requireSide(
  { account }: WalletSession,
  { channel, output }: OpenChannel,
  side: "payer" | "receiver",
): void {
  const expected = side === "payer" ? output.held.output.owner : channel.terms.receiver;
  if (account.address === expected) return;
  throw new CliError("CHANNEL_WRONG_SIDE", `the ${side} of this channel is ${expected}, not ${account.address}`);
}

/** Requires that the channel's money was not spent by this wallet. Throws CHANNEL_CLOSED. */
export function requireOpen({ store }: WalletSession, { output }: OpenChannel): void {
  const [closing] = store.paymentsSpending(output.held.outputId);
  if (closing) throw new CliError("CHANNEL_CLOSED", `this wallet has signed ${closing.txId}, which closes the channel`);
}

/** Writes the file with which the receiver opens his side. */
export function writeChannelFile(path: string, output: GuardedOutput, fee: bigint): string {
  return writeFile(path, z.encode(channelFileSchema, { ...guardedOutputFile(output), fee }));
}

/** How a channel stands, for both readers; `now` is L1 time. */
export async function channelStanding({ client, tokens }: WalletSession, open: OpenChannel, now: number) {
  const { output, channel, state } = open;
  const { position, outputId } = output.held;
  const { receiver, expiry } = channel.terms;
  const closeBefore = lastSafeStart(expiry, await exitPeriod(client));
  const unit = await tokens.unitOf(output.held.output.token);
  const left = output.held.output.amount - state.fee - state.paid;
  return {
    data: {
      position: formatPosition(position),
      outputId,
      ...moneyOf(output),
      receiver,
      expiry,
      closeBefore,
      fee: state.fee,
      paid: state.paid,
      left,
    },
    text: fields([
      ["channel", `${formatPosition(position)}, ${formatAmount(output.held.output.amount, unit)}`],
      ["payer", output.held.output.owner],
      ["receiver", receiver],
      ["paid", formatAmount(state.paid, unit)],
      ["left", formatAmount(left, unit)],
      ["closed before", describeTime(closeBefore, now)],
      ["goes back from", describeTime(expiry, now)],
    ]),
  };
}
