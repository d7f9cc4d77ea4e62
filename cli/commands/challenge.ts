import { resolve } from "node:path";
import * as z from "zod";
import { challengeCall, challengeExit, getSpend } from "../../client/challengeExit.ts";
import { findExit } from "../../client/exits.ts";
import { formatPosition } from "../../protocol/position.ts";
import { spendSchema } from "../../protocol/spend.ts";
import { ETH_UNIT, formatAmount } from "../amounts.ts";
import { defineCommand, optional, required, text } from "../command.ts";
import { writePrivateFile } from "../files.ts";
import { resolveAddress, resolvePosition } from "../names.ts";
import { fields } from "../output.ts";
import { dryRun } from "../parameters.ts";
import { readSpendFile } from "../proofFile.ts";
import { dryRunResult } from "../quotes.ts";
import { openWalletSession } from "../session.ts";

export const challenge = defineCommand({
  name: "challenge",
  summary: "end the exit of a spent output and take its bond",
  description: `Shows L1 the transaction that spends an exiting output, which ends the exit. The bond pays for your gas and more. The
transaction comes from the operator, or from a file saved before; it is checked before anything is sent, and counts until
the exit is processed. Somebody may copy your challenge from the mempool and be faster: then you lose the gas, no more.`,
  arguments: { position: required("<position>", "of the exiting output, such as 12:5:0 or d3", text) },
  options: {
    spend: optional("--spend <file>", "use the spend saved in this file", text),
    save: optional("--save <file>", "save the spend to a file for later instead of challenging", text),
    beneficiary: optional("--beneficiary <address>", "who gets the bond (default: the account)", text),
    dryRun,
  },
  examples: [
    { run: "exit list --all", does: "look for exits of spent outputs" },
    { run: "challenge 12:5:0", does: "end one" },
    { run: "challenge 12:5:0 --save spend.json", does: "keep the evidence" },
  ],
  next: "plasma-cli exit show <position>",
  async run(context, input) {
    const sends = input.save === undefined && !input.dryRun;
    const session = await openWalletSession(context, sends ? "unlocked" : "address");
    const { client } = session;
    const exit = await findExit(client, await resolvePosition(session, input.position));
    const spend = input.spend === undefined ? await getSpend(client, exit.outputId) : readSpendFile(input.spend);
    const name = formatPosition(exit.position);
    if (input.save !== undefined) {
      const file = resolve(input.save);
      writePrivateFile(file, `${JSON.stringify(z.encode(spendSchema, spend), null, 2)}\n`);
      return {
        data: { position: name, outputId: exit.outputId, file },
        text: `Saved the spend of ${name} to ${file}`,
        next: [`plasma-cli challenge ${name} --spend ${input.save}`],
      };
    }
    const beneficiary = input.beneficiary === undefined ? undefined : resolveAddress(context.paths, input.beneficiary);
    const request = { exit, spend, beneficiary };
    const data = { position: name, outputId: exit.outputId };
    if (input.dryRun) {
      const reward = formatAmount(exit.bond, ETH_UNIT);
      return dryRunResult(client, [await challengeCall(client, request)], { ...data, reward: exit.bond }, [
        ["reward", reward],
      ]);
    }
    context.progress(`Challenging the exit of ${name} …`);
    const { reward, transactionHash, gasUsed } = await challengeExit(client, request);
    return {
      data: { ...data, reward, transactionHash, gasUsed },
      text: fields([
        ["ended", `the exit of ${name}`],
        ["reward", formatAmount(reward, ETH_UNIT)],
        ["L1 transaction", `${transactionHash} (${gasUsed} gas)`],
      ]),
      next: [`plasma-cli exit show ${name}`],
    };
  },
});
