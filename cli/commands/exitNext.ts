import { ClientError } from "../../client/errors.ts";
import { countAhead, type Exit, listExits } from "../../client/exits.ts";
import { type L1Quote, l1Time, quoteCall } from "../../client/l1.ts";
import { type ExitStep, nextStep } from "../../client/nextSteps.ts";
import { processExitsCall } from "../../client/processExits.ts";
import { getCredit, withdrawCall } from "../../client/withdraw.ts";
import { formatPosition } from "../../protocol/position.ts";
import { ETH_UNIT, formatAmount } from "../amounts.ts";
import { defineCommand } from "../command.ts";
import { exitData } from "../exitRows.ts";
import { describeTime } from "../names.ts";
import { openWalletSession, type WalletSession } from "../session.ts";

const QUEUE_LOOKUP = 100;

export const exitNext = defineCommand({
  name: "exit next",
  summary: "what to do about each of your exits, when, and at what cost",
  description: `Looks at every exit of the account on L1 and says what its owner can do now: wait (and until when), process it, or withdraw
what L1 could not pay. Costs are quoted at the current gas price.`,
  arguments: {},
  options: {},
  examples: [{ run: "exit next", does: "the next step of each exit" }],
  next: "Type what it says",
  async run(context) {
    const session = await openWalletSession(context, "address");
    const { client, account } = session;
    const [exits, now] = await Promise.all([listExits(client, { owner: account.address }), l1Time(client)]);
    const steps = await Promise.all(
      exits.map(async (exit) => {
        const step = nextStep(exit, await getCredit(client, account.address, exit.token));
        return { exit, step, ...(await costOf(session, exit, step)) };
      }),
    );
    const texts = await Promise.all(
      steps.map(async ({ exit, step, quote, ahead }) => {
        const unit = await session.tokens.unitOf(exit.token);
        const cost = quote ? `, at most ${quote.gas} gas or about ${formatAmount(quote.fee, ETH_UNIT)}` : "";
        return `${formatPosition(exit.position)}  ${formatAmount(exit.amount, unit)}\n    ${advice(step, now, unit.symbol, ahead)}${cost}`;
      }),
    );
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

/** A quote, or nothing where L1 refuses the call as things stand. */
async function quoteOrNothing(
  client: WalletSession["client"],
  call: () => Promise<Parameters<typeof quoteCall>[1]> | Parameters<typeof quoteCall>[1],
): Promise<L1Quote | undefined> {
  try {
    return await quoteCall(client, await call());
  } catch (error) {
    if (error instanceof ClientError && error.kind === "refused") return undefined;
    throw error;
  }
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
      return step.outcome === "paid" ? "paid, nothing to do" : "ended by a challenge, nothing to do";
  }
}
