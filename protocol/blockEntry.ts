import type { Address, Hex } from "viem";
import { fromHex, toHex } from "./bytes.ts";
import { decodeFeeClaim, FEE_CLAIM_TYPE, type FeeClaim } from "./feeClaim.ts";
import { type Crypto, portableCrypto } from "./hashing.ts";
import { hashLeaf } from "./merkle.ts";
import { outputIdFrom } from "./output.ts";
import { signersOf } from "./signature.ts";
import { type BodyLayout, readSignedTransaction, type SignedTransaction, transactionFrom } from "./transaction.ts";
import { type Domain, feeClaimIdOf, hashBody } from "./typedData.ts";

/** One entry of a block as its bytes tell it. */
export interface OpenedEntry {
  readonly txIndex: number;
  readonly raw: Uint8Array;
  readonly txId: Hex;
  /** In the block's tree. */
  readonly leaf: Uint8Array;
  readonly content:
    | {
        readonly kind: "transaction";
        readonly signed: SignedTransaction;
        /** Where they were found out before. */
        readonly verified: Pick<VerifiedTransaction, "signers" | "outputIds"> | undefined;
      }
    | { readonly kind: "feeClaim"; readonly claim: FeeClaim };
}

/** What a transaction's bytes imply and is costly to find out, which can be done anywhere beforehand. */
export interface VerifiedTransaction {
  readonly txId: Hex;
  /** In the tree of a block. */
  readonly leaf: Uint8Array;
  /** Ascending, without repetition. */
  readonly signers: readonly Address[];
  /** Of its outputs, in order. */
  readonly outputIds: readonly Hex[];
}

/** The same before anybody reads it as text: what verification threads hand over. */
export interface VerifiedBytes {
  readonly txId: Uint8Array;
  readonly leaf: Uint8Array;
  readonly signers: readonly Address[];
  readonly outputIds: readonly Uint8Array[];
}

/**
 * Decodes a transaction, hashes it and recovers its signers; whether they are those of its inputs is for the ledger to say.
 * @throws the errors of the codec, and what `signersOf` throws
 */
export function verifyTransaction(
  raw: Uint8Array,
  domain: Domain,
  crypto: Crypto = portableCrypto,
): VerifiedTransaction {
  const { txId, leaf, signers, outputIds } = verifyBytes(raw, domain, crypto);
  return { txId: toHex(txId), leaf, signers, outputIds: outputIds.map((id) => toHex(id)) };
}

/**
 * `verifyTransaction` for those who go on with bytes.
 * @throws what `verifyTransaction` throws
 */
export function verifyBytes(raw: Uint8Array, domain: Domain, crypto: Crypto): VerifiedBytes {
  const { layout, signatures } = readSignedTransaction(raw);
  const { txId, leaf } = identify(layout, domain, crypto);
  const signers = signersOf(txId, signatures, crypto);
  const outputIds = layout.outputs.map((start, index) => outputIdFrom(txId, index, raw, start, crypto.keccak256));
  return { txId, leaf, signers, outputIds };
}

/**
 * Decodes an entry; `verified` is what is known of a transaction already.
 * @throws the errors of the codec
 */
export function openEntry(
  raw: Uint8Array,
  txIndex: number,
  domain: Domain,
  crypto: Crypto,
  verified: VerifiedTransaction | undefined,
): OpenedEntry {
  if (raw[0] === FEE_CLAIM_TYPE) {
    const claim = decodeFeeClaim(raw);
    const txId = feeClaimIdOf(claim, domain, crypto.keccak256);
    const leaf = leafOf(fromHex(txId), new Uint8Array(0), crypto);
    return { txIndex, raw, txId, leaf, content: { kind: "feeClaim", claim } };
  }
  const { layout, signatures, reveals } = readSignedTransaction(raw);
  const signed = { transaction: transactionFrom(layout), signatures, reveals };
  const { txId, leaf } = verified ?? identifyAsText(layout, domain, crypto);
  return { txIndex, raw, txId, leaf, content: { kind: "transaction", signed, verified } };
}

function identify(layout: BodyLayout, domain: Domain, crypto: Crypto) {
  const txId = hashBody(layout, domain, crypto.keccak256);
  return { txId, leaf: leafOf(txId, layout.bytes.subarray(layout.length), crypto) };
}

function identifyAsText(layout: BodyLayout, domain: Domain, crypto: Crypto) {
  const { txId, leaf } = identify(layout, domain, crypto);
  return { txId: toHex(txId), leaf };
}

const leafOf = (txId: Uint8Array, witness: Uint8Array, { keccak256 }: Crypto) =>
  hashLeaf(txId, keccak256(witness), keccak256);
