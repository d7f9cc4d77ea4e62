import type { Hex } from "viem";
import type { ApiResult } from "../protocol/api.ts";
import type { SealedBlock } from "../protocol/block.ts";
import { fromHex } from "../protocol/bytes.ts";
import { isConditional } from "../protocol/conditionalSpend.ts";
import { depositOriginId } from "../protocol/deposit.ts";
import { FEE_CLAIM_TYPE } from "../protocol/feeClaim.ts";
import type { Crypto } from "../protocol/hashing.ts";
import type { Inclusion } from "../protocol/inclusion.ts";
import { type MerkleTree, prunedTree, SUBTREE_LEAVES } from "../protocol/merkle.ts";
import { decodePosition, depositIndexOf, formatPosition, isDepositPosition } from "../protocol/position.ts";
import type { ExitProof } from "../protocol/proof.ts";
import { decodeBody, decodeSignedTransaction } from "../protocol/transaction.ts";
import type { Domain } from "../protocol/typedData.ts";
import { ApiError } from "./apiError.ts";
import { toHexText } from "./bytes.ts";
import type { Ledger } from "./ledger.ts";
import type { LedgerStore } from "./ledgerStore.ts";
import type { EntryPlace } from "./outputRef.ts";
import { type RootChainState, toLedgerOutput } from "./rootChainState.ts";

interface Modules {
  readonly ledger: Ledger;
  readonly ledgerStore: LedgerStore;
  readonly rootChain: RootChainState;
  readonly domain: Domain;
  readonly crypto: Crypto;
}

/** Pruned trees of blocks that are kept in memory: one of 65,536 entries takes about 100 KB. */
const CACHED_TREES = 256;

export type Proofs = ReturnType<typeof createProofs>;

/** Makes what owners and challengers show on L1. */
export function createProofs({ ledger, ledgerStore, rootChain, domain, crypto }: Modules) {
  const trees = new Map<Hex, MerkleTree>();

  const treeOf = ({ number, root, txCount }: SealedBlock): MerkleTree => {
    const kept = trees.get(root);
    if (kept !== undefined) return kept;
    const leavesFrom = (index: number) => ledgerStore.leaves(number, index, SUBTREE_LEAVES);
    const tree = prunedTree(txCount, ledgerStore.subtreeRoots(number), leavesFrom, crypto.keccak256);
    if (trees.size >= CACHED_TREES) trees.delete(trees.keys().next().value as Hex);
    trees.set(root, tree);
    return tree;
  };

  const inclusionOf = (place: EntryPlace, witness: Uint8Array): Inclusion | undefined => {
    const commit = rootChain.commit(place.block);
    if (commit === undefined) return undefined;
    const path = [...treeOf(commit.header).path(place.txIndex)];
    return { header: commit.header, txIndex: place.txIndex, witnessHash: toHexText(crypto.keccak256(witness)), path };
  };

  const unknown = (position: bigint) =>
    new ApiError("OUTPUT_UNKNOWN", `There is no output at ${formatPosition(position)}`, { position });

  const depositProof = (position: bigint): ExitProof => {
    const deposit = rootChain.deposit(depositIndexOf(position));
    const found = deposit && toLedgerOutput(deposit);
    if (deposit === undefined || found?.position !== position) throw unknown(position);
    return {
      version: 1,
      kind: "deposit",
      ...domain,
      ...found,
      index: deposit.index,
      block: deposit.block,
      previousDepositHash: rootChain.depositHash(deposit.index),
    };
  };

  /**
   * The proof file of an output in a committed block, or of a deposit.
   * @throws OUTPUT_UNKNOWN, NOT_COMMITTED
   */
  const getProof = (position: bigint): ExitProof => {
    if (isDepositPosition(position)) return depositProof(position);
    const place = decodePosition(position);
    const found = ledger.output(position);
    const entry = ledger.entry(place);
    if (found === undefined || entry === undefined) throw unknown(position);
    const { body, witness } = splitEntry(entry.raw);
    const inclusion = inclusionOf(place, witness);
    if (inclusion === undefined) {
      throw new ApiError("NOT_COMMITTED", `Block ${place.block} is not committed on L1 yet: ask again later`);
    }
    return {
      version: 1,
      kind: entry.raw[0] === FEE_CLAIM_TYPE ? "feeClaim" : "transaction",
      ...domain,
      position,
      outputId: found.outputId,
      output: found.output,
      body: toHexText(body),
      witness: toHexText(witness),
      inclusion,
    };
  };

  return {
    getProof,

    /** Where an entry of the ledger with this witness stands, and the path that shows it; undefined while its block is not committed. */
    inclusionOf,

    /** The transaction in the chain that spends an output, as a challenge shows it; null while there is none. */
    getSpend,

    /** Every known transaction that spends an output: the one in the chain, and those that L1 was shown in flight. */
    getSpends(outputId: Hex): ApiResult<"plasma_getSpends"> {
      const included = getSpend(outputId);
      const shown = rootChain.inFlightExits.spendsOf(outputId).filter(({ txId }) => txId !== included?.txId);
      const inFlight = shown.map(({ txId, body, witness, inputs: preimages }) => ({
        body,
        witness,
        preimages,
        inputIndex: inputIndexOf(fromHex(body), outputId),
        txId,
        blockNumber: null,
        txIndex: null,
      }));
      return included === null ? inFlight : [included, ...inFlight];
    },
  };

  function getSpend(outputId: Hex): ApiResult<"plasma_getSpend"> {
    const spender = ledger.outputById(outputId)?.spender;
    const entry = spender && ledger.entry(spender);
    if (spender === undefined || entry === undefined || !ledger.isDurable(spender)) return null;
    const { body, witness } = splitEntry(entry.raw);
    const inclusion = inclusionOf(spender, witness);
    const { inputs } = decodeBody(body);
    const preimages = inputs.map(({ position }) => preimageOf(position));
    const inputIndex = inputIndexOf(body, outputId);
    const target = preimages[inputIndex]?.output;
    // A conditional output is spent by what shows all its inputs (R16).
    const proofs = inclusion && target && isConditional(target) && inputs.map(({ position }) => getProof(position));
    return {
      body: toHexText(body),
      witness: toHexText(witness),
      preimages,
      inputIndex,
      ...(inclusion && { inclusion }),
      ...(proofs && { inputs: proofs }),
      txId: entry.txId,
      blockNumber: spender.block,
      txIndex: spender.txIndex,
    };
  }

  function preimageOf(position: bigint) {
    const place = decodePosition(position);
    const output = ledger.output(position)?.output;
    const originId = isDepositPosition(position)
      ? depositOriginId(depositIndexOf(position), place.block, crypto.keccak256)
      : ledger.entry(place)?.txId;
    if (output === undefined || originId === undefined) throw unknown(position);
    return { originId, outputIndex: place.outputIndex, output };
  }
}

function inputIndexOf(body: Uint8Array, outputId: Hex): number {
  return decodeBody(body).inputs.findIndex((input) => input.outputId === outputId);
}

/** Body and witness of an entry's bytes; a fee claim has no witness. */
export function splitEntry(raw: Uint8Array): { readonly body: Uint8Array; readonly witness: Uint8Array } {
  const bodyLength = raw[0] === FEE_CLAIM_TYPE ? raw.length : decodeSignedTransaction(raw).bodyLength;
  return { body: raw.subarray(0, bodyLength), witness: raw.subarray(bodyLength) };
}
