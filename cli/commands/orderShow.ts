import { l1Time } from "../../client/l1.ts";
import { formatPosition } from "../../protocol/position.ts";
import { defineCommand } from "../command.ts";
import { describeMoney, guardedOutput, moneyOf, writeGuardedFile } from "../guarded.ts";
import { outputStatus } from "../guardedRows.ts";
import { orderTerms, readOrder } from "../limitOrders.ts";
import { fields } from "../output.ts";
import { out } from "../parameters.ts";
import { openWalletSession } from "../session.ts";

export const orderShow = defineCommand({
  name: "order show",
  summary: "show an order: what it offers, its price and until when",
  description: `Compares an order with Ethereum and shows its terms, and whether the operator still lists it as unspent. "plasma-cli outputs" lists your own, and what
is left of those that were filled partly; with --out the file of it is written for others.`,
  arguments: { output: guardedOutput },
  options: { out },
  examples: [{ run: "order show order.json", does: "one that somebody handed over" }],
  next: "plasma-cli order fill <order> <amount>",
  async run(context, input) {
    const session = await openWalletSession(context, "address");
    const { output, order } = await readOrder(session, input.output);
    const now = await l1Time(session.client);
    const status = await outputStatus(session, output.held.position);
    const shown = await orderTerms(session, order.terms, output.held.output.token, now);
    const position = formatPosition(output.held.position);
    const file = input.out === undefined ? undefined : writeGuardedFile(input.out, output);
    return {
      data: { position, outputId: output.held.outputId, status, ...moneyOf(output), ...shown.data, file: file ?? null },
      text: fields([
        ["order", `${await describeMoney(output, session.tokens)} as ${position}, ${status}`],
        ["maker", output.held.output.owner],
        ...shown.lines,
        ...(file ? ([["file", file]] as const) : []),
      ]),
      next: [`plasma-cli order fill ${position} <amount>`],
    };
  },
});
