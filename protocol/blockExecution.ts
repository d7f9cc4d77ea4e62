import type { Address, Hex } from "viem";
import type { BlockHeader, SealedBlock } from "./block.ts";
import { toHex } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";
import { decodeFeeClaim, FEE_CLAIM_TYPE, type FeeClaim } from "./feeClaim.ts";
import { type Crypto, portableCrypto } from "./hashing.ts";
import { createOverlay, type LedgerChange, type LedgerOverlay, type LedgerView } from "./ledger.ts";
import { leafHash, type MerkleTree, merkleTree } from "./merkle.ts";
import { type RecoveredTransaction, recoverTransaction } from "./signature.ts";
import { checkFeeClaim, checkTransaction, type EntryContext, feeClaimEffects } from "./stateTransition.ts";
import { decodeSignedTransaction } from "./transaction.ts";
import { type Domain, feeClaimIdOf } from "./typedData.ts";

/** What executing a block needs to know besides its entries. */
export interface BlockContext {
  readonly domain: Domain;
  readonly parent: Pick<BlockHeader, "number" | "sealedAt" | "depositCount">;
  /** See EntryContext. */
  readonly committedAt?: number;
  readonly minExitPeriod: number;
}

/** One entry of a block and what it changed. */
export interface ExecutedEntry extends LedgerChange {
  readonly txIndex: number;
  readonly raw: Uint8Array;
  readonly witnessHash: Hex;
  readonly content:
    | { readonly kind: "transaction"; readonly transaction: RecoveredTransaction }
    | { readonly kind: "feeClaim"; readonly claim: FeeClaim };
}

export interface ExecutedBlock {
  readonly entries: readonly ExecutedEntry[];
  /** Fees of the block per token, claimed or not. */
  readonly fees: ReadonlyMap<Address, bigint>;
  readonly tree: MerkleTree;
}

/**
 * Executes a whole block over the ledger left by its parent and recomputes its root: whoever does this reaches the same
 * state from the same bytes (I11). The view is not changed. That the header's deposit hash and parent hash are those of
 * the chain is for the root chain contract to say.
 * @throws BLOCK_*, and whatever makes an entry invalid, with its `txIndex` in the details
 */
export function executeBlock(
  block: Omit<SealedBlock, "depositHash">,
  rawEntries: readonly Uint8Array[],
  context: BlockContext,
  view: LedgerView,
  crypto: Crypto = portableCrypto,
): ExecutedBlock {
  checkSuccession(block, context.parent);
  if (rawEntries.length !== block.txCount) {
    throw new ProtocolError(
      "BLOCK_TX_COUNT_MISMATCH",
      `${block.txCount} entries are declared, there are ${rawEntries.length}`,
      {
        declared: block.txCount,
        found: rawEntries.length,
      },
    );
  }

  const overlay = createOverlay(view);
  const entries: ExecutedEntry[] = [];
  const fees = new Map<Address, bigint>();
  let lastClaim: FeeClaim | undefined;
  for (const [txIndex, raw] of rawEntries.entries()) {
    const place: EntryContext = {
      block: block.number,
      txIndex,
      sealedAt: block.sealedAt,
      depositCount: block.depositCount,
      minExitPeriod: context.minExitPeriod,
      ...(context.committedAt === undefined ? {} : { committedAt: context.committedAt }),
    };
    const entry = atIndex(txIndex, () => {
      if (raw[0] === FEE_CLAIM_TYPE) {
        const claim = decodeFeeClaim(raw);
        checkFeeClaim(claim, lastClaim, block.number, fees);
        lastClaim = claim;
        return executeFeeClaim(raw, claim, place, context.domain, crypto);
      }
      if (lastClaim !== undefined) {
        throw new ProtocolError("FEE_CLAIM_NOT_LAST", "a transaction follows a fee claim");
      }
      return executeTransaction(raw, place, context.domain, overlay, fees, crypto);
    });
    overlay.apply(entry);
    entries.push(entry);
  }

  const leaves = entries.map(({ txId, witnessHash }) => leafHash(txId, witnessHash, crypto.keccak256));
  const tree = merkleTree(leaves, crypto.keccak256);
  if (tree.root !== block.root) {
    throw new ProtocolError("BLOCK_ROOT_MISMATCH", `the entries have the root ${tree.root}, not ${block.root}`, {
      declared: block.root,
      found: tree.root,
    });
  }
  return { entries, fees, tree };
}

/** R3 and R4, as far as a block and its parent show them. */
function checkSuccession(block: Omit<SealedBlock, "depositHash">, parent: BlockContext["parent"]): void {
  if (block.number !== parent.number + 1n) {
    throw new ProtocolError("BLOCK_NUMBER_MISMATCH", `block ${block.number} does not follow block ${parent.number}`, {
      number: block.number,
      parent: parent.number,
    });
  }
  if (block.sealedAt < parent.sealedAt) {
    throw new ProtocolError("BLOCK_SEALED_AT_DECREASED", "the block was sealed before its parent", {
      sealedAt: block.sealedAt,
      parent: parent.sealedAt,
    });
  }
  if (block.depositCount < parent.depositCount) {
    throw new ProtocolError("BLOCK_DEPOSIT_COUNT_DECREASED", "the block has seen fewer deposits than its parent", {
      depositCount: block.depositCount,
      parent: parent.depositCount,
    });
  }
}

function executeTransaction(
  raw: Uint8Array,
  place: EntryContext,
  domain: Domain,
  overlay: LedgerOverlay,
  fees: Map<Address, bigint>,
  crypto: Crypto,
): ExecutedEntry {
  const decoded = decodeSignedTransaction(raw);
  const transaction = recoverTransaction(decoded, domain, crypto);
  const effects = checkTransaction(transaction, place, overlay, crypto.keccak256);
  for (const [token, fee] of effects.fees) fees.set(token, (fees.get(token) ?? 0n) + fee);
  return {
    txIndex: place.txIndex,
    raw,
    witnessHash: toHex(crypto.keccak256(raw.subarray(decoded.bodyLength))),
    content: { kind: "transaction", transaction },
    txId: effects.txId,
    spent: effects.spent,
    created: effects.created,
  };
}

function executeFeeClaim(
  raw: Uint8Array,
  claim: FeeClaim,
  place: EntryContext,
  domain: Domain,
  crypto: Crypto,
): ExecutedEntry {
  const claimId = feeClaimIdOf(claim, domain, crypto.keccak256);
  return {
    txIndex: place.txIndex,
    raw,
    witnessHash: toHex(crypto.keccak256(new Uint8Array(0))),
    content: { kind: "feeClaim", claim },
    ...feeClaimEffects(claim, claimId, place, crypto.keccak256),
  };
}

/** Adds the index of an invalid entry to the error that it causes. */
function atIndex<T>(txIndex: number, execute: () => T): T {
  try {
    return execute();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new ProtocolError(error.code, `entry ${txIndex}: ${error.message}`, { ...error.details, txIndex });
  }
}
