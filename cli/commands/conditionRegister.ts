import { planRegistration, registerCondition } from "../../client/conditions.ts";
import { defineCommand, required, text } from "../command.ts";
import { readConditionCode } from "../conditionCode.ts";
import { fields } from "../output.ts";
import { DEFAULT_WAIT_SECONDS, dryRun, timeout } from "../parameters.ts";
import { dryRunResult } from "../quotes.ts";
import { openWalletSession } from "../session.ts";

export const conditionRegister = defineCommand({
  name: "condition register",
  summary: "put the code of a spending condition on Ethereum, for everybody and for ever",
  description: `Registers a condition that comes with the project, by its name, or one of your own, from a file with its runtime code in hex. Only code
that can see and change nothing beside its own call is taken. Anybody may register; who does it makes no difference, and once is enough. Waits
until Ethereum takes it for final: money under a condition that is not registered cannot be spent.`,
  arguments: {
    code: required(
      "<code>",
      "multiSignature, hashTimeLock, paymentChannel, limitOrder, or a file of runtime code",
      text,
    ),
  },
  options: { timeout, dryRun },
  examples: [
    { run: "condition register hashTimeLock", does: "one that comes with the project" },
    { run: "condition register notary.hex --dry-run", does: "check code of your own, and see what it costs" },
  ],
  next: "plasma-cli condition list",
  async run(context, input) {
    const session = await openWalletSession(context, input.dryRun ? "address" : "unlocked");
    const { client } = session;
    const code = readConditionCode(input.code);
    if (input.dryRun) {
      const { condition, call } = await planRegistration(client, code);
      const registered = call === undefined;
      const details = [["condition", registered ? `${condition}, registered already` : condition]] as const;
      return dryRunResult(client, call ? [call] : [], { condition, registered, bytes: code.length }, details);
    }
    context.progress("Registering, and waiting until Ethereum takes it for final …");
    const timeoutMs = (input.timeout ?? DEFAULT_WAIT_SECONDS) * 1000;
    const found = await registerCondition(client, code, { timeoutMs });
    const { condition, transactionHash, gasUsed } = found;
    return {
      data: { ...found, transactionHash: transactionHash ?? null },
      text: fields([
        ["condition", condition],
        ["good from", `block ${found.newestBlock + 1n} on`],
        ["L1 transaction", transactionHash ? `${transactionHash} (${gasUsed} gas)` : "none: it was registered already"],
      ]),
      next: ["plasma-cli condition list"],
    };
  },
});
