import type { Address, Hex } from "viem";
import { headerHash } from "./block.ts";
import { type OpenedEntry, openEntry } from "./blockEntry.ts";
import { fromHex, toHex } from "./bytes.ts";
import { ProtocolError, type ProtocolErrorCode } from "./errors.ts";
import { feeClaimOutput } from "./feeClaim.ts";
import { type Crypto, portableCrypto } from "./hashing.ts";
import { checkClaimPlace, checkPlace } from "./inclusion.ts";
import { decodeL1Header, type L1Header } from "./l1Header.ts";
import { verifyMergedPaths } from "./multiproof.ts";
import type { Output } from "./output.ts";
import { encodePosition } from "./position.ts";
import type { AnchoredReceipt, ReceiptBlock } from "./receipt.ts";
import { signersOf } from "./signature.ts";
import { blockHashSlot, findStorageRoot, findWords } from "./stateProof.ts";
import type { Domain } from "./typedData.ts";

/** What a receipt proves to whoever trusts that the L1 block is one of the chain. */
export interface VerifiedReceipt {
  readonly l1Block: { readonly number: bigint; readonly hash: Hex; readonly timestamp: number };
  /** In the order of their positions. */
  readonly transactions: readonly ProvenTransaction[];
}

/** A transaction or fee claim that stands in a committed block. */
export interface ProvenTransaction {
  readonly kind: "transaction" | "feeClaim";
  readonly txId: Hex;
  readonly block: bigint;
  readonly txIndex: number;
  /** L1 time of the block's commit, in Unix seconds. */
  readonly committedAt: number;
  /** Who signed it; whether these are the owners of what it spends is a question of validity. */
  readonly signers: readonly Address[];
  readonly outputs: readonly (Output & { readonly position: bigint })[];
}

/**
 * Checks a receipt against the hash of an L1 block and nothing else. It proves that the transactions were included in blocks
 * that the contract held at that L1 block (R9), not that the blocks are valid or that an output is unspent (R24). Cheap
 * checks come first.
 * @throws RECEIPT_*, which names the part that does not hold
 */
export async function verifyReceipt(
  receipt: AnchoredReceipt,
  { domain, l1BlockHash }: { readonly domain: Domain; readonly l1BlockHash: Hex },
  crypto: Crypto = portableCrypto,
): Promise<VerifiedReceipt> {
  checkDomain(receipt, domain);
  const { stateRoot, ...l1Block } = openL1Header(receipt.l1Header, l1BlockHash, crypto);
  checkOrder(receipt.blocks);
  await checkBlocks(receipt, stateRoot, crypto);
  const transactions = receipt.blocks.flatMap((block) => openTransactions(block, domain, crypto));
  return { l1Block: { ...l1Block, hash: l1BlockHash }, transactions };
}

function checkDomain(receipt: AnchoredReceipt, domain: Domain): void {
  if (receipt.chainId === domain.chainId && receipt.contract === domain.contract) return;
  throw new ProtocolError(
    "RECEIPT_WRONG_CHAIN",
    `the receipt is of contract ${receipt.contract} on chain ${receipt.chainId}, not ${domain.contract} on ${domain.chainId}`,
    { chainId: receipt.chainId, contract: receipt.contract },
  );
}

function openL1Header(l1Header: Hex, l1BlockHash: Hex, { keccak256 }: Crypto): L1Header {
  const hash = toHex(keccak256(fromHex(l1Header)));
  if (hash !== l1BlockHash) {
    throw new ProtocolError(
      "RECEIPT_L1_BLOCK_MISMATCH",
      `the L1 header in the receipt is that of block ${hash}, not of the one given`,
      {
        shown: hash,
        given: l1BlockHash,
      },
    );
  }
  return decodeL1Header(l1Header);
}

function checkOrder(blocks: readonly ReceiptBlock[]): void {
  const isAscending = (values: readonly (bigint | number)[]) =>
    values.every((value, at) => at === 0 || value > (values[at - 1] as bigint | number));
  const disordered = blocks.find(({ transactions }) => !isAscending(transactions.map(({ txIndex }) => txIndex)));
  if (disordered === undefined && isAscending(blocks.map(({ header }) => header.number))) return;
  const what = disordered ? `the transactions of block ${disordered.header.number}` : "the blocks";
  throw new ProtocolError("RECEIPT_ORDER", `${what} are not in ascending order`);
}

