import type { Address, Hex } from "viem";
import { type BlockHeader, GENESIS, headerHash } from "../../protocol/block.ts";
import { type ExecutedEntry, executeBlock } from "../../protocol/blockExecution.ts";
import { toHex } from "../../protocol/bytes.ts";
import { type Deposit, depositOriginId, depositOutputId, nextDepositHash } from "../../protocol/deposit.ts";
import { encodeFeeClaim, FEE_CLAIM_TYPE } from "../../protocol/feeClaim.ts";
import { portableCrypto, ZERO_HASH } from "../../protocol/hashing.ts";
import type { Inclusion } from "../../protocol/inclusion.ts";
import type { LedgerOutput } from "../../protocol/ledger.ts";
import { leafHash, type MerkleTree, merkleTree } from "../../protocol/merkle.ts";
import { ETH, outputIdOf } from "../../protocol/output.ts";
import { encodePosition } from "../../protocol/position.ts";
import type { DepositProof, InclusionProof } from "../../protocol/proof.ts";
import { type Signer, signTransaction } from "../../protocol/signature.ts";
import type { Spend } from "../../protocol/spend.ts";
import { decodeSignedTransaction, encodeSignedTransaction, type Transaction } from "../../protocol/transaction.ts";
import { type Domain, feeClaimIdOf, txIdOf } from "../../protocol/typedData.ts";
import { testAccount } from "./accounts.ts";
import { createTestLedger, pay, spend, TOKEN } from "./ledger.ts";

const hash = (bytes: Uint8Array): Hex => toHex(portableCrypto.keccak256(bytes));
const EMPTY_HASH = hash(new Uint8Array(0));

export const [alice, bob, carol] = [testAccount(0), testAccount(1), testAccount(2)] as const;

/** The deposits that the sample block has seen, all made before the first block. */
const depositsMade = (token: Address): Deposit[] => [
  { index: 0, block: 0n, owner: alice.address, token: ETH, amount: 100n },
  { index: 1, block: 0n, owner: bob.address, token, amount: 50n },
  { index: 2, block: 0n, owner: carol.address, token: ETH, amount: 7n },
];

/** Block 1 of a chain: three payments, one of which spends another's output, and a fee claim. */
export interface SampleBlock {
  readonly header: BlockHeader;
  readonly entries: readonly ExecutedEntry[];
  readonly tree: MerkleTree;
  readonly depositsMade: readonly Deposit[];
  /** The outputs of the deposits. */
  readonly deposits: readonly LedgerOutput[];
  /** The proof file of output `outputIndex` of entry `txIndex`. */
  proof(txIndex: number, outputIndex: number): InclusionProof;
  depositProof(index: number): DepositProof;
  inclusion(txIndex: number): Inclusion;
  /** The spend by a signed transaction, of outputs that the sample knows. */
  spend(raw: Uint8Array, inputIndex: number, rest?: Partial<Spend>): Spend;
}

/** L1 times of the block's seal and commit. */
export const SAMPLE_SEALED_AT = 1_900_000_000;
export const SAMPLE_COMMITTED_AT = SAMPLE_SEALED_AT + 60;

/** Signs and encodes. */
export async function signed(
  transaction: Transaction,
  domain: Domain,
  signers: readonly Signer[],
): Promise<Uint8Array> {
  return encodeSignedTransaction(await signTransaction(transaction, domain, signers));
}

