import { withdraw, withdrawCall } from "../../client/withdraw.ts";
import { formatAmount } from "../amounts.ts";
import { defineCommand, optional, text } from "../command.ts";
import { resolveAddress } from "../names.ts";
import { fields } from "../output.ts";
import { dryRun, token } from "../parameters.ts";
import { dryRunResult } from "../quotes.ts";
import { openWalletSession } from "../session.ts";

export const exitWithdraw = defineCommand({
  name: "exit withdraw",
  summary: "fetch money that could not be paid to you",
  description: `When a payout fails because the receiver or the token refuses it, L1 keeps the money for its owner. He withdraws it to any
address; others can only send it to him.`,
  arguments: { token },
  options: {
    to: optional("--to <address>", "where to (default: the account itself)", text),
    for: optional("--for <account>", "whose money (default: the account's); it then goes to him", text),
    dryRun,
  },
  examples: [
    { run: "exit withdraw --to 0x90f7…b906", does: "ETH, to another address" },
    { run: "exit withdraw DEV", does: "a token" },
  ],
  next: "plasma-cli balance",
  async run(context, input) {
    const session = await openWalletSession(context, input.dryRun ? "address" : "unlocked");
    const { client, tokens } = session;
    const unit = await tokens.find(input.token ?? "eth");
    const request = {
      token: unit.address,
      ...(input.for === undefined ? {} : { account: resolveAddress(context.paths, input.for) }),
      ...(input.to === undefined ? {} : { to: resolveAddress(context.paths, input.to) }),
    };
    if (input.dryRun) return dryRunResult(client, [withdrawCall(client, request)], { token: unit.address });
    const { amount, transactionHash, gasUsed } = await withdraw(client, request);
    return {
      data: { token: unit.address, amount, transactionHash, gasUsed },
      text: fields([
        ["withdrawn", formatAmount(amount, unit)],
        ["L1 transaction", `${transactionHash} (${gasUsed} gas)`],
      ]),
      next: ["plasma-cli balance"],
    };
  },
});
