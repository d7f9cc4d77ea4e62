import type { Address } from "viem";
import type { SealedBlock } from "../protocol/block.ts";
import type { VerifiedTransaction } from "../protocol/blockEntry.ts";
import { toHex } from "../protocol/bytes.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { encodeFeeClaim, type FeeClaim } from "../protocol/feeClaim.ts";
import type { Crypto } from "../protocol/hashing.ts";
import type { LedgerView } from "../protocol/ledger.ts";
import { LIMITS } from "../protocol/limits.ts";
import { leafHash, merkleTree } from "../protocol/merkle.ts";
import { checkTransaction, feeClaimEffects, type TransactionEffects } from "../protocol/stateTransition.ts";
import { decodeSignedTransaction, type SignedTransaction } from "../protocol/transaction.ts";
import { type Domain, feeClaimIdOf } from "../protocol/typedData.ts";
import type { BlockLayer, SealedLayer } from "../runtime/blockLayer.ts";
import type { LedgerEntry } from "../runtime/ledgerStore.ts";

/** What blocks are built for. */
export interface BuilderContext {
  readonly domain: Domain;
  readonly minExitPeriod: number;
  readonly crypto: Crypto;
}

const CLAIM_BYTES = 65;
const MAX_AMOUNT = 2n ** 128n - 1n;

/** A transaction whose bytes are all right and which the ledger has not judged. */
export interface Candidate {
  readonly raw: Uint8Array;
  readonly signed: SignedTransaction;
  readonly verified: VerifiedTransaction;
}

/** Decodes what the verification threads found to be a transaction. */
export function candidateOf(raw: Uint8Array, verified: VerifiedTransaction): Candidate {
  return { raw, signed: decodeSignedTransaction(raw), verified };
}

export interface JudgedTransaction {
  readonly entry: LedgerEntry;
  readonly effects: TransactionEffects;
}

/**
 * Judges a verified transaction as the next entry of `layer`, over the ledger `view` that includes the layer.
 * @throws what `checkTransaction` throws
 */
export function judgeTransaction(
  { raw, signed, verified }: Candidate,
  layer: BlockLayer,
  depositCount: number,
  view: LedgerView,
  { minExitPeriod, crypto }: BuilderContext,
): JudgedTransaction {
  const { txId, leaf } = verified;
  const place = {
    block: layer.number,
    txIndex: layer.entries.length,
    sealedAt: layer.sealedAt,
    depositCount,
    minExitPeriod,
  };
  const effects = checkTransaction({ ...signed, ...verified }, place, view, crypto.keccak256);
  return { effects, entry: { txId, leaf, raw, spent: effects.spent, created: effects.created } };
}

/** Whether the block can take `raw` and still hold a fee claim for every token, within the operator's and the protocol's limits. */
export function hasRoomFor(
  layer: BlockLayer,
  raw: Uint8Array,
  limits: { readonly maxBlockTransactions: number; readonly maxBlockBytes: number },
): boolean {
  // Each transaction can add fees in as many tokens as it has inputs, and every such token wants a claim.
  const claims = layer.fees.size + LIMITS.maxInputs;
  const entries = layer.entries.length + 1 + claims;
  const bytes = layer.bytes() + 4 + raw.length + claims * (4 + CLAIM_BYTES);
  return entries <= limits.maxBlockTransactions && bytes <= limits.maxBlockBytes;
}

/** Adds fee claims to the tail of the block (R5): all fees of every token, tokens ascending. Returns their bytes. */
export function claimFees(layer: BlockLayer, owner: Address, context: BuilderContext): Uint8Array[] {
  const tokens = [...layer.fees.keys()].sort();
  const claims = tokens.map((token): FeeClaim => {
    const amount = layer.fees.get(token) ?? 0n;
    return { blockNumber: layer.number, token, owner, amount: amount > MAX_AMOUNT ? MAX_AMOUNT : amount };
  });
  return claims.map((claim) => appendClaim(layer, claim, context));
}

/** Adds one fee claim as the next entry and returns its bytes. */
export function appendClaim(layer: BlockLayer, claim: FeeClaim, { domain, crypto }: BuilderContext): Uint8Array {
  const { keccak256 } = crypto;
  const raw = encodeFeeClaim(claim);
  const claimId = feeClaimIdOf(claim, domain, keccak256);
  const place = { block: layer.number, txIndex: layer.entries.length };
  const { txId, spent, created } = feeClaimEffects(claim, claimId, place, keccak256);
  const leaf = leafHash(txId, toHex(keccak256(new Uint8Array(0))), keccak256);
  layer.append({ txId, leaf, raw, spent, created }, new Map());
  return raw;
}

/** The block of all entries of the layer, as it is committed. */
export function sealedLayerOf(
  layer: BlockLayer,
  deposits: { readonly count: number; readonly hash: SealedBlock["depositHash"] },
  { crypto }: BuilderContext,
): SealedLayer {
  const leaves = layer.entries.map(({ leaf }) => leaf);
  const { root, subtreeRoots } = merkleTree(leaves, crypto.keccak256);
  const block = {
    number: layer.number,
    root,
    txCount: leaves.length,
    sealedAt: layer.sealedAt,
    depositCount: deposits.count,
    depositHash: deposits.hash,
  };
  return { block, subtreeRoots };
}

/** True for a refusal that time cures: the block was opened too early for the transaction. */
export const isNotYetValid = (error: unknown): boolean =>
  error instanceof ProtocolError && error.code === "TX_NOT_YET_VALID";