export async function createSampleBlock(domain: Domain, token = TOKEN): Promise<SampleBlock> {
  const ledger = createTestLedger();
  const made = depositsMade(token);
  const deposits = made.map((deposit) =>
    ledger.deposit(deposit.index, deposit.block, deposit.owner, deposit.amount, deposit.token),
  );
  const [ether, tokens, change] = deposits as [LedgerOutput, LedgerOutput, LedgerOutput];
  const window = { validAfter: SAMPLE_SEALED_AT, validBefore: SAMPLE_SEALED_AT + 1 };
  const first = spend([ether], [pay(bob.address, 60n), pay(carol.address, 30n)]);
  const received: LedgerOutput = ledgerOutputs(first, domain)[0] as LedgerOutput;
  const payments = await Promise.all([
    signed(first, domain, [alice]),
    signed(spend([tokens], [pay(carol.address, 50n, token)], { memo: `0x${"6d".repeat(32)}` }), domain, [bob]),
    signed(spend([received, change], [pay(alice.address, 66n)], window), domain, [bob, carol]),
  ]);
  const claim = { blockNumber: 1n, token: ETH, owner: carol.address, amount: 11n };
  const rawEntries = [...payments, encodeFeeClaim(claim)];

  const depositHash = made.reduce<Hex>(
    (previous, deposit) => nextDepositHash(previous, depositOutputId(deposit)),
    ZERO_HASH,
  );
  const leaves = rawEntries.map((raw, index) => {
    if (index === payments.length) return leafHash(feeClaimIdOf(claim, domain), EMPTY_HASH);
    const { transaction, bodyLength } = decodeSignedTransaction(raw);
    return leafHash(txIdOf(transaction, domain), hash(raw.subarray(bodyLength)));
  });
  const header: BlockHeader = {
    number: 1n,
    parentHash: headerHash(GENESIS),
    root: merkleTree(leaves).root,
    txCount: leaves.length,
    timestamp: SAMPLE_COMMITTED_AT,
    sealedAt: SAMPLE_SEALED_AT,
    depositCount: made.length,
    depositHash,
  };
  const context = { domain, parent: GENESIS, minExitPeriod: 3_600, committedAt: SAMPLE_COMMITTED_AT };
  const { entries, tree } = executeBlock(header, rawEntries, context, ledger);

  const entryAt = (txIndex: number): ExecutedEntry => {
    const entry = entries[txIndex];
    if (entry === undefined) throw new RangeError(`the sample has no entry ${txIndex}`);
    return entry;
  };
  const inclusion = (txIndex: number): Inclusion => ({
    header,
    txIndex,
    witnessHash: witnessHashOf(entryAt(txIndex).raw),
    path: [...tree.path(txIndex)],
  });
  const origins = new Map<Hex, { originId: Hex; outputIndex: number; output: LedgerOutput["output"] }>();
  for (const { txId, created } of entries) {
    for (const [outputIndex, { outputId, output }] of created.entries()) {
      origins.set(outputId, { originId: txId, outputIndex, output });
    }
  }
  for (const [index, { outputId, output }] of deposits.entries()) {
    origins.set(outputId, { originId: depositOriginId(index, 0n), outputIndex: 0, output });
  }

  return {
    header,
    entries,
    tree,
    depositsMade: made,
    deposits,
    inclusion,
    proof(txIndex, outputIndex) {
      const entry = entryAt(txIndex);
      const created = entry.created[outputIndex];
      if (created === undefined) throw new RangeError(`entry ${txIndex} has no output ${outputIndex}`);
      const bodyLength = bodyLengthOf(entry.raw);
      return {
        version: 1,
        ...domain,
        ...created,
        kind: entry.content.kind,
        body: toHex(entry.raw, 0, bodyLength),
        witness: toHex(entry.raw, bodyLength),
        inclusion: inclusion(txIndex),
      };
    },
    depositProof(index) {
      const previousDepositHash = made
        .slice(0, index)
        .reduce<Hex>((previous, deposit) => nextDepositHash(previous, depositOutputId(deposit)), ZERO_HASH);
      const created = deposits[index];
      if (created === undefined) throw new RangeError(`the sample has no deposit ${index}`);
      return { version: 1, ...domain, ...created, kind: "deposit", index, block: 0n, previousDepositHash };
    },
    spend(raw, inputIndex, rest = {}) {
      const { transaction, bodyLength } = decodeSignedTransaction(raw);
      const preimages = transaction.inputs.map(({ outputId }) => {
        const preimage = origins.get(outputId);
        if (preimage === undefined) throw new RangeError(`the sample does not know output ${outputId}`);
        return preimage;
      });
      return { body: toHex(raw, 0, bodyLength), witness: toHex(raw, bodyLength), preimages, inputIndex, ...rest };
    },
  };
}

const bodyLengthOf = (raw: Uint8Array): number =>
  raw[0] === FEE_CLAIM_TYPE ? raw.length : decodeSignedTransaction(raw).bodyLength;

const witnessHashOf = (raw: Uint8Array): Hex => hash(raw.subarray(bodyLengthOf(raw)));

/** What the first entry of block 1 creates. */
function ledgerOutputs(transaction: Transaction, domain: Domain): LedgerOutput[] {
  const txId = txIdOf(transaction, domain);
  return transaction.outputs.map((output, outputIndex) => ({
    position: encodePosition({ block: 1n, txIndex: 0, outputIndex }),
    outputId: outputIdOf(txId, outputIndex, output),
    output,
  }));
}
