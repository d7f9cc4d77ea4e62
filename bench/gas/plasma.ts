import { type Address, encodeFunctionData, type Hex, hexToBytes, keccak256, toHex } from "viem";
import type { BlockHeader, SealedBlock } from "../../protocol/block.ts";
import type { Reveal } from "../../protocol/condition.ts";
import { encodeSource, encodeSpend } from "../../protocol/evidence.ts";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import type { Inclusion } from "../../protocol/inclusion.ts";
import { leafHash, merkleTree } from "../../protocol/merkle.ts";
import { type Output, outputIdOf, PLAIN } from "../../protocol/output.ts";
import { encodePosition } from "../../protocol/position.ts";
import { type Signer, signTransaction } from "../../protocol/signature.ts";
import { encodeBody, type Transaction } from "../../protocol/transaction.ts";
import { type Domain, txIdOf } from "../../protocol/typedData.ts";
import { encodeWitness } from "../../protocol/witness.ts";

/** A signed transaction in the form that calldata carries. */
export interface SignedEntry {
  readonly transaction: Transaction;
  readonly txId: Hex;
  readonly body: Hex;
  readonly witness: Hex;
}

/** An output with what it takes to exit it. */
export interface IncludedOutput {
  readonly body: Hex;
  readonly originId: Hex;
  readonly outputIndex: number;
  readonly output: Output;
  readonly outputId: Hex;
  readonly position: bigint;
  readonly inclusion: Inclusion;
}

export interface Hint {
  readonly entries: readonly Hex[];
  readonly walkLimit: bigint;
}

export const plainOutput = (owner: Address, token: Address, amount: bigint): Output => ({
  owner,
  token,
  amount,
  condition: PLAIN,
});

export const payment = (
  inputs: Transaction["inputs"],
  outputs: readonly Output[],
  options: Partial<Transaction> = {},
): Transaction => ({
  inputs,
  outputs,
  memo: PLAIN,
  validAfter: 0,
  validBefore: 0,
  ...options,
});

/** Signs a transaction with the accounts of its owners. */
export async function sign(
  transaction: Transaction,
  domain: Domain,
  owners: readonly Signer[],
  reveals: readonly Reveal[] = [],
): Promise<SignedEntry> {
  const signed = await signTransaction(transaction, domain, owners, reveals);
  return {
    transaction,
    txId: txIdOf(transaction, domain),
    body: toHex(encodeBody(transaction)),
    witness: toHex(encodeWitness(signed)),
  };
}

/** The tree of a block with `txCount` leaves: `entries`, then leaves that nobody shows. */
export function blockTree(entries: readonly SignedEntry[], txCount: number) {
  const unshown = Array.from({ length: txCount - entries.length }, (_, index) =>
    hexToBytes(keccak256(toHex(index, { size: 32 }))),
  );
  return merkleTree([...entries.map(({ txId, witness }) => leafHash(txId, keccak256(witness))), ...unshown]);
}

/** A path of `depth` levels for the leaf at `index` and the root it leads to: a tree of which nothing else is known. */
export function sparsePath(leaf: Uint8Array, index: number, depth: number): { root: Hex; path: readonly Hex[] } {
  const path = Array.from({ length: depth }, (_, level) => keccak256(toHex(`level ${level}`)));
  const root = path.reduce<Hex>((node, sibling, level) => {
    const [left, right] = Math.floor(index / 2 ** level) % 2 === 0 ? [node, sibling] : [sibling, node];
    return keccak256(`0x01${left.slice(2)}${right.slice(2)}`);
  }, toHex(leaf));
  return { root, path };
}

/** The `outputIndex`-th output of `entry`, included as shown. */
export function includedOutput(
  { transaction, txId, body }: SignedEntry,
  outputIndex: number,
  inclusion: Inclusion,
): IncludedOutput {
  const output = transaction.outputs[outputIndex];
  if (output === undefined) throw new RangeError(`the transaction has no output ${outputIndex}`);
  return {
    body,
    originId: txId,
    outputIndex,
    output,
    outputId: outputIdOf(txId, outputIndex, output),
    position: encodePosition({ block: inclusion.header.number, txIndex: inclusion.txIndex, outputIndex }),
    inclusion,
  };
}

export const deposit = (recipient: Address, newestSeen: bigint): Hex =>
  encodeFunctionData({ abi: rootChainAbi, functionName: "deposit", args: [recipient, newestSeen] });

export const depositERC20 = (token: Address, amount: bigint, recipient: Address, newestSeen: bigint): Hex =>
  encodeFunctionData({
    abi: rootChainAbi,
    functionName: "depositERC20",
    args: [token, amount, recipient, newestSeen],
  });

export const startDepositExit = (
  index: number,
  newestBlock: bigint,
  previousDepositHash: Hex,
  output: Output,
  hint: Hint,
): Hex =>
  encodeFunctionData({
    abi: rootChainAbi,
    functionName: "startDepositExit",
    args: [index, newestBlock, previousDepositHash, output, hint, "0x"],
  });

export const submitBlocks = (parent: BlockHeader, blocks: readonly SealedBlock[]): Hex =>
  encodeFunctionData({
    abi: rootChainAbi,
    functionName: "submitBlocks",
    args: [parent, blocks, blocks.at(-1)?.depositHash ?? parent.depositHash],
  });

export const startExit = (exit: IncludedOutput, hint: Hint, authorization: Hex = "0x"): Hex =>
  encodeFunctionData({
    abi: rootChainAbi,
    functionName: "startExit",
    args: [encodeSource(exit), exit.outputIndex, hint, authorization],
  });

/** What a challenge shows beside the spend itself. */
export interface Evidence {
  readonly preimages: readonly { readonly originId: Hex; readonly outputIndex: number; readonly output: Output }[];
  readonly inputIndex: number;
  readonly inclusion?: Inclusion;
  readonly source?: { readonly body: Hex; readonly inclusion: Inclusion };
}

export const challengeExit = (spend: SignedEntry, evidence: Evidence, beneficiary: Address): Hex =>
  encodeFunctionData({
    abi: rootChainAbi,
    functionName: "challengeExit",
    args: [encodeSpend({ ...spend, ...evidence }), beneficiary],
  });

/** The openings that `processExits` takes, in the order of the exits. */
export const openings = (exits: readonly IncludedOutput[]): Hex =>
  `0x${exits
    .map(
      ({ originId, outputIndex, output: { owner, amount } }) =>
        originId.slice(2) +
        toHex(outputIndex, { size: 1 }).slice(2) +
        owner.slice(2) +
        toHex(amount, { size: 16 }).slice(2),
    )
    .join("")}`;

export const processExits = (token: Address, max: number, exits: readonly IncludedOutput[]): Hex =>
  encodeFunctionData({
    abi: rootChainAbi,
    functionName: "processExits",
    args: [token, BigInt(max), openings(exits), []],
  });

export const nextExit = (token: Address, outputId: Hex): Hex =>
  encodeFunctionData({ abi: rootChainAbi, functionName: "nextExit", args: [token, outputId] });
