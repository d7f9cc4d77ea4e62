import { findSecret } from "../../client/secrets.ts";
import { defineCommand } from "../command.ts";
import { guardedOutput, writeFile } from "../guarded.ts";
import { openLock, ownSecret, secretDocument } from "../hashTimeLocks.ts";
import { fields } from "../output.ts";
import { out } from "../parameters.ts";
import { openWalletSession } from "../session.ts";

export const htlcSecret = defineCommand({
  name: "htlc secret",
  summary: "find the secret of a lock: your own, or the one that a claim has shown",
  description: `Makes your own secret again, or reads it from the claim of the lock: from the block that holds it, or, when the operator shows nothing, from its
exit on Ethereum. Written to a file it can be used on the other chain. Until you claim with it, keep your own secret to yourself.`,
  arguments: { output: guardedOutput },
  options: { out },
  examples: [{ run: "htlc secret 4:0:0 --out secret.json", does: "for htlc claim --secret on the other chain" }],
  next: "plasma-cli htlc claim <output> --secret <file>",
  async run(context, input) {
    const session = await openWalletSession(context, "unlocked");
    const { output, terms } = await openLock(session, input.output);
    const { hash } = terms;
    const own = await ownSecret(session, hash);
    const secret = own ?? (await findSecret(session.client, { outputId: output.held.outputId, hash }));
    const file = input.out === undefined ? undefined : writeFile(input.out, secretDocument(secret));
    return {
      data: { hash, secret, own: own !== undefined, file: file ?? null },
      text: fields([
        ["hash", hash],
        ["secret", file ?? secret],
        ["known to", own ? "you, until you claim with it" : "everybody: a claim has shown it"],
      ]),
      next: [`plasma-cli htlc claim <output> --secret ${input.out ?? "<file>"}`],
    };
  },
});
