import { requireReached } from "../../client/deadlines.ts";
import { clientError } from "../../client/errors.ts";
import { l1Time } from "../../client/l1.ts";
import { refundHashTimeLock } from "../../protocol/conditions/hashTimeLock.ts";
import { defineCommand } from "../command.ts";
import { guardedOutput } from "../guarded.ts";
import { guardedFee, spendGuarded } from "../guardedSpending.ts";
import { openLock } from "../hashTimeLocks.ts";
import { dryRun, offline, timeout } from "../parameters.ts";
import { openWalletSession } from "../session.ts";

export const htlcRefund = defineCommand({
  name: "htlc refund",
  summary: "take locked money back once its time has come",
  description: `Takes back what nobody has claimed. No block sealed before the lock's time can hold it, and no exit of it can start earlier. Send it at once
then: until a block holds it, a late claim may still win.`,
  arguments: { output: guardedOutput },
  options: { offline, timeout, dryRun },
  examples: [
    { run: "htlc refund 4:0:0", does: "take it back" },
    { run: "htlc refund 4:0:0 --offline", does: "for exit in-flight, with the operator gone" },
  ],
  next: "plasma-cli exit next",
  async run(context, input) {
    const session = await openWalletSession(context, input.dryRun ? "address" : "unlocked");
    const { output, terms } = await openLock(session, input.output);
    const { client, account } = session;
    const { owner, token } = output.held.output;
    if (account.address !== owner) throw clientError("NOT_SIGNER", `only ${owner} can take this back`, { owner });
    requireReached(terms.timeout, await l1Time(client));
    const fee = await guardedFee(session, token, input.offline);
    const spend = refundHashTimeLock(output.held, output.guard.condition, terms, { fee });
    return spendGuarded(context, session, spend, input);
  },
});
