import { deleteCall, deleteInFlightExit } from "../../client/deleteInFlightExit.ts";
import { findInFlightExit } from "../../client/inFlightExits.ts";
import { ETH_UNIT, formatAmount } from "../amounts.ts";
import { defineCommand, required } from "../command.ts";
import { fields } from "../output.ts";
import { dryRun, readHash } from "../parameters.ts";
import { dryRunResult } from "../quotes.ts";
import { openWalletSession } from "../session.ts";

export const exitDelete = defineCommand({
  name: "exit delete",
  summary: "end an in-flight exit in which nobody takes part",
  description: `Ends an in-flight exit without a verdict once the time to take part is over and no input or output does. The exit's bond goes to
whoever owns it as things stand: its starter, or whoever contested it. Anyone may do it.`,
  arguments: { transaction: required("<txId>", "id of the transaction", readHash) },
  options: { dryRun },
  examples: [{ run: "exit delete 0x5b1d…", does: "get the bond back" }],
  next: "plasma-cli exit list",
  async run(context, input) {
    const { client } = await openWalletSession(context, input.dryRun ? "address" : "unlocked");
    const exit = await findInFlightExit(client, input.transaction);
    const { txId, bondOwner } = exit;
    const { bond } = exit.terms;
    const data = { txId, bondOwner, bond };
    const returned = ["bond", `${formatAmount(bond, ETH_UNIT)} to ${bondOwner}`] as const;
    if (input.dryRun) return dryRunResult(client, [deleteCall(client, exit)], data, [returned]);
    context.progress("Deleting …");
    const { transactionHash, gasUsed } = await deleteInFlightExit(client, exit);
    return {
      data: { ...data, transactionHash, gasUsed },
      text: fields([["ended", txId], returned, ["L1 transaction", `${transactionHash} (${gasUsed} gas)`]]),
      next: ["plasma-cli exit list"],
    };
  },
});
