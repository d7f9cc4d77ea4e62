import { requireComplete } from "../../client/partialTransaction.ts";
import { defineCommand } from "../command.ts";
import { spendResult } from "../guardedSpending.ts";
import { partialFile, readPartial } from "../multisig.ts";
import { timeout } from "../parameters.ts";
import { openWalletSession } from "../session.ts";
import { sendRecorded, waitAndKeepProofs } from "../wallet.ts";

export const multisigSend = defineCommand({
  name: "multisig send",
  summary: "send a spend of shared money that enough owners have signed",
  description: `Sends the transaction and waits for its block. Anybody who has the file can. Where the operator does not take it, any owner takes it to Ethereum:
"plasma-cli exit in-flight <file>".`,
  arguments: { file: partialFile },
  options: { timeout },
  examples: [{ run: "multisig send spend.json", does: "once it has enough signatures" }],
  next: "plasma-cli outputs",
  async run(context, input) {
    const session = await openWalletSession(context, "address");
    const partial = await readPartial(session, input.file);
    await requireComplete(session.client, partial);
    session.store.recordPayment(partial, partial.saved.inputs);
    const receipt = await sendRecorded(session, partial);
    const { status } = await waitAndKeepProofs(context, session, receipt.txId, input.timeout);
    return spendResult(session, partial, { ...receipt, status }, false);
  },
});
