import { concatHex } from "viem";
import * as z from "zod";
import { ProtocolError } from "./errors.ts";
import { addressSchema, bytesSchema, countSchema, hashSchema, headerSchema, quantitySchema } from "./json.ts";
import { mergePaths } from "./multiproof.ts";
import type { InclusionProof } from "./proof.ts";

/**
 * Transactions that were included, proven from an L1 block on: whoever knows that block's hash needs nothing else to check
 * it. What the transactions share stands once. Nothing in it can be chosen freely, so there is one text for one receipt.
 */
export const anchoredReceiptSchema = z
  .strictObject({
    version: z.literal(1),
    kind: z.literal("receipt"),
    chainId: quantitySchema.meta({ description: "Id of the L1 chain" }),
    contract: addressSchema.meta({ description: "Root chain contract on L1" }),
    l1Header: bytesSchema.meta({ description: "RLP of the header of the L1 block, whose Keccak-256 is its hash" }),
    accountProof: z
      .array(bytesSchema)
      .readonly()
      .meta({ description: "Nodes of L1's state trie from its root to the contract" }),
    storageProof: z
      .array(bytesSchema)
      .readonly()
      .meta({ description: "Nodes of the contract's storage trie to the hashes of the blocks, root first, each once" }),
    blocks: z
      .array(
        z.strictObject({
          header: headerSchema.strict(),
          transactions: z
            .array(
              z.strictObject({
                txIndex: countSchema,
                raw: bytesSchema.meta({
                  description: "Canonical bytes of a transaction with its witness, or of a fee claim",
                }),
              }),
            )
            .min(1)
            .readonly()
            .meta({ description: "Ascending by txIndex" }),
          siblings: z.array(hashSchema).readonly().meta({
            description: "Merkle nodes that lead from the transactions to the root, from the leaves up, left to right",
          }),
        }),
      )
      .min(1)
      .readonly()
      .meta({ description: "Plasma blocks, ascending by number" }),
  })
  .meta({ title: "Anchored receipt of a Plasma chain" });

export type AnchoredReceipt = z.output<typeof anchoredReceiptSchema>;
export type ReceiptBlock = AnchoredReceipt["blocks"][number];

/** What a receipt shows of the Plasma blocks of some proven outputs: each transaction once, in the order of positions. */
export function receiptBlocks(proofs: readonly InclusionProof[]): ReceiptBlock[] {
  const blocks = new Map<bigint, Map<number, InclusionProof>>();
  for (const proof of proofs) {
    const { header, txIndex } = proof.inclusion;
    const entries = blocks.get(header.number) ?? new Map<number, InclusionProof>();
    blocks.set(header.number, entries.set(txIndex, proof));
  }
  const numbers = [...blocks.keys()].sort((a, b) => (a < b ? -1 : 1));
  return numbers.flatMap((number) => {
    const entries = [...(blocks.get(number)?.values() ?? [])];
    const [first] = entries;
    if (first === undefined) return [];
    entries.sort((a, b) => a.inclusion.txIndex - b.inclusion.txIndex);
    return {
      header: first.inclusion.header,
      transactions: entries.map(({ inclusion, body, witness }) => ({
        txIndex: inclusion.txIndex,
        raw: concatHex([body, witness]),
      })),
      siblings: mergePaths(entries.map(({ inclusion }) => ({ index: inclusion.txIndex, path: inclusion.path }))),
    };
  });
}

/** The one text of a receipt: JSON without spaces, keys in the order of the schema, lowercase hex, one newline at the end. */
export function serializeReceipt(receipt: AnchoredReceipt): string {
  return `${JSON.stringify(z.encode(anchoredReceiptSchema, receipt))}\n`;
}

/**
 * Reads the text of a receipt; what it says is for `verifyReceipt` to check.
 * @throws RECEIPT_MALFORMED, RECEIPT_NOT_CANONICAL
 */
export function parseReceipt(text: string): AnchoredReceipt {
  const result = anchoredReceiptSchema.safeParse(parseJson(text));
  if (!result.success) throw malformed(z.prettifyError(result.error));
  if (serializeReceipt(result.data) !== text) {
    throw new ProtocolError("RECEIPT_NOT_CANONICAL", "the receipt is written in another way than receipts are");
  }
  return result.data;
}

/** Whether a document says of itself that it is a receipt. */
export function isReceiptDocument(document: unknown): boolean {
  return z.object({ kind: z.literal("receipt") }).safeParse(document).success;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw malformed(cause instanceof Error ? cause.message : String(cause));
  }
}

function malformed(reason: string): ProtocolError {
  return new ProtocolError("RECEIPT_MALFORMED", `not a receipt: ${reason}`);
}