/** That the contract held the hash of every block's header, by the two state proofs, which must show that and no more. */
async function checkBlocks(receipt: AnchoredReceipt, stateRoot: Hex, { keccak256 }: Crypto): Promise<void> {
  const { contract, accountProof, storageProof, blocks } = receipt;
  const account = await findStorageRoot(stateRoot, contract, accountProof, keccak256);
  checkNodes("RECEIPT_ACCOUNT_PROOF_INVALID", accountProof, account.nodes);
  const slots = blocks.map(({ header }) => blockHashSlot(header.number, keccak256));
  const storage = await findWords(account.found, slots, storageProof, keccak256);
  checkNodes("RECEIPT_STORAGE_PROOF_INVALID", storageProof, storage.nodes);
  for (const [index, { header }] of blocks.entries()) {
    const held = storage.found[index];
    const { number } = header;
    if (held === undefined) {
      const message = `at that L1 block the contract held no block ${number}`;
      throw new ProtocolError("RECEIPT_BLOCK_NOT_COMMITTED", message, { number });
    }
    const shown = naming("RECEIPT_BLOCK_MISMATCH", `block ${number}`, () => headerHash(header, keccak256));
    if (shown !== held) {
      const message = `the header of block ${number} is not the one that the contract held`;
      throw new ProtocolError("RECEIPT_BLOCK_MISMATCH", message, { number, shown, held });
    }
  }
}

function checkNodes(code: ProtocolErrorCode, shown: readonly Hex[], needed: readonly Hex[]): void {
  if (shown.length === needed.length && shown.every((node, at) => node === needed[at])) return;
  throw new ProtocolError(code, "the proof has nodes that it does not need, or in another order than it needs them");
}

/** The transactions of a block that the contract held, each at its place in it. */
function openTransactions(block: ReceiptBlock, domain: Domain, crypto: Crypto): ProvenTransaction[] {
  const { header, siblings } = block;
  const entries = block.transactions.map(({ txIndex, raw }) =>
    naming("RECEIPT_TRANSACTION_INVALID", nameOf(header.number, txIndex), () =>
      openEntry(fromHex(raw), txIndex, domain, crypto, undefined),
    ),
  );
  const leaves = entries.map(({ txIndex, leaf }) => ({ index: txIndex, leaf }));
  if (!verifyMergedPaths(leaves, siblings, header, crypto.keccak256)) {
    const message = `the transactions of block ${header.number} do not lead to its root on this chain`;
    throw new ProtocolError("RECEIPT_PATH_INVALID", message, { block: header.number });
  }
  return entries.map((entry) => proveEntry(entry, block, crypto));
}

function proveEntry(entry: OpenedEntry, { header }: ReceiptBlock, crypto: Crypto): ProvenTransaction {
  const { txId, txIndex, content } = entry;
  const name = nameOf(header.number, txIndex);
  naming("RECEIPT_PLACE_INVALID", name, () => {
    if (content.kind === "feeClaim") checkClaimPlace(content.claim, header);
    else checkPlace(content.signed.transaction, { header, txIndex });
  });
  const outputs = content.kind === "feeClaim" ? [feeClaimOutput(content.claim)] : content.signed.transaction.outputs;
  const signatures = content.kind === "feeClaim" ? [] : content.signed.signatures;
  const place = { block: header.number, txIndex };
  return {
    kind: content.kind,
    txId,
    ...place,
    committedAt: header.timestamp,
    signers: naming("RECEIPT_SIGNATURE_INVALID", name, () => signersOf(txId, signatures, crypto)),
    outputs: outputs.map((output, outputIndex) => ({ ...output, position: encodePosition({ ...place, outputIndex }) })),
  };
}

/** "transaction 12:5", as positions are written. */
function nameOf(block: bigint, txIndex: number): string {
  return `transaction ${block}:${txIndex}`;
}

/** Says with a code of receipts, and by name, which part a rule of the protocol refuses. */
function naming<T>(code: ProtocolErrorCode, part: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new ProtocolError(code, `${part}: ${error.message}`, { ...error.details, cause: error.code });
  }
}
