import type { Address, Hex } from "viem";
import { fromHex } from "../bytes.ts";
import { ProtocolError } from "../errors.ts";
import { type Crypto, portableCrypto, ZERO_ADDRESS } from "../hashing.ts";
import type { LedgerOutput } from "../ledger.ts";
import type { Output } from "../output.ts";
import { type Domain, txIdOf } from "../typedData.ts";
import { guardedOutput, plainOutput, spendGuarded, type UnsignedSpend } from "./guardedOutput.ts";
import { decodeParams, encodeParams, invalidParams } from "./params.ts";

/**
 * Payer, who is the output's owner, and receiver spend together; the payer alone from the expiry on (contracts/conditions/PaymentChannel.sol).
 */
export interface PaymentChannelTerms {
  readonly receiver: Address;
  /** Unix seconds. */
  readonly expiry: number;
}

/** An open channel as both sides know it. */
export interface PaymentChannel {
  /** The output that holds its money. */
  readonly funds: LedgerOutput;
  readonly condition: Address;
  readonly terms: PaymentChannelTerms;
  /** Of the closing, agreed when the channel is opened. */
  readonly fee: bigint;
}

/** All that is handed over for a payment: what was paid since the channel was opened, and the payer's signature of the closing that pays it. */
export interface ChannelPayment {
  readonly paid: bigint;
  readonly signature: Uint8Array;
}

const TYPES = [{ type: "address" }, { type: "uint40" }] as const;
const NO_ARGS = new Uint8Array();

/**
 * Params of the condition.
 * @throws CONDITION_PARAMS_INVALID for no receiver, or an expiry of zero, at which the payer could always spend alone
 */
export function encodePaymentChannel(terms: PaymentChannelTerms): Uint8Array {
  assertTerms(terms);
  return encodeParams(TYPES, [terms.receiver, terms.expiry]);
}

/**
 * What params say, if they are the ones that `encodePaymentChannel` makes.
 * @throws CONDITION_PARAMS_INVALID
 */
export function decodePaymentChannel(params: Uint8Array): PaymentChannelTerms {
  const [receiver, expiry] = decodeParams(TYPES, params);
  const terms = { receiver: receiver.toLowerCase() as Address, expiry };
  assertTerms(terms);
  return terms;
}

/**
 * Money that opens a channel.
 * @throws CONDITION_PARAMS_INVALID, HEX_INVALID
 */
export function paymentChannelOutput(
  condition: Address,
  terms: PaymentChannelTerms,
  { payer, token, amount }: Pick<Output, "token" | "amount"> & { readonly payer: Address },
): Output {
  return guardedOutput({ condition, params: encodePaymentChannel(terms) }, { owner: payer, token, amount });
}

/**
 * The one transaction that closes a channel in which so much was paid. The payer signs it to pay; the receiver adds his signature to the last one
 * to close, and signs no other. Both make it themselves, so there is nothing in it to check. Where it is not in a validated block in time, he
 * starts its in-flight exit more than half a minimum exit period before the expiry.
 * @throws CHANNEL_STATE_INVALID, CONDITION_MISMATCH, CONDITION_PARAMS_INVALID, HEX_INVALID
 */
export function closePaymentChannel({ funds, condition, terms, fee }: PaymentChannel, paid: bigint): UnsignedSpend {
  const { owner: payer, token, amount } = funds.output;
  const rest = amount - fee - paid;
  if (paid <= 0n || rest < 0n) {
    throw new ProtocolError("CHANNEL_STATE_INVALID", `a channel of ${amount} pays 1 to ${amount - fee}, not ${paid}`, {
      paid,
      amount,
      fee,
    });
  }
  const outputs = [plainOutput(terms.receiver, token, paid)];
  if (rest > 0n) outputs.push(plainOutput(payer, token, rest));
  return spendGuarded(funds, { condition, params: encodePaymentChannel(terms) }, NO_ARGS, outputs);
}

/**
 * What the payer signs to have paid so much in all: the id of the closing that pays it.
 * @throws what `closePaymentChannel` throws
 */
export function channelStateId(
  channel: PaymentChannel,
  paid: bigint,
  domain: Domain,
  crypto: Crypto = portableCrypto,
): Hex {
  return txIdOf(closePaymentChannel(channel, paid).transaction, domain, crypto.keccak256);
}

/**
 * Requires that a payment is worth more than the last one and will close the channel: the receiver's check before he delivers anything.
 * @throws CHANNEL_STATE_INVALID, CHANNEL_SIGNATURE_INVALID, and what `closePaymentChannel` throws
 */
export function verifyChannelPayment(
  channel: PaymentChannel,
  { paid, signature }: ChannelPayment,
  lastPaid: bigint,
  domain: Domain,
  crypto: Crypto = portableCrypto,
): void {
  if (paid <= lastPaid) {
    throw new ProtocolError("CHANNEL_STATE_INVALID", `${paid} is not more than ${lastPaid}, which was paid before`, {
      paid,
      lastPaid,
    });
  }
  const id = channelStateId(channel, paid, domain, crypto);
  const payer = channel.funds.output.owner;
  if (crypto.recoverSigner(fromHex(id), signature) === payer) return;
  throw new ProtocolError("CHANNEL_SIGNATURE_INVALID", `the state is not signed by the payer, ${payer}`, {
    paid,
    payer,
  });
}

/**
 * The payer's refund, for her to sign: good in blocks from the expiry on.
 * @throws CONDITION_MISMATCH, CONDITION_PARAMS_INVALID, HEX_INVALID
 */
export function refundPaymentChannel({ funds, condition, terms, fee }: PaymentChannel): UnsignedSpend {
  const { owner: payer, token, amount } = funds.output;
  const guard = { condition, params: encodePaymentChannel(terms) };
  return spendGuarded(funds, guard, NO_ARGS, [plainOutput(payer, token, amount - fee)], { validAfter: terms.expiry });
}

function assertTerms({ receiver, expiry }: PaymentChannelTerms): void {
  if (receiver === ZERO_ADDRESS) throw invalidParams("nobody could be paid: the receiver is the zero address");
  if (expiry === 0) throw invalidParams("the payer could take the money back at once: the expiry is zero");
}
