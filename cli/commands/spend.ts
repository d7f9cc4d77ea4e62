import { l1Time } from "../../client/l1.ts";
import { spendGuarded as spendOf } from "../../protocol/conditions/guardedOutput.ts";
import { defineCommand, optional } from "../command.ts";
import { guardedOutput, openGuarded } from "../guarded.ts";
import { spendGuarded } from "../guardedSpending.ts";
import { dryRun, offline, readBytes, readWhen, timeOf, timeout } from "../parameters.ts";
import { payees, payFrom, payment, readPayees } from "../payees.ts";
import { openWalletSession } from "../session.ts";

export const spend = defineCommand({
  name: "spend",
  summary: "spend money under any condition, showing what it asks for",
  description: `Spends one output under a condition: signs, shows the condition its terms and --args, pays, and leaves the rest under the same terms. Whether that is
allowed is for the code of the condition to say. Conditions that come with the project have verbs of their own, which know what is safe.`,
  arguments: { output: guardedOutput, ...payment },
  options: {
    args: optional("--args <hex>", "what the condition is shown, at most 1,024 bytes (default: nothing)", readBytes),
    and: payees,
    validAfter: optional("--valid-after <time>", "no block sealed earlier may hold it", readWhen),
    validBefore: optional("--valid-before <time>", "only blocks sealed earlier may hold it", readWhen),
    offline,
    timeout,
    dryRun,
  },
  examples: [{ run: "spend money.json bob 1 eth --args 0x2a", does: "an output under a condition of your own" }],
  next: "plasma-cli tx <id>",
  async run(context, input) {
    const session = await openWalletSession(context, input.dryRun ? "address" : "unlocked");
    const output = await openGuarded(session, input.output);
    const outputs = await payFrom(session, output, await readPayees(context, session, input), input.offline);
    const now = await l1Time(session.client);
    const window = {
      validAfter: input.validAfter === undefined ? 0 : timeOf(input.validAfter, now),
      validBefore: input.validBefore === undefined ? 0 : timeOf(input.validBefore, now),
    };
    const { args = new Uint8Array() } = input;
    return spendGuarded(context, session, spendOf(output.held, output.guard, args, outputs, window), input);
  },
});
