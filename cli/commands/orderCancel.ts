import { clientError } from "../../client/errors.ts";
import { cancelLimitOrder } from "../../protocol/conditions/limitOrder.ts";
import { defineCommand } from "../command.ts";
import { guardedOutput } from "../guarded.ts";
import { guardedFee, spendGuarded } from "../guardedSpending.ts";
import { readOrder } from "../limitOrders.ts";
import { dryRun, offline, timeout } from "../parameters.ts";
import { openWalletSession } from "../session.ts";

export const orderCancel = defineCommand({
  name: "order cancel",
  summary: "end your order and take back what it holds",
  description: `Spends the order yourself, which only you can. A fill that a block held before is done; one that comes later finds the order spent. When the operator is
gone, --offline keeps it for "exit in-flight": what nobody has filled goes to Ethereum.`,
  arguments: { output: guardedOutput },
  options: { offline, timeout, dryRun },
  examples: [{ run: "order cancel 4:0:0", does: "take it back" }],
  next: "plasma-cli outputs",
  async run(context, input) {
    const session = await openWalletSession(context, input.dryRun ? "address" : "unlocked");
    const { output, order } = await readOrder(session, input.output);
    const { owner, token } = output.held.output;
    if (session.account.address !== owner) throw clientError("NOT_SIGNER", `only its maker ${owner} can cancel it`);
    const fee = await guardedFee(session, token, input.offline);
    return spendGuarded(context, session, cancelLimitOrder(order, { fee }), input);
  },
});
