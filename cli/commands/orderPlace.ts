import { shippedAddress } from "../../client/guardedOutputs.ts";
import { atL1, l1Time, rootChain } from "../../client/l1.ts";
import { encodeLimitOrder, limitOrderOutput } from "../../protocol/conditions/limitOrder.ts";
import { encodePosition } from "../../protocol/position.ts";
import { parseAmount, toAmount } from "../amounts.ts";
import { defineCommand, optional, required, text } from "../command.ts";
import { fundedResult, fundGuarded } from "../guardedFunding.ts";
import { orderTerms } from "../limitOrders.ts";
import { resolvePosition } from "../names.ts";
import { anyway, dryRun, out, readWhen, timeOf, timeout } from "../parameters.ts";
import { openWalletSession } from "../session.ts";

export const orderPlace = defineCommand({
  name: "order place",
  summary: "offer money for another token at a fixed price, to whoever takes it",
  description: `Pays money under a limit order. Whoever has the file may take it wholly or partly before it ends, in a transaction that pays you the price or does
not happen. Only money older than --inputs-before pays you: by default what stands up to the newest block on Ethereum, so that a bad operator cannot buy with
money that it makes up later. Raise it only to what you have validated. You may cancel at any time.`,
  arguments: { amount: required("<amount...>", "what you offer, such as 2 eth or 50 DEV", text) },
  options: {
    for: required("--for <amount>", 'what you want for all of it, such as "40 DEV"', text),
    until: required("--until <time>", "when it ends: +2d, 2027-01-31T12:00Z or Unix seconds of L1", readWhen),
    minimum: optional("--minimum <amount>", "the least that is taken at once (default: all of it)", text),
    inputsBefore: optional("--inputs-before <position>", "what is younger does not pay for it", text),
    out,
    anyway,
    timeout,
    dryRun,
  },
  examples: [
    {
      run: 'order place 2 eth --for "40 DEV" --minimum "0.1 eth" --until +2d --out order.json',
      does: "hand over order.json",
    },
  ],
  next: "plasma-cli order cancel <order>",
  async run(context, input) {
    const session = await openWalletSession(context, input.dryRun ? "address" : "unlocked");
    const { client, account, tokens } = session;
    const { amount, token } = await parseAmount(input.amount, tokens.find);
    const price = await parseAmount(input.for, tokens.find);
    const [now, newest, condition] = await Promise.all([
      l1Time(client),
      atL1(client.l1.readContract({ ...rootChain(client), functionName: "newestBlock" })),
      shippedAddress(client, "limitOrder"),
    ]);
    const terms = {
      wantedToken: price.token.address,
      offered: amount,
      wanted: price.amount,
      minimum: input.minimum === undefined ? amount : await toAmount(input.minimum, token.address, tokens.find),
      expiry: timeOf(input.until, now),
      inputsBefore:
        input.inputsBefore === undefined
          ? encodePosition({ block: newest + 1n, txIndex: 0, outputIndex: 0 })
          : await resolvePosition(session, input.inputsBefore),
    };
    limitOrderOutput(condition, terms, { maker: account.address, token: token.address, amount });
    const funded = await fundGuarded(context, session, {
      guard: { condition, params: encodeLimitOrder(terms) },
      owner: account.address,
      token: token.address,
      amount,
      anyway: input.anyway,
      dryRun: input.dryRun,
      timeout: input.timeout,
    });
    return fundedResult(session, funded, {
      noun: "offered",
      terms: await orderTerms(session, terms, token.address, now),
      file: input.out,
      dryRun: { token: token.address, amount },
      next: (position) => [`plasma-cli order show ${position}`, `plasma-cli order cancel ${position}`],
    });
  },
});
