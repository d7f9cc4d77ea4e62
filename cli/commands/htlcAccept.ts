import { requireBefore } from "../../client/deadlines.ts";
import { l1Time } from "../../client/l1.ts";
import { formatPosition } from "../../protocol/position.ts";
import { defineCommand } from "../command.ts";
import { describeMoney, guardedOutput, moneyOf, requireValidated } from "../guarded.ts";
import { lockTerms, openLock } from "../hashTimeLocks.ts";
import { fields } from "../output.ts";
import { anyway, trustOperator } from "../parameters.ts";
import { openWalletSession } from "../session.ts";

export const htlcAccept = defineCommand({
  name: "htlc accept",
  summary: "check a lock that is for you, and keep all that it takes to claim it",
  description: `Compares the file with Ethereum: the money is in a committed block, under these terms and no others, and there is time to claim it. Your
watcher must have executed the block. Terms and proof are kept, so a claim can reach Ethereum when nobody helps. Do this before you answer
a lock with one of your own, and before you show a secret.`,
  arguments: { output: guardedOutput },
  options: { trustOperator, anyway },
  examples: [{ run: "htlc accept lock.json", does: "what it is, and until when to claim it" }],
  next: "plasma-cli htlc claim <output>",
  async run(context, input) {
    const session = await openWalletSession(context, "address");
    const { output, terms } = await openLock(session, input.output);
    const now = await l1Time(session.client);
    if (!input.anyway) {
      requireBefore("CLAIM_TOO_LATE", { deadline: terms.timeout, minExitPeriod: output.minExitPeriod }, now);
    }
    const isValidated = await requireValidated(session, output, input.trustOperator);
    const position = formatPosition(output.held.position);
    const shown = lockTerms(terms, output.minExitPeriod, now);
    return {
      data: { position, outputId: output.held.outputId, ...moneyOf(output), ...shown.data, validated: isValidated },
      text: fields([
        ["locked", `${await describeMoney(output, session.tokens)} as ${position}`],
        ["sender", output.held.output.owner],
        ...shown.lines,
        ["its block", isValidated ? "executed by your watcher" : "on Ethereum; nobody but the operator vouches for it"],
      ]),
      next: [
        `plasma-cli htlc lock <to> <amount> --answer ${input.output} --until <time>   (on the other chain of a swap)`,
        `plasma-cli htlc claim ${position}`,
      ],
    };
  },
});
