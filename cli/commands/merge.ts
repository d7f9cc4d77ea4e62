import { exitPeriod, l1Time } from "../../client/l1.ts";
import { buildMerge } from "../../client/payment.ts";
import { defaultEnd } from "../../client/paymentEnd.ts";
import { getFees, getOperatorStatus } from "../../client/status.ts";
import { signPayment } from "../../client/transactions.ts";
import { defineCommand } from "../command.ts";
import { dryRun, timeout, token, wait } from "../parameters.ts";
import { paymentResult } from "../paymentResult.ts";
import { openWalletSession } from "../session.ts";
import { inUnits } from "../shortage.ts";
import { buildWith, recordAndSend, spendableOutputs, waitAndKeepProofs } from "../wallet.ts";

export const merge = defineCommand({
  name: "merge",
  summary: "join small outputs of a token into one",
  description: `Joins the smallest outputs of one token, up to eight, into one output of yours. A payment can spend eight outputs at most
and every exit costs gas, so fewer and larger outputs are better. Operators may do it without a fee.`,
  arguments: { token },
  options: { wait, timeout, dryRun },
  examples: [
    { run: "merge", does: "join ETH outputs" },
    { run: "merge DEV --wait", does: "join outputs of a token and wait for the block" },
  ],
  next: "plasma-cli outputs",
  async run(context, input) {
    const session = await openWalletSession(context, input.dryRun ? "address" : "unlocked");
    const { client, tokens, account } = session;
    await getOperatorStatus(client);
    const [spendable, fees, now, minExitPeriod, unit] = await Promise.all([
      spendableOutputs(session, { usePending: false, retryRefused: false }),
      getFees(client),
      l1Time(client),
      exitPeriod(client),
      tokens.find(input.token ?? "eth"),
    ]);
    const validBefore = defaultEnd(now, minExitPeriod);
    const request = { owner: account.address, token: unit.address, fees, validBefore };
    const built = await inUnits(tokens, () => buildWith(spendable, (coins) => buildMerge({ ...request, coins })));
    if (input.dryRun) return paymentResult(session, built, undefined);
    const receipt = await recordAndSend(session, await signPayment(client, built.transaction));
    const status = input.wait
      ? (await waitAndKeepProofs(context, session, receipt.txId, input.timeout)).status
      : receipt.status;
    return paymentResult(session, built, { ...receipt, status });
  },
});
