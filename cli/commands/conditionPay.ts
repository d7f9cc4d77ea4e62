import { ZERO_ADDRESS } from "../../protocol/hashing.ts";
import { parseAmount } from "../amounts.ts";
import { defineCommand, optional, required, text } from "../command.ts";
import { resolveCondition } from "../conditionCode.ts";
import { fundedResult, fundGuarded } from "../guardedFunding.ts";
import { resolveAddress } from "../names.ts";
import { anyway, dryRun, out, readBytes, timeout } from "../parameters.ts";
import { openWalletSession } from "../session.ts";

export const conditionPay = defineCommand({
  name: "condition pay",
  summary: "put money under any condition, with terms of your own",
  description: `Pays money under a registered condition. --params are what its code is asked with, and what the output commits to: keep them, for nobody can
spend it without. --refund-to is paid where the exit of a spend fails (by default you); with "nobody" no one is.`,
  arguments: {
    condition: required("<condition>", "its name if it comes with the project, or its address", text),
    amount: required("<amount...>", "such as 0.2 eth or 5 DEV", text),
  },
  options: {
    params: required("--params <hex>", "at most 1,024 bytes", readBytes),
    refundTo: optional("--refund-to <account>", 'address or account, or "nobody" (default: you)', text),
    out,
    anyway,
    timeout,
    dryRun,
  },
  examples: [
    { run: "condition pay 0x5b1d… 1 eth --params 0x00…2a --out money.json", does: "under a condition of your own" },
  ],
  next: "plasma-cli spend <output> <to> <amount>",
  async run(context, input) {
    const session = await openWalletSession(context, input.dryRun ? "address" : "unlocked");
    const { account, tokens } = session;
    const { amount, token } = await parseAmount(input.amount, tokens.find);
    const { refundTo = account.address } = input;
    const condition = await resolveCondition(session, input.condition);
    const owner = refundTo === "nobody" ? ZERO_ADDRESS : resolveAddress(context.paths, refundTo);
    const funded = await fundGuarded(context, session, {
      guard: { condition, params: input.params },
      owner,
      token: token.address,
      amount,
      anyway: input.anyway,
      dryRun: input.dryRun,
      timeout: input.timeout,
    });
    return fundedResult(session, funded, {
      noun: "paid",
      terms: { data: { condition }, lines: [["condition", condition]] },
      file: input.out,
      dryRun: { token: token.address, amount },
      next: (position) => [`plasma-cli spend ${position} <to> <amount> --args <hex>`],
    });
  },
});
