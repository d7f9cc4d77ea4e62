import type { Address } from "viem";
import { clientError } from "../client/errors.ts";
import type { GuardedOutput } from "../client/guardedOutputs.ts";
import { plainOutput } from "../protocol/conditions/guardedOutput.ts";
import type { Output } from "../protocol/output.ts";
import { parseAmount } from "./amounts.ts";
import { list, required, text } from "./command.ts";
import type { Context } from "./context.ts";
import { CliError } from "./errors.ts";
import { guardedFee } from "./guardedSpending.ts";
import { resolveAddress } from "./names.ts";
import type { Session, WalletSession } from "./session.ts";
import { inUnits } from "./shortage.ts";

/** Whom a transaction pays, as people write it. */
export interface Payee {
  readonly to: Address;
  /** Zero = ETH. */
  readonly token: Address;
  /** Base units. */
  readonly amount: bigint;
}

/** The first payment: two arguments. */
export const payment = {
  to: required("<to>", "the receiver: an address, or the name of one of your accounts", text),
  amount: required("<amount...>", "such as 0.2 eth or 5 DEV", text),
} as const;

/** More payments, each a word of its own. */
export const payees = list(
  "--and <payments...>",
  'more payments in the same transaction, each as "<to> <amount>"',
  text,
);

/** Throws USAGE, ADDRESS_MALFORMED, AMOUNT_*, TOKEN_UNKNOWN. */
export async function readPayees(
  { paths }: Context,
  { tokens }: Session,
  { to, amount, and }: { readonly to: string; readonly amount: string; readonly and: readonly string[] },
): Promise<Payee[]> {
  const read = async (receiver: string, written: string): Promise<Payee> => {
    const { amount: units, token } = await parseAmount(written, tokens.find);
    return { to: resolveAddress(paths, receiver), token: token.address, amount: units };
  };
  const first = await read(to, amount);
  const others: Payee[] = [];
  for (const more of and) {
    const [, receiver, written] = /^(\S+)\s+(.+)$/.exec(more) ?? [];
    if (receiver === undefined || written === undefined)
      throw new CliError("USAGE", `"${more}" is not "<to> <amount>"`);
    others.push(await read(receiver, written));
  }
  return [first, ...others];
}

/**
 * Outputs of a spend of one guarded output: the payments, all in its token, and the rest under the same condition. The fee is part of what
 * is spent.
 * @throws FUNDS_LOW, FEE_TOKEN_REFUSED
 */
export async function payFrom(
  session: WalletSession,
  { held: { output } }: GuardedOutput,
  payments: readonly Payee[],
  offline: boolean,
): Promise<Output[]> {
  const { token, amount: available } = output;
  const fee = await guardedFee(session, token, offline);
  const foreign = payments.find((payee) => payee.token !== token);
  if (foreign) throw new CliError("AMOUNT_WRONG_TOKEN", `the output holds ${token}, not ${foreign.token}`);
  const needed = payments.reduce((sum, payee) => sum + payee.amount, fee);
  const rest = available - needed;
  await inUnits(session.tokens, () => {
    if (rest < 0n) throw clientError("FUNDS_LOW", `${needed} are needed`, { token, needed, available });
  });
  return [
    ...payments.map((payee) => plainOutput(payee.to, token, payee.amount)),
    ...(rest > 0n ? [{ ...output, amount: rest }] : []),
  ];
}
