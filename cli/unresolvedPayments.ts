import type { InFlightExit } from "../client/inFlightExits.ts";
import { exitPeriod, type L1Quote } from "../client/l1.ts";
import { endsSoon } from "../client/paymentEnd.ts";
import { planInFlightExit } from "../client/startInFlightExit.ts";
import { safeUntil } from "./guardedRows.ts";
import { describeTime } from "./names.ts";
import { describeCost, quoteOrNothing } from "./quotes.ts";
import type { WalletSession } from "./session.ts";
import { completeInputs, completePayment, orNothing } from "./wallet.ts";
import { isOpen, type StoredPayment } from "./walletStore.ts";

/** A payment of this wallet of which no block is known that includes it. */
export interface UnresolvedPayment {
  readonly payment: StoredPayment;
  /**
   * `wait`: the operator has it and its block is not on L1 yet. `resend`: the operator does not have it. `exit in-flight`: nobody
   * shows its block, so only L1 can decide, or the payment ends so soon that its exit must start now (R24).
   */
  readonly next: "wait" | "resend" | "exit in-flight";
  readonly endsSoon: boolean;
  /** Until when its in-flight exit has to start, where a refund may win later (R19). */
  readonly before: number | undefined;
  /** Of the in-flight exit: gas and bonds. */
  readonly quote: L1Quote | undefined;
}

/**
 * Payments of this wallet that are in no block that can be seen, and in no in-flight exit (R24); of those that the operator refused, the
 * ones that end soon. `now` is L1 time.
 */
export async function unresolvedPayments(
  session: WalletSession,
  exits: readonly InFlightExit[],
  now: number,
): Promise<UnresolvedPayment[]> {
  const { client, store } = session;
  const taken = new Set(exits.flatMap(({ txId, status }) => (status === "deleted" ? [] : txId)));
  const period = await exitPeriod(client);
  const unresolved: UnresolvedPayment[] = [];
  for (const payment of store.payments()) {
    if (payment.inclusion || taken.has(payment.txId)) continue;
    const ending = endsSoon(payment.validBefore, now, period);
    if (payment.status === "refused" && !ending) continue;
    const found = await nextOf(session, payment, now);
    if (found === undefined) continue;
    const next = ending ? "exit in-flight" : found;
    const saved = await completeInputs(session, payment);
    const plan = async () => (await planInFlightExit(client, { saved })).call;
    unresolved.push({
      payment,
      next,
      endsSoon: ending,
      before: await safeUntil(session, saved),
      quote: next === "wait" ? undefined : await quoteOrNothing(client, plan),
    });
  }
  return unresolved;
}

async function nextOf(
  session: WalletSession,
  payment: StoredPayment,
  now: number,
): Promise<UnresolvedPayment["next"] | undefined> {
  const { client, store } = session;
  const { txId, status } = payment;
  const answer = await client.operator.call("plasma_getTransaction", txId).catch(orNothing);
  if (answer === undefined) return "exit in-flight";
  if (answer === null) {
    if (status === "acknowledged") return "exit in-flight";
    return isOpen(payment, now) ? "resend" : undefined;
  }
  if (answer.status !== "committed") return "wait";
  await completePayment(session, payment).catch(orNothing);
  return store.payment(txId)?.inclusion ? undefined : "exit in-flight";
}

/** The stable JSON of it. */
export function unresolvedData({ payment, next, endsSoon, before, quote }: UnresolvedPayment) {
  const { txId, status, validBefore } = payment;
  return {
    txId,
    status,
    validBefore,
    next,
    endsSoon,
    before: before ?? null,
    bonds: quote?.value ?? null,
    gas: quote?.gas ?? null,
    fee: quote?.fee ?? null,
  };
}

/** The same for people. */
export function describeUnresolved({ payment, next, endsSoon, before, quote }: UnresolvedPayment, now: number): string {
  const { txId, validBefore } = payment;
  const ends = validBefore === 0 ? "" : `, ends ${describeTime(validBefore, now)}`;
  const trust = payment.status === "refused" ? ", unless you trust the operator to have refused it" : "";
  const urgent =
    before === undefined ? "" : `; if no block holds it, exit in-flight before ${describeTime(before, now)}`;
  const advice = {
    wait: `nothing until its block is on Ethereum: plasma-cli tx ${txId}`,
    resend: `the operator does not have it: plasma-cli tx ${txId} --resend`,
    "exit in-flight": `${endsSoon ? `no block has it and it ends soon${trust}; now` : "nobody shows its block"}: plasma-cli exit in-flight ${txId}${describeCost(quote)}`,
  }[next];
  return `payment ${txId}  ${payment.status}${ends}\n    ${advice}${urgent}`;
}
