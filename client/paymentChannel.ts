import type { Hex } from "viem";
import * as z from "zod";
import { toHex } from "../protocol/bytes.ts";
import type { UnsignedSpend } from "../protocol/conditions/guardedOutput.ts";
import {
  type ChannelPayment,
  channelStateId,
  closePaymentChannel,
  decodePaymentChannel,
  type PaymentChannel,
  verifyChannelPayment,
} from "../protocol/conditions/paymentChannel.ts";
import { bytesSchema, hashSchema, quantitySchema } from "../protocol/json.ts";
import { type Signer, toCompactSignature } from "../protocol/signature.ts";
import type { Client } from "./client.ts";
import { clientError } from "./errors.ts";
import { type GuardedOutput, guardedOutputSchema, requireShipped } from "./guardedOutputs.ts";
import { openPartial, type PartialTransaction, partialTransaction, signPartial } from "./partialTransaction.ts";

/** A channel as the payer hands it to the receiver: its money, and the fee of the closing, which both agree on with it. */
export const channelFileSchema = guardedOutputSchema.extend({ fee: quantitySchema });

/** One payment as the payer hands it over: what was paid since the channel was opened, and her signature of the closing that pays it. */
export const channelPaymentSchema = z.object({
  version: z.literal(1),
  /** Of the output that holds the channel's money. */
  outputId: hashSchema,
  paid: quantitySchema,
  signature: bytesSchema,
});

/** What each side keeps of a channel: the last state and nothing else. */
export const channelStateSchema = z.object({ fee: quantitySchema, paid: quantitySchema, signature: bytesSchema });

export type ChannelState = z.output<typeof channelStateSchema>;

/**
 * The channel whose money is in an output.
 * @throws CONDITION_MISMATCH, CONDITION_PARAMS_INVALID
 */
export async function openChannel(
  client: Client,
  { guard, held }: GuardedOutput,
  fee: bigint,
): Promise<PaymentChannel> {
  await requireShipped(client, "paymentChannel", guard);
  return { funds: held, condition: guard.condition, terms: decodePaymentChannel(guard.params), fee };
}

type Rules = Pick<Client, "domain" | "crypto">;

/** The payer's side. */
export interface ChannelPayer {
  /** What was paid since the channel was opened. */
  paid(): bigint;
  /**
   * Pays so much more: what comes back goes to the receiver, who needs nothing else, and replaces the payment before.
   * @throws CHANNEL_STATE_INVALID for more than is left
   */
  pay(amount: bigint): Promise<ChannelPayment>;
}

/** Pays in a channel in which `paid` was paid before. Payments are made one after the other. */
export function createChannelPayer(
  channel: PaymentChannel,
  signer: Pick<Signer, "sign">,
  { domain, crypto }: Rules,
  paid = 0n,
): ChannelPayer {
  let total = paid;
  return {
    paid: () => total,
    async pay(amount) {
      const next = total + amount;
      const hash = channelStateId(channel, next, domain, crypto);
      total = next;
      return { paid: next, signature: toCompactSignature(await signer.sign({ hash })) };
    },
  };
}

/** The receiver's side. */
export interface ChannelReceiver {
  /** The best payment; undefined before the first. It is all that closing takes, so whoever receives keeps it before he delivers. */
  best(): ChannelPayment | undefined;
  /**
   * Takes a payment that is worth more than the best one and closes the channel. Gives what was gained.
   * @throws CHANNEL_STATE_INVALID for an older or a smaller one, CHANNEL_SIGNATURE_INVALID
   */
  accept(payment: ChannelPayment): bigint;
}

/** Receives in a channel in which `best` was received before. */
export function createChannelReceiver(
  channel: PaymentChannel,
  { domain, crypto }: Rules,
  best?: ChannelPayment,
): ChannelReceiver {
  let last = best;
  return {
    best: () => last,
    accept(payment) {
      const before = last?.paid ?? 0n;
      verifyChannelPayment(channel, payment, before, domain, crypto);
      last = payment;
      return payment.paid - before;
    },
  };
}

/**
 * The closing that pays the best payment.
 * @throws CHANNEL_EMPTY
 */
export function closingOf(channel: PaymentChannel, best: ChannelPayment | undefined): UnsignedSpend {
  if (!best) throw clientError("CHANNEL_EMPTY", "nothing was paid in this channel");
  return closePaymentChannel(channel, best.paid);
}

/**
 * The closing that pays the best payment, with the payer's signature and the receiver's, who signs no other.
 * @throws CHANNEL_EMPTY, NOT_SIGNER, and like `openPartial`
 */
export async function signClosing(
  client: Client,
  channel: PaymentChannel,
  { proof }: Pick<GuardedOutput, "proof">,
  best: ChannelPayment | undefined,
): Promise<PartialTransaction> {
  const spend = closingOf(channel, best);
  const signatures = best ? [best.signature] : [];
  return signPartial(client, await openPartial(client, partialTransaction(spend, [proof], signatures)));
}

/** The document of a payment. */
export function paymentDocument(
  { funds }: PaymentChannel,
  { paid, signature }: ChannelPayment,
): z.output<typeof channelPaymentSchema> {
  return { version: 1, outputId: funds.outputId, paid, signature: toHex(signature) };
}

/** The signature that stands for none: nothing was paid yet. */
export const NO_SIGNATURE: Hex = "0x";
