import { l1Time } from "../../client/l1.ts";
import { buildFill } from "../../client/limitOrders.ts";
import { getFees } from "../../client/status.ts";
import { toAmount } from "../amounts.ts";
import { defineCommand, optional, text } from "../command.ts";
import { guardedOutput, requireValidated } from "../guarded.ts";
import { spendGuarded } from "../guardedSpending.ts";
import { readOrder } from "../limitOrders.ts";
import { dryRun, offline, timeout, trustOperator } from "../parameters.ts";
import { openWalletSession } from "../session.ts";
import { inUnits } from "../shortage.ts";
import { buildWith, spendableOutputs } from "../wallet.ts";

/** Others may fill the order first: what the filler pays with is not bound to a fill for longer than this. */
const VALID_SECONDS = 3_600;

export const orderFill = defineCommand({
  name: "order fill",
  summary: "take what an order offers, or a part of it, for its price",
  description: `Pays the maker the price and takes what is offered, in one transaction: both happen or neither. What is left stays under the order as a new output. The
fill ends after an hour or with the order; until then what you pay with is bound to it. Rely on what you bought once your watcher has executed the block.`,
  arguments: {
    output: guardedOutput,
    amount: optional("[amount...]", "how much of it to take, such as 0.5 eth (default: all)", text),
  },
  options: { trustOperator, offline, timeout, dryRun },
  examples: [
    { run: "order fill order.json 0.5 eth", does: "a part" },
    { run: "order fill order.json --dry-run", does: "what all of it would cost" },
  ],
  next: "plasma-cli outputs",
  async run(context, input) {
    const session = await openWalletSession(context, input.dryRun ? "address" : "unlocked");
    const { client, tokens } = session;
    const { output, order } = await readOrder(session, input.output);
    await requireValidated(session, output, input.trustOperator);
    const taken =
      input.amount === undefined ? undefined : await toAmount(input.amount, order.held.output.token, tokens.find);
    const [spendable, fees, now] = await Promise.all([
      spendableOutputs(session, { usePending: false, retryRefused: false }),
      input.offline ? [] : getFees(client),
      l1Time(client),
    ]);
    const request = { taken, fees, now, validBefore: now + VALID_SECONDS };
    const spend = await inUnits(tokens, () =>
      buildWith(spendable, (coins) => buildFill(client, order, { ...request, coins })),
    );
    return spendGuarded(context, session, spend, input);
  },
});
