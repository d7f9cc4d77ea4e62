import { type Exit, listExits } from "../../client/exits.ts";
import { listInFlightExits } from "../../client/inFlightExits.ts";
import { type L1Quote, l1Time } from "../../client/l1.ts";
import { type ExitStep, nextStep } from "../../client/nextSteps.ts";
import { getOutputs } from "../../client/outputs.ts";
import { processExitsCall } from "../../client/processExits.ts";
import { countAhead } from "../../client/queue.ts";
import { getCredit, withdrawCall } from "../../client/withdraw.ts";
import { formatPosition } from "../../protocol/position.ts";
import { formatAmount } from "../amounts.ts";
import { defineCommand } from "../command.ts";
import { exitData } from "../exitRows.ts";
import { describeGuardedRow, guardedRowData, guardedRows } from "../guardedRows.ts";
import { describeInFlightNext, inFlightNext, inFlightNextData } from "../inFlightNext.ts";
import { describeTime } from "../names.ts";
import { describeCost, quoteOrNothing } from "../quotes.ts";
import { openWalletSession, type WalletSession } from "../session.ts";
import { describeUnresolved, unresolvedData, unresolvedPayments } from "../unresolvedPayments.ts";
import { orNothing } from "../wallet.ts";

const QUEUE_LOOKUP = 100;

export const exitNext = defineCommand({
  name: "exit next",
  summary: "what to do about each of your exits and payments, until when, and at what cost",
  description: `Looks at every exit of the account on L1 and says what can be done now: wait (and until when), process it, or withdraw what L1
could not pay. In an in-flight exit also: take part with your inputs and outputs, answer a competitor, delete it; and, for
anybody who knows a spend, contest or challenge. Payments of this wallet whose block nobody shows are listed with how to take
them to L1, and outputs under conditions with what to do about them until when. Costs are quoted at the current gas price. Look at least every quarter of the exit period.`,
  arguments: {},
  options: {},
  examples: [{ run: "exit next", does: "the next step of each exit" }],
  next: "Type what it says",
  async run(context) {
    const session = await openWalletSession(context, "address");
    const { client, tokens, account } = session;
    const [exits, everyInFlight, now] = await Promise.all([
      listExits(client, { owner: account.address }),
      listInFlightExits(client),
      l1Time(client),
    ]);
    const steps = await Promise.all(
      exits.map(async (exit) => {
        const step = nextStep(exit, await getCredit(client, account.address, exit.token));
        return { exit, step, ...(await costOf(session, exit, step)) };
      }),
    );
    const inFlight = await inFlightNext(session, everyInFlight);
    const payments = await unresolvedPayments(session, everyInFlight, now);
    const listed = await getOutputs(client, account.address).catch(orNothing);
    const guarded = await guardedRows(session, listed ?? [], now);
    const texts = await Promise.all([
      ...steps.map(async ({ exit, step, quote, ahead }) => {
        const unit = await tokens.unitOf(exit.token);
        const note = exit.bondOnly ? ", finalised in flight: only the bond comes back" : "";
        const name = `${formatPosition(exit.position)}  ${formatAmount(exit.amount, unit)}${note}`;
        return `${name}\n    ${advice(step, now, unit.symbol, ahead)}${describeCost(quote)}`;
      }),
      ...inFlight.map((next) => describeInFlightNext(next, tokens, now)),
      ...payments.map((payment) => describeUnresolved(payment, now)),
      ...guarded.map((row) => describeGuardedRow(row, session, now)),
    ]);
    return {
      data: {
        now,
        exits: steps.map(({ exit, step, quote, ahead }) => ({
          ...exitData(exit),
          next: step.action,
          at: step.action === "wait" ? step.at : null,
          ahead: ahead ?? null,
          gas: quote?.gas ?? null,
          fee: quote?.fee ?? null,
        })),
        inFlight: inFlight.map(inFlightNextData),
        payments: payments.map(unresolvedData),
        conditional: guarded.map(guardedRowData),
      },
      text: texts.length === 0 ? "No exits" : texts.join("\n"),
      next: texts.length === 0 ? ["plasma-cli outputs", "plasma-cli exit start <position>"] : [],
    };
  },
});

interface Cost {
  readonly quote: L1Quote | undefined;
  /** Exits that stand before it in the queue. */
  readonly ahead: number | undefined;
}

async function costOf({ client }: WalletSession, exit: Exit, step: ExitStep): Promise<Cost> {
  if (step.action === "withdraw") {
    // Where the account itself still refuses the money, the cost depends on the receiver that its owner will name.
    return { quote: await quoteOrNothing(client, () => withdrawCall(client, { token: step.token })), ahead: undefined };
  }
  if (step.action === "none") return { quote: undefined, ahead: undefined };
  const ahead = await countAhead(client, exit.token, exit.outputId, QUEUE_LOOKUP);
  if (step.action === "wait" || ahead === undefined) return { quote: undefined, ahead };
  const request = { token: exit.token, max: ahead + 1 };
  return { quote: await quoteOrNothing(client, () => processExitsCall(client, request)), ahead };
}

function advice(step: ExitStep, now: number, symbol: string, ahead: number | undefined): string {
  const token = symbol.toLowerCase() === "eth" ? "" : ` ${symbol}`;
  switch (step.action) {
    case "wait":
      return `wait until ${describeTime(step.at, now)}; then: plasma-cli exit process${token}`;
    case "process":
      return `now: plasma-cli exit process${token} --max ${(ahead ?? 0) + 1}`;
    case "withdraw":
      return `the receiver refused the money; now: plasma-cli exit withdraw${token} --to <address>`;
    case "none":
      return OUTCOMES[step.outcome];
  }
}

const OUTCOMES: Readonly<Record<Extract<ExitStep, { action: "none" }>["outcome"], string>> = {
  paid: "paid, nothing to do",
  lost: "ended by a challenge, nothing to do",
  spent: "spent for ever by a transaction in flight, the bond is back, nothing to do",
};
