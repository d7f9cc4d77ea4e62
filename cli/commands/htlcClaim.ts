import { requireBefore } from "../../client/deadlines.ts";
import { clientError } from "../../client/errors.ts";
import { l1Time } from "../../client/l1.ts";
import { claimHashTimeLock } from "../../protocol/conditions/hashTimeLock.ts";
import { defineCommand, optional, text } from "../command.ts";
import { guardedOutput } from "../guarded.ts";
import { guardedFee, spendGuarded } from "../guardedSpending.ts";
import { openLock, ownSecret, readSecretFile } from "../hashTimeLocks.ts";
import { anyway, dryRun, offline, timeout } from "../parameters.ts";
import { openWalletSession } from "../session.ts";

export const htlcClaim = defineCommand({
  name: "htlc claim",
  summary: "take locked money with the secret, which shows it to everybody",
  description: `Claims a lock that is for you. The claim never expires. Whoever sees it, in a block or on Ethereum, has the secret; so it is refused half an
exit period before the lock's time, from when on a refund may win although the secret is out. If no block holds the claim by then, take
it to Ethereum: "exit next" says until when.`,
  arguments: { output: guardedOutput },
  options: {
    secret: optional("--secret <file>", 'the secret, as "htlc secret" wrote it (default: your own)', text),
    offline,
    anyway,
    timeout,
    dryRun,
  },
  examples: [
    { run: "htlc claim answer.json --secret secret.json", does: "with the secret of the swap" },
    { run: "htlc claim 4:0:0 --secret secret.json --offline", does: "for exit in-flight, with the operator gone" },
  ],
  next: "plasma-cli exit next",
  async run(context, input) {
    const session = await openWalletSession(context, input.dryRun ? "address" : "unlocked");
    const { output, terms } = await openLock(session, input.output);
    const { client, account } = session;
    if (account.address !== terms.receiver) {
      throw clientError("NOT_SIGNER", `only ${terms.receiver} can claim this lock`, { receiver: terms.receiver });
    }
    if (!input.anyway) {
      const deadline = { deadline: terms.timeout, minExitPeriod: output.minExitPeriod };
      requireBefore("CLAIM_TOO_LATE", deadline, await l1Time(client));
    }
    const secret = input.secret === undefined ? await ownSecret(session, terms.hash) : readSecretFile(input.secret);
    if (secret === undefined) {
      throw clientError("SECRET_UNKNOWN", `this wallet did not make the secret with the hash ${terms.hash}`);
    }
    const fee = await guardedFee(session, output.held.output.token, input.offline);
    const spend = claimHashTimeLock(output.held, output.guard.condition, terms, { secret, fee });
    return spendGuarded(context, session, spend, input);
  },
});
