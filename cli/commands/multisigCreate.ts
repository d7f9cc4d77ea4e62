import { shippedAddress } from "../../client/guardedOutputs.ts";
import { encodeMultiSignature } from "../../protocol/conditions/multiSignature.ts";
import { ZERO_ADDRESS } from "../../protocol/hashing.ts";
import { parseAmount } from "../amounts.ts";
import { defineCommand, list, optional, required, text } from "../command.ts";
import { fundedResult, fundGuarded } from "../guardedFunding.ts";
import { resolveAddress } from "../names.ts";
import { anyway, dryRun, out, readCount, timeout } from "../parameters.ts";
import { openWalletSession } from "../session.ts";

export const multisigCreate = defineCommand({
  name: "multisig create",
  summary: "put money where several accounts spend it together",
  description: `Pays money under a condition that any --threshold of the --owners fulfil together, for anything and at any time; fewer never can. Hand the
file to all of them: the chain has only a hash of who they are. Best without --refund-to: then nobody is paid where an exit of a spend fails, and
the owners sign another.`,
  arguments: { amount: required("<amount...>", "such as 0.2 eth or 5 DEV", text) },
  options: {
    threshold: required("--threshold <count>", "how many of them it takes", readCount),
    owners: list("--owners <accounts...>", "addresses, or names of your accounts", text),
    refundTo: optional(
      "--refund-to <account>",
      "whom a failed exit pays, such as an L1 contract of the same owners",
      text,
    ),
    out,
    anyway,
    timeout,
    dryRun,
  },
  examples: [
    { run: "multisig create 5 eth --threshold 2 --owners alice bob carol --out safe.json", does: "two of three" },
  ],
  next: "plasma-cli multisig spend <output> <to> <amount> --out <file>",
  async run(context, input) {
    const session = await openWalletSession(context, input.dryRun ? "address" : "unlocked");
    const { client, tokens } = session;
    const { amount, token } = await parseAmount(input.amount, tokens.find);
    const owners = [...new Set(input.owners.map((owner) => resolveAddress(context.paths, owner)))].sort();
    const { threshold } = input;
    const refundTo = input.refundTo === undefined ? ZERO_ADDRESS : resolveAddress(context.paths, input.refundTo);
    const params = encodeMultiSignature({ threshold, owners });
    const funded = await fundGuarded(context, session, {
      guard: { condition: await shippedAddress(client, "multiSignature"), params },
      owner: refundTo,
      token: token.address,
      amount,
      anyway: input.anyway,
      dryRun: input.dryRun,
      timeout: input.timeout,
    });
    return fundedResult(session, funded, {
      noun: "shared",
      terms: {
        data: { threshold, owners, refundTo: input.refundTo === undefined ? null : refundTo },
        lines: [["spent by", `any ${threshold} of ${owners.join(", ")}`]],
      },
      file: input.out,
      dryRun: { token: token.address, amount },
      next: (position) => [`plasma-cli multisig spend ${position} <to> <amount> --out spend.json`],
    });
  },
});
