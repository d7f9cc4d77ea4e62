import { requireShipped } from "../../client/guardedOutputs.ts";
import { openPartial, partialTransaction } from "../../client/partialTransaction.ts";
import { decodeMultiSignature, spendMultiSignature } from "../../protocol/conditions/multiSignature.ts";
import { defineCommand, required, text } from "../command.ts";
import { guardedOutput, openGuarded } from "../guarded.ts";
import { partialResult, writePartial } from "../multisig.ts";
import { offline } from "../parameters.ts";
import { payees, payFrom, payment, readPayees } from "../payees.ts";
import { openWalletSession } from "../session.ts";

export const multisigSpend = defineCommand({
  name: "multisig spend",
  summary: "write down a spend of shared money, for its owners to sign",
  description: `Makes a transaction that pays from shared money and leaves the rest where it was, under the same terms. Nothing is signed: each owner adds a
signature with "multisig sign" and hands the file on.`,
  arguments: { output: guardedOutput, ...payment },
  options: {
    out: required("--out <file>", "where to write the transaction", text),
    and: payees,
    offline,
  },
  examples: [{ run: "multisig spend safe.json dave 2 eth --out spend.json", does: "pay 2 ETH, keep the rest shared" }],
  next: "plasma-cli multisig sign <file>",
  async run(context, input) {
    const session = await openWalletSession(context, "address");
    const { client } = session;
    const output = await openGuarded(session, input.output);
    await requireShipped(client, "multiSignature", output.guard);
    const outputs = await payFrom(session, output, await readPayees(context, session, input), input.offline);
    const terms = decodeMultiSignature(output.guard.params);
    const spend = spendMultiSignature(output.held, output.guard.condition, terms, outputs);
    const saved = partialTransaction(spend, [output.proof]);
    const file = writePartial(input.out, saved);
    return partialResult(session, await openPartial(client, saved), file, [`plasma-cli multisig sign ${input.out}`]);
  },
});
