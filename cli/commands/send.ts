import { exitPeriod, l1Time } from "../../client/l1.ts";
import { buildPayment } from "../../client/payment.ts";
import { defaultEnd } from "../../client/paymentEnd.ts";
import { getFees, getOperatorStatus } from "../../client/status.ts";
import { signPayment } from "../../client/transactions.ts";
import { defineCommand, flag, optional, text } from "../command.ts";
import { dryRun, readHash, readNumber, timeout, wait } from "../parameters.ts";
import { payees, payment, readPayees } from "../payees.ts";
import { paymentResult } from "../paymentResult.ts";
import { openWalletSession } from "../session.ts";
import { inUnits } from "../shortage.ts";
import { buildWith, recordAndSend, spendableOutputs, waitAndKeepProofs } from "../wallet.ts";

export const send = defineCommand({
  name: "send",
  summary: "pay somebody on the chain",
  description: `Pays one or several receivers in one transaction: chooses the fewest outputs that cover it, adds the operator's fee, and
gives the change back to you. The signed payment is on disk before it is sent, and stays there. It ends of itself after half an
exit period of L1 time (--valid-for), so a payment that nobody answered can be made again without paying twice: until a block
is sealed past that end, or while it is in flight, its outputs pay nothing else. A payment that no block has well before its
end goes to Ethereum: plasma-cli exit next says when. An earlier end leaves less time for that.`,
  arguments: payment,
  options: {
    and: payees,
    wait,
    timeout,
    feeToken: optional("--fee-token <token>", "pay the fee in this token", text),
    memo: optional("--memo <hex>", "32 bytes that go with the payment", readHash),
    validFor: optional(
      "--valid-for <minutes>",
      "the payment ends after so long, 0 for never (default: half the exit period, at least an hour)",
      readNumber,
    ),
    usePending: flag("--use-pending", "also spend outputs that are not on L1 yet, trusting the operator with them"),
    retryRefused: flag(
      "--retry-refused",
      "also spend outputs of a payment that the operator refused, trusting it to forget that one",
    ),
    dryRun,
  },
  examples: [
    { run: "send bob 0.2 eth --wait", does: "pay, and wait for the block" },
    { run: 'send bob 1 DEV --and "carol 2 DEV" "dave 0.1 eth"', does: "three payments in one transaction" },
    { run: "send bob 0.2 eth --dry-run", does: "see inputs, change and fee" },
  ],
  next: "plasma-cli tx <id>",
  async run(context, input) {
    const session = await openWalletSession(context, input.dryRun ? "address" : "unlocked");
    const { client, tokens, account } = session;
    await getOperatorStatus(client);

    const payments = await readPayees(context, session, input);
    const { usePending, retryRefused } = input;
    const [spendable, fees, now, minExitPeriod] = await Promise.all([
      spendableOutputs(session, { usePending, retryRefused }),
      getFees(client),
      l1Time(client),
      exitPeriod(client),
    ]);
    const { validFor } = input;
    const end = validFor === undefined ? defaultEnd(now, minExitPeriod) : now + 60 * validFor;
    const request = {
      owner: account.address,
      payments,
      fees,
      feeToken: input.feeToken === undefined ? undefined : (await tokens.find(input.feeToken)).address,
      memo: input.memo,
      validBefore: validFor === 0 ? 0 : end,
    };
    const built = await inUnits(tokens, () => buildWith(spendable, (coins) => buildPayment({ ...request, coins })));
    if (input.dryRun) return paymentResult(session, built, undefined);

    const signed = await signPayment(client, built.transaction);
    const receipt = await recordAndSend(session, signed);
    const status = input.wait
      ? (await waitAndKeepProofs(context, session, receipt.txId, input.timeout)).status
      : receipt.status;
    return paymentResult(session, built, { ...receipt, status });
  },
});
