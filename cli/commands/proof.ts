import { resolve } from "node:path";
import type { Client } from "../../client/client.ts";
import { findProof } from "../../client/proofs.ts";
import { fetchProofs, listTransactions, makeReceipt, requireInclusion } from "../../client/receipts.ts";
import { formatPosition } from "../../protocol/position.ts";
import { type InclusionProof, serializeExitProof } from "../../protocol/proof.ts";
import { serializeReceipt } from "../../protocol/receipt.ts";
import { createNativeCrypto } from "../../runtime/nativeCrypto.ts";
import { defineCommand, flag, list, optional, text } from "../command.ts";
import type { Context } from "../context.ts";
import { CliError } from "../errors.ts";
import { writePrivateFile } from "../files.ts";
import { resolveAddress, resolvePosition } from "../names.ts";
import { counted, type Result } from "../output.ts";
import { readNumber } from "../parameters.ts";
import { readProofFile } from "../proofFile.ts";
import { openSession, type Session } from "../session.ts";

export const proof = defineCommand({
  name: "proof",
  summary: "fetch the inclusion proof of an output, or make a receipt that anybody can check offline",
  description: `Fetches the proof of any committed output and checks it against L1 before it shows it. The file is all that the owner
needs to exit, with nobody's help. The proof of a deposit is made from L1 alone. Proofs of your own outputs are kept without
asking; this is for copies, and for others. It proves that the output was included, not that it is still unspent.

With --anchor it makes a receipt instead: one file with the transactions of any number of outputs, which leads from the hash
of an L1 block to each of them. Whoever knows that hash checks it with no connection at all.`,
  arguments: { positions: list("[position...]", "such as 12:5:0 or d3; several with --anchor", text) },
  options: {
    anchor: flag("--anchor", "make a receipt, anchored in an L1 block"),
    l1Block: optional(
      "--l1-block <number>",
      "anchor it in this L1 block (default: the newest final one that has the commit)",
      readNumber,
    ),
    allOf: optional("--all-of <account>", "a receipt of every committed transaction to or from this account", text),
    fromFile: list("--from-file <file...>", "a receipt of what these proof files prove; no service is asked", text),
    out: optional("--out <file>", "write it to a file instead of printing it", text),
  },
  examples: [
    { run: "proof 12:5:0 --out proof.json", does: "into a file" },
    { run: "proof d3", does: "of a deposit, printed" },
    { run: "proof 12:5:0 --anchor --out receipt.json", does: "a receipt of one payment" },
    { run: "proof --all-of alice --anchor --out 2026.json", does: "of all payments of an account" },
  ],
  next: "plasma-cli verify <file>",
  async run(context, { anchor, positions, l1Block, allOf, fromFile, out }) {
    if (anchor) {
      const sources = { positions, allOf, fromFile };
      return writeReceipt(context, sources, l1Block === undefined ? undefined : BigInt(l1Block), out);
    }
    if (l1Block !== undefined || allOf !== undefined || fromFile.length > 0) {
      throw new CliError("USAGE", "--l1-block, --all-of and --from-file belong to --anchor");
    }
    const [written, other] = positions;
    if (written === undefined || other !== undefined) {
      throw new CliError("USAGE", "a proof is of one output: name its position");
    }
    return writeProof(await openSession(context), written, out);
  },
});

async function writeProof(session: Session, written: string, out: string | undefined): Promise<Result> {
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
}

interface ReceiptSources {
  readonly positions: readonly string[];
  readonly allOf: string | undefined;
  readonly fromFile: readonly string[];
}

async function writeReceipt(
  context: Context,
  sources: ReceiptSources,
  l1Block: bigint | undefined,
  out: string | undefined,
): Promise<Result> {
  const session = await openSession(context);
  const client: Client = { ...session.client, crypto: await createNativeCrypto() };
  const proofs = await findProofs(context, session, sources);
  const { receipt, verified } = await makeReceipt(client, proofs, l1Block);
  const document = serializeReceipt(receipt);
  if (out === undefined) return { data: JSON.parse(document), text: document.trimEnd() };
  const file = resolve(out);
  writePrivateFile(file, document);
  const { hash, number, timestamp } = verified.l1Block;
  const transactions = counted(verified.transactions.length, "transaction");
  return {
    data: {
      file,
      bytes: document.length,
      transactions: verified.transactions.length,
      blocks: receipt.blocks.length,
      l1Block: { number, hash, timestamp },
    },
    text: `Wrote the receipt of ${transactions} in ${counted(receipt.blocks.length, "block")} to ${file} (${document.length} bytes)
It is anchored in L1 block ${number}, hash ${hash}
Whoever checks it takes that hash from a source of their own, such as a node or an explorer.`,
    next: [`plasma-cli verify ${out} --l1-block-hash ${hash}`],
  };
}

/** From files, and for the rest from the operator: what they say is checked when the receipt is made. */
async function findProofs(
  { paths }: Context,
  session: Session,
  { positions, allOf, fromFile }: ReceiptSources,
): Promise<InclusionProof[]> {
  const given = fromFile.map((file) => requireInclusion(readProofFile(file)));
  const named = await Promise.all(positions.map((written) => resolvePosition(session, written)));
  const listed = allOf === undefined ? [] : await listTransactions(session.client, resolveAddress(paths, allOf));
  return [...given, ...(await fetchProofs(session.client, [...named, ...listed]))];
}
