import { processExits, processExitsCall } from "../../client/processExits.ts";
import { ETH_UNIT, formatAmount } from "../amounts.ts";
import { defineCommand, optional } from "../command.ts";
import { counted, fields } from "../output.ts";
import { dryRun, readCount, token } from "../parameters.ts";
import { dryRunResult } from "../quotes.ts";
import { openWalletSession } from "../session.ts";

const DEFAULT_MAX = 50;

export const exitProcess = defineCommand({
  name: "exit process",
  summary: "pay out the exits whose time has come",
  description: `Pays the matured exits of a token from the head of its queue, in order, everybody's, standard and in-flight ones. The first
processing of an in-flight exit gives its verdict; where it is about several tokens, each has its own queue. Anyone may do it and pays the gas. A
receiver that refuses its money does not hold up the others: L1 keeps it for him to withdraw.`,
  arguments: { token },
  options: { max: optional("--max <count>", `most entries to process (default ${DEFAULT_MAX})`, readCount), dryRun },
  examples: [
    { run: "exit process", does: "exits of ETH" },
    { run: "exit process DEV --max 10", does: "of a token, ten at most" },
  ],
  next: "plasma-cli balance",
  async run(context, input) {
    const session = await openWalletSession(context, input.dryRun ? "address" : "unlocked");
    const { client, tokens } = session;
    const unit = await tokens.find(input.token ?? "eth");
    const request = { token: unit.address, max: input.max ?? DEFAULT_MAX };
    if (input.dryRun) return dryRunResult(client, [await processExitsCall(client, request)], { token: unit.address });
    context.progress("Processing …");
    const { paid, credited, dropped, decided, transactionHash, gasUsed } = await processExits(client, request);
    const credits = await Promise.all(
      credited.map(
        async ({ account, token: creditToken, amount }): Promise<[string, string]> => [
          "refused",
          `${formatAmount(amount, await tokens.unitOf(creditToken))} wait for ${account}: plasma-cli exit withdraw`,
        ],
      ),
    );
    return {
      data: { token: unit.address, paid, credited, dropped, decided, transactionHash, gasUsed },
      text: fields([
        ...decided.map(({ txId, canonical, bondOwner, bond }): [string, string] => [
          canonical ? "canonical" : "not canonical",
          `${txId}, bond of ${formatAmount(bond, ETH_UNIT)} to ${bondOwner}`,
        ]),
        ...paid.map(({ owner, amount }): [string, string] => ["paid", `${formatAmount(amount, unit)} to ${owner}`]),
        ...credits,
        ...(dropped.length > 0 ? ([["dropped", counted(dropped.length, "exit")]] as const) : []),
        ["L1 transaction", `${transactionHash} (${gasUsed} gas)`],
      ]),
      next: ["plasma-cli balance"],
    };
  },
});
