import { resolve } from "node:path";
import { findProof } from "../../client/proofs.ts";
import { formatPosition } from "../../protocol/position.ts";
import { serializeExitProof } from "../../protocol/proof.ts";
import { defineCommand, optional, required, text } from "../command.ts";
import { writePrivateFile } from "../files.ts";
import { resolvePosition } from "../names.ts";
import { openSession } from "../session.ts";

export const proof = defineCommand({
  name: "proof",
  summary: "fetch the inclusion proof of an output",
  description: `Fetches the proof of any committed output and checks it against L1 before it shows it. The file is all that the owner
needs to exit, with nobody's help. The proof of a deposit is made from L1 alone. Proofs of your own outputs are kept without
asking; this is for copies, and for others. It proves that the output was included, not that it is still unspent.`,
  arguments: { position: required("<position>", "such as 12:5:0 or d3", text) },
  options: { out: optional("--out <file>", "write it to a file instead of printing it", text) },
  examples: [
    { run: "proof 12:5:0 --out proof.json", does: "into a file" },
    { run: "proof d3", does: "of a deposit, printed" },
  ],
  next: "plasma-cli verify <file>",
  async run(context, { position: written, out }) {
    const session = await openSession(context);
    const position = await resolvePosition(session, written);
    const found = await findProof(session.client, position);
    const document = serializeExitProof(found);
    if (out === undefined) return { data: document, text: JSON.stringify(document, null, 2) };
    const file = resolve(out);
    writePrivateFile(file, `${JSON.stringify(document, null, 2)}\n`);
    return {
      data: { position: formatPosition(position), outputId: found.outputId, file },
      text: `Wrote the proof of ${formatPosition(position)} to ${file}`,
      next: [`plasma-cli verify ${out}`],
    };
  },
});
