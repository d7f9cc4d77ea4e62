import { requireBefore, requireSwapMargin } from "../../client/deadlines.ts";
import { guardedOutputSchema, shippedAddress } from "../../client/guardedOutputs.ts";
import { exitPeriod, l1Time } from "../../client/l1.ts";
import { fromHex } from "../../protocol/bytes.ts";
import { decodeHashTimeLock, encodeHashTimeLock } from "../../protocol/conditions/hashTimeLock.ts";
import { ZERO_HASH } from "../../protocol/hashing.ts";
import { parseAmount } from "../amounts.ts";
import { defineCommand, optional, required, text } from "../command.ts";
import { CliError } from "../errors.ts";
import { fundedResult, fundGuarded } from "../guardedFunding.ts";
import { lockTerms, makeSecret } from "../hashTimeLocks.ts";
import { resolveAddress } from "../names.ts";
import { anyway, dryRun, out, readHash, readWhen, timeOf, timeout } from "../parameters.ts";
import { readRequired } from "../proofFile.ts";
import { openWalletSession } from "../session.ts";

export const htlcLock = defineCommand({
  name: "htlc lock",
  summary: "lock money until a secret is shown, or a time has come",
  description: `Pays money under a hash time-lock: the receiver claims it with the secret, and from --until on it goes back to you. Without --hash or
--answer the wallet makes a secret, of its key and of what it keeps on disk; the secret itself is in no file. --answer takes the hash from
the other side's lock, which you have accepted on its own chain, and refuses a time that leaves you less than two exit periods to claim that one.`,
  arguments: {
    to: required("<to>", "the receiver: an address, or the name of one of your accounts", text),
    amount: required("<amount...>", "such as 0.2 eth or 5 DEV", text),
  },
  options: {
    until: required("--until <time>", "when it goes back: +2h, 2027-01-31T12:00Z or Unix seconds of L1", readWhen),
    hash: optional("--hash <hash>", "keccak256 of a secret of 32 bytes that somebody else has", readHash),
    answer: optional("--answer <file>", "the other side's lock of a swap: takes its hash, and heeds its time", text),
    out,
    anyway,
    timeout,
    dryRun,
  },
  examples: [
    { run: "htlc lock bob 1 eth --until +6h --out lock.json", does: "with a new secret; hand over lock.json" },
    {
      run: "htlc lock alice 20 DEV --until +2h --answer lock.json --out answer.json",
      does: "the other half of a swap",
    },
  ],
  next: "plasma-cli htlc secret <output>, plasma-cli htlc refund <output>",
  async run(context, input) {
    const session = await openWalletSession(context, input.dryRun ? "address" : "unlocked");
    const { client, account, tokens } = session;
    const { amount, token } = await parseAmount(input.amount, tokens.find);
    const [now, minExitPeriod, condition] = await Promise.all([
      l1Time(client),
      exitPeriod(client),
      shippedAddress(client, "hashTimeLock"),
    ]);
    const own = { deadline: timeOf(input.until, now), minExitPeriod };
    if (input.hash !== undefined && input.answer !== undefined) {
      throw new CliError("USAGE", "--answer takes the hash from the file, so --hash has no place beside it");
    }
    const answered = input.answer === undefined ? undefined : readAnswered(input.answer);
    if (!input.anyway) {
      requireBefore("LOCK_TOO_SHORT", own, now);
      if (answered) requireSwapMargin(answered, own);
    }
    // A dry run makes no secret; any hash costs the same.
    const hash = input.hash ?? answered?.hash ?? (input.dryRun ? ZERO_HASH : await makeSecret(session));
    const terms = { hash, receiver: resolveAddress(context.paths, input.to), timeout: own.deadline };
    const funded = await fundGuarded(context, session, {
      guard: { condition, params: encodeHashTimeLock(terms) },
      owner: account.address,
      token: token.address,
      amount,
      anyway: input.anyway,
      dryRun: input.dryRun,
      timeout: input.timeout,
    });
    return fundedResult(session, funded, {
      noun: "locked",
      terms: lockTerms(terms, minExitPeriod, now),
      file: input.out,
      dryRun: { token: token.address, amount },
      next: (position) => [
        `plasma-cli htlc secret ${position} --out <file>   (before it can be claimed, on this chain or another)`,
        `plasma-cli htlc refund ${position}   (once its time has come)`,
      ],
    });
  },
});

/** What a lock on another chain says; that chain was asked when its file was accepted there. */
function readAnswered(path: string) {
  const { params, minExitPeriod } = readRequired(path, guardedOutputSchema);
  const { hash, timeout: deadline } = decodeHashTimeLock(fromHex(params));
  return { hash, deadline, minExitPeriod };
}
