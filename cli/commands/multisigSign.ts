import { clientError } from "../../client/errors.ts";
import { missingSignatures, signPartial } from "../../client/partialTransaction.ts";
import { defineCommand, optional, text } from "../command.ts";
import { requireOnlySpend } from "../guardedSpending.ts";
import { partialFile, partialResult, readPartial, writePartial } from "../multisig.ts";
import { anyway } from "../parameters.ts";
import { openWalletSession } from "../session.ts";

export const multisigSign = defineCommand({
  name: "multisig sign",
  summary: "add your signature to a spend of shared money",
  description: `Compares what the transaction spends with Ethereum, shows whom it pays, and adds your signature to the file. A signature is final: whoever has the
file with enough of them can send it at any time. So a second spend of the same money is not signed, unless with --anyway, which is for when the
first is known to be dead.`,
  arguments: { file: partialFile },
  options: { out: optional("--out <file>", "write it to another file than it was read from", text), anyway },
  examples: [{ run: "multisig sign spend.json --account bob", does: "bob's signature beside those that are there" }],
  next: "plasma-cli multisig send <file>",
  async run(context, input) {
    const session = await openWalletSession(context, "unlocked");
    const { client, account, store } = session;
    const partial = await readPartial(session, input.file);
    const inputs = await missingSignatures(client, partial);
    if (!inputs.some(({ terms }) => terms.owners.includes(account.address))) {
      throw clientError("NOT_SIGNER", `${account.address} is no owner of what it spends`);
    }
    if (!input.anyway) requireOnlySpend(session, partial);
    const signed = await signPartial(client, partial);
    store.recordPayment(signed, signed.saved.inputs);
    const path = input.out ?? input.file;
    return partialResult(session, signed, writePartial(path, signed.saved), [
      `plasma-cli multisig sign ${path} --account <another owner>`,
    ]);
  },
});
