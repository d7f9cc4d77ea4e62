import { findInFlightExit } from "../../client/inFlightExits.ts";
import { l1Time } from "../../client/l1.ts";
import { piggyback, planPiggyback } from "../../client/piggyback.ts";
import { ETH_UNIT, formatAmount } from "../amounts.ts";
import { defineCommand, required } from "../command.ts";
import { describePieces } from "../inFlightRows.ts";
import { describeTime } from "../names.ts";
import { fields } from "../output.ts";
import { dryRun, readHash } from "../parameters.ts";
import { formatPiece, pieces } from "../pieces.ts";
import { dryRunResult } from "../quotes.ts";
import { openWalletSession } from "../session.ts";

export const exitPiggyback = defineCommand({
  name: "exit piggyback",
  summary: "take part in an in-flight exit with your inputs and outputs",
  description: `Only inputs and outputs whose owners piggyback them are paid, so the receiver of a payment that is in flight has to, in the first
half of the exit period. All that is needed is on Ethereum. Without --pieces every input and output of yours takes part that
does not yet; that is the safe choice, because the verdict decides which side is paid. Each carries the exit's bond once.`,
  arguments: { transaction: required("<txId>", "id of the transaction", readHash) },
  options: { pieces, dryRun },
  examples: [
    { run: "exit list --all", does: "look for in-flight exits" },
    { run: "exit piggyback 0x5b1d…", does: "with all of yours" },
    { run: "exit piggyback 0x5b1d… --pieces out0 --dry-run", does: "what one output would cost" },
  ],
  next: "plasma-cli exit next",
  async run(context, input) {
    const session = await openWalletSession(context, input.dryRun ? "address" : "unlocked");
    const { client, tokens } = session;
    const [exit, now] = await Promise.all([findInFlightExit(client, input.transaction), l1Time(client)]);
    const request = { exit, pieces: input.pieces };
    const { txId, terms } = exit;
    const after = ["processed after", describeTime(terms.exitableAt, now)] as const;
    if (input.dryRun) {
      const planned = await planPiggyback(client, request);
      const data = { txId, pieces: planned.pieces.map(({ number }) => formatPiece(number)), bonds: planned.call.value };
      return dryRunResult(client, [planned.call], data, [
        ["takes part", await describePieces(planned.pieces, tokens)],
        after,
      ]);
    }
    context.progress("Piggybacking …");
    const { pieces: joined, bonds, transactionHash, gasUsed } = await piggyback(client, request);
    return {
      data: { txId, pieces: joined.map(({ number }) => formatPiece(number)), bonds, transactionHash, gasUsed },
      text: fields([
        ["takes part", await describePieces(joined, tokens)],
        ["bonds", formatAmount(bonds, ETH_UNIT)],
        after,
        ["L1 transaction", `${transactionHash} (${gasUsed} gas)`],
      ]),
      next: ["plasma-cli exit next   (what to do, and when)"],
    };
  },
});
