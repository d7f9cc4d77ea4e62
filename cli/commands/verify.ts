import type { Hex } from "viem";
import { verifyProofOnL1 } from "../../client/proofs.ts";
import { l1BlockHash } from "../../client/receipts.ts";
import { decodeL1Header } from "../../protocol/l1Header.ts";
import { formatPosition } from "../../protocol/position.ts";
import { verifyProof } from "../../protocol/proof.ts";
import { type AnchoredReceipt, isReceiptDocument, parseReceipt } from "../../protocol/receipt.ts";
import type { Domain } from "../../protocol/typedData.ts";
import { verifyReceipt } from "../../protocol/verifyReceipt.ts";
import { createNativeCrypto } from "../../runtime/nativeCrypto.ts";
import { defineCommand, flag, optional, required, text } from "../command.ts";
import type { Context } from "../context.ts";
import { CliError } from "../errors.ts";
import { readTextFile } from "../files.ts";
import { resolveAddress } from "../names.ts";
import { fields, type Result } from "../output.ts";
import { readHash } from "../parameters.ts";
import { readProofFile } from "../proofFile.ts";
import { reportReceipt } from "../receiptReport.ts";
import { openSession } from "../session.ts";
import { knownTokens, showAmount } from "../tokens.ts";

export const verify = defineCommand({
  name: "verify",
  summary: "check a proof file or a receipt, offline",
  description: `Recomputes everything in a proof file: the transaction's id, the output's id, the Merkle path to the block's root, and the
block's hash. Offline that shows what L1 must hold for the proof to be true; with --l1 the contract is asked, never the
operator.

A receipt (proof --anchor) is checked from the hash of an L1 block on, with no connection and no profile: give the hash, from
a source that you trust for that alone. With --l1 your Ethereum node is asked for it.

Either shows that a transaction was included, not that its block is valid or that an output is unspent.`,
  arguments: { file: required("<file>", "the proof file or receipt", text) },
  options: {
    l1: flag("--l1", "compare with L1: the root-chain contract, or the L1 block of a receipt"),
    l1BlockHash: optional("--l1-block-hash <hash>", "check a receipt against this L1 block", readHash),
    to: optional("--to <account>", "of a receipt, count only what it pays to this account", text),
  },
  examples: [
    { run: "verify proof.json", does: "without any connection" },
    { run: "verify proof.json --l1", does: "and against L1" },
    { run: "verify receipt.json --l1-block-hash 0x5e…", does: "a receipt, without any connection" },
  ],
  next: "plasma-cli exit start --proof <file>",
  async run(context, { file, l1, l1BlockHash: given, to }) {
    const written = readTextFile(file);
    if (given !== undefined || (written !== undefined && isReceiptText(written))) {
      if (written === undefined) throw new CliError("FILE_UNREADABLE", `there is no file ${file}`);
      return checkReceipt(context, parseReceipt(written), { l1, given, to });
    }
    if (to !== undefined) throw new CliError("USAGE", "--to is for receipts");
    return checkProof(context, file, l1);
  },
});

interface ReceiptOptions {
  readonly l1: boolean;
  readonly given: Hex | undefined;
  readonly to: string | undefined;
}

async function checkReceipt(context: Context, receipt: AnchoredReceipt, options: ReceiptOptions): Promise<Result> {
  const { l1, given, to } = options;
  const hash = given ?? (l1 ? await askForL1Block(context, receipt) : undefined);
  if (hash === undefined) {
    const message =
      "a receipt is checked against an L1 block: name its hash with --l1-block-hash, or ask your node with --l1";
    throw new CliError("USAGE", message);
  }
  const domain = statedDomain(context, receipt);
  const verified = await verifyReceipt(receipt, { domain, l1BlockHash: hash }, await createNativeCrypto());
  const owner = to === undefined ? undefined : resolveAddress(context.paths, to);
  const units = knownTokens(context.paths.tokens(domain));
  return reportReceipt(verified, { domain, units, owner, source: given === undefined ? "node" : "caller" });
}

/** The hash that the Ethereum node has for the L1 block that the receipt says it is anchored in. */
async function askForL1Block(context: Context, { l1Header }: AnchoredReceipt): Promise<Hex> {
  const { client } = await openSession(context);
  return l1BlockHash(client, decodeL1Header(l1Header).number);
}

async function checkProof(context: Context, file: string, l1: boolean): Promise<Result> {
  const proof = readProofFile(file);
  const anchor = l1
    ? await verifyProofOnL1((await openSession(context)).client, proof)
    : verifyProof(proof, { domain: statedDomain(context, proof) });
  const name = anchor.kind === "block" ? `block ${anchor.number}` : `deposit ${anchor.index}`;
  const { chainId, contract } = proof;
  const { owner, token, amount } = proof.output;
  const shown = showAmount(amount, token, knownTokens(context.paths.tokens(proof)));
  return {
    data: {
      valid: true,
      comparedWithL1: l1,
      kind: proof.kind,
      position: formatPosition(proof.position),
      outputId: proof.outputId,
      owner,
      token,
      amount,
      chainId,
      contract,
      anchor,
    },
    text: fields([
      ["proof", "holds together"],
      ["output", `${formatPosition(proof.position)}, ${shown} for ${owner}`],
      ["chain", `${chainId}, contract ${contract}`],
      [l1 ? "on L1" : "true if L1 holds", `${name} with hash ${anchor.hash}`],
    ]),
    next: [l1 ? `plasma-cli exit start --proof ${file}   (its owner)` : `plasma-cli verify ${file} --l1`],
  };
}

/** The chain that the caller means, where one was named; else the one that the file is of. */
function statedDomain({ settings }: Context, { chainId, contract }: Domain): Domain {
  return { chainId: settings.chainId ?? chainId, contract: settings.contract ?? contract };
}

function isReceiptText(written: string): boolean {
  try {
    return isReceiptDocument(JSON.parse(written));
  } catch {
    return false; // whatever it is, it is read as a proof file, which says what is wrong with it
  }
}
