import type { Address, Hex } from "viem";
import { toHex } from "./bytes.ts";
import { decodeFeeClaim, FEE_CLAIM_TYPE, type FeeClaim } from "./feeClaim.ts";
import { type Crypto, portableCrypto } from "./hashing.ts";
import { leafHash } from "./merkle.ts";
import { outputIdsOf } from "./output.ts";
import { signersOf } from "./signature.ts";
import { decodeSignedTransaction, type SignedTransaction } from "./transaction.ts";
import { type Domain, feeClaimIdOf, txIdOf } from "./typedData.ts";

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

/**
 * Decodes a transaction, hashes it and recovers its signers; whether they are those of its inputs is for the ledger to say.
 * @throws the errors of the codec, and what `signersOf` throws
 */
export function verifyTransaction(
  raw: Uint8Array,
  domain: Domain,
  crypto: Crypto = portableCrypto,
): VerifiedTransaction {
  const { bodyLength, ...signed } = decodeSignedTransaction(raw);
  const identity = identify(signed, raw.subarray(bodyLength), domain, crypto);
  const signers = signersOf(identity.txId, signed.signatures, crypto);
  return { ...identity, signers, outputIds: outputIdsOf(identity.txId, signed.transaction.outputs, crypto.keccak256) };
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
    const leaf = leafOf(txId, new Uint8Array(0), crypto);
    return { txIndex, raw, txId, leaf, content: { kind: "feeClaim", claim } };
  }
  const { bodyLength, ...signed } = decodeSignedTransaction(raw);
  const { txId, leaf } = verified ?? identify(signed, raw.subarray(bodyLength), domain, crypto);
  return { txIndex, raw, txId, leaf, content: { kind: "transaction", signed, verified } };
}

function identify({ transaction }: SignedTransaction, witness: Uint8Array, domain: Domain, crypto: Crypto) {
  const txId = txIdOf(transaction, domain, crypto.keccak256);
  return { txId, leaf: leafOf(txId, witness, crypto) };
}

const leafOf = (txId: Hex, witness: Uint8Array, { keccak256 }: Crypto) =>
  leafHash(txId, toHex(keccak256(witness)), keccak256);
