import type { Address } from "viem";
import type { BlockHeader, SealedBlock } from "./block.ts";
import { type OpenedEntry, openEntry, type VerifiedTransaction } from "./blockEntry.ts";
import { ProtocolError } from "./errors.ts";
import type { FeeClaim } from "./feeClaim.ts";
import { type Crypto, portableCrypto } from "./hashing.ts";
import { createOverlay, type LedgerChange, type LedgerView } from "./ledger.ts";
import { type MerkleTree, merkleTree } from "./merkle.ts";
import { signersOf } from "./signature.ts";
import { checkFeeClaim, checkTransaction, type EntryContext, feeClaimEffects } from "./stateTransition.ts";
import type { Domain } from "./typedData.ts";

/** What executing a block needs to know besides its entries. */
export interface BlockContext {
  readonly domain: Domain;
  readonly parent: Pick<BlockHeader, "number" | "sealedAt" | "depositCount">;
  /** See EntryContext. */
  readonly committedAt?: number;
  readonly minExitPeriod: number;
}

/** The entries behind a committed root. That they are the block's says nothing about whether they are valid. */
export interface OpenedBlock {
  readonly entries: readonly OpenedEntry[];
  readonly tree: MerkleTree;
}

/** One entry of a block and what it changed. */
export interface ExecutedEntry extends LedgerChange, OpenedEntry {}

export interface ExecutedBlock {
  readonly entries: readonly ExecutedEntry[];
  /** Fees of the block per token, claimed or not. */
  readonly fees: ReadonlyMap<Address, bigint>;
  readonly tree: MerkleTree;
}

/**
 * Decodes entries and computes the tree of a block that has them. `verified` is what is known of them already, by index.
 * @throws the errors of the codec, with the entry's `txIndex` in the details
 */
export function openEntries(
  rawEntries: readonly Uint8Array[],
  domain: Domain,
  crypto: Crypto = portableCrypto,
  verified: readonly (VerifiedTransaction | undefined)[] = [],
): OpenedBlock {
  const entries = rawEntries.map((raw, txIndex) =>
    atIndex(txIndex, () => openEntry(raw, txIndex, domain, crypto, verified[txIndex])),
  );
  const leaves = entries.map(({ leaf }) => leaf);
  return { entries, tree: merkleTree(leaves, crypto.keccak256) };
}

/**
 * Decodes the entries of a block and makes sure that they are the ones that its root commits to.
 * @throws what `openEntries` throws, and BLOCK_ROOT_MISMATCH
 */
export function openBlock(
  block: Pick<SealedBlock, "root">,
  rawEntries: readonly Uint8Array[],
  domain: Domain,
  crypto: Crypto = portableCrypto,
  verified: readonly (VerifiedTransaction | undefined)[] = [],
): OpenedBlock {
  const opened = openEntries(rawEntries, domain, crypto, verified);
  const { root } = opened.tree;
  if (root !== block.root) {
    throw new ProtocolError("BLOCK_ROOT_MISMATCH", `the entries have the root ${root}, not ${block.root}`, {
      declared: block.root,
      found: root,
    });
  }
  return opened;
}

/**
 * Executes a whole block over the ledger left by its parent and recomputes its root: whoever does this reaches the same
 * state from the same bytes (I11). The view is not changed. That the header's deposit hash and parent hash are those of
 * the chain is for the root chain contract to say.
 * @throws what `openBlock` and `executeOpenedBlock` throw
 */
export function executeBlock(
  block: Omit<SealedBlock, "depositHash">,
  rawEntries: readonly Uint8Array[],
  context: BlockContext,
  view: LedgerView,
  crypto: Crypto = portableCrypto,
): ExecutedBlock {
  checkShape(block, rawEntries.length, context.parent);
  return executeOpenedBlock(block, openBlock(block, rawEntries, context.domain, crypto), context, view, crypto);
}

/**
 * The same for a block that was opened before.
 * @throws BLOCK_*, and whatever makes an entry invalid, with its `txIndex` in the details
 */
export function executeOpenedBlock(
  block: Omit<SealedBlock, "depositHash">,
  { entries: opened, tree }: OpenedBlock,
  context: BlockContext,
  view: LedgerView,
  crypto: Crypto = portableCrypto,
): ExecutedBlock {
  checkShape(block, opened.length, context.parent);
  const overlay = createOverlay(view);
  const entries: ExecutedEntry[] = [];
  const fees = new Map<Address, bigint>();
  let lastClaim: FeeClaim | undefined;
  for (const entry of opened) {
    const place: EntryContext = {
      block: block.number,
      txIndex: entry.txIndex,
      sealedAt: block.sealedAt,
      depositCount: block.depositCount,
      minExitPeriod: context.minExitPeriod,
      ...(context.committedAt === undefined ? {} : { committedAt: context.committedAt }),
    };
    const change = atIndex(entry.txIndex, (): LedgerChange => {
      if (entry.content.kind === "feeClaim") {
        const { claim } = entry.content;
        checkFeeClaim(claim, lastClaim, block.number, fees);
        lastClaim = claim;
        return feeClaimEffects(claim, entry.txId, place, crypto.keccak256);
      }
      if (lastClaim !== undefined) {
        throw new ProtocolError("FEE_CLAIM_NOT_LAST", "a transaction follows a fee claim");
      }
      const { signed, verified = { signers: signersOf(entry.txId, signed.signatures, crypto) } } = entry.content;
      const effects = checkTransaction({ ...signed, ...verified, txId: entry.txId }, place, overlay, crypto.keccak256);
      for (const [token, fee] of effects.fees) fees.set(token, (fees.get(token) ?? 0n) + fee);
      return effects;
    });
    overlay.apply(change);
    entries.push({ ...entry, spent: change.spent, created: change.created });
  }
  return { entries, fees, tree };
}

/** The declared count, and R3 and R4 as far as a block and its parent show them. */
function checkShape(block: Omit<SealedBlock, "depositHash">, count: number, parent: BlockContext["parent"]): void {
  checkSuccession(block, parent);
  if (count !== block.txCount) {
    throw new ProtocolError("BLOCK_TX_COUNT_MISMATCH", `${block.txCount} entries are declared, there are ${count}`, {
      declared: block.txCount,
      found: count,
    });
  }
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

/** Adds the index of an invalid entry to the error that it causes. */
function atIndex<T>(txIndex: number, execute: () => T): T {
  try {
    return execute();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new ProtocolError(error.code, `entry ${txIndex}: ${error.message}`, { ...error.details, txIndex });
  }
}
