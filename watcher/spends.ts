import type { Hex } from "viem";
import { fromHex, toHex } from "../protocol/bytes.ts";
import { depositOriginId } from "../protocol/deposit.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { type Inclusion, isWithinWindow } from "../protocol/inclusion.ts";
import { IN_NO_BLOCK, placeOf } from "../protocol/inFlight.ts";
import { type MerkleTree, merkleTree } from "../protocol/merkle.ts";
import { decodePosition, depositIndexOf, isDepositPosition } from "../protocol/position.ts";
import { type ChallengedExit, type OutputPreimage, type Spend, verifySpend } from "../protocol/spend.ts";
import { decodeBody, type Input, type Transaction } from "../protocol/transaction.ts";
import type { ChainParts } from "../runtime/chain.ts";
import type { Ledger } from "../runtime/ledger.ts";
import type { EntryPlace } from "../runtime/ledgerStore.ts";
import { type Proofs, splitEntry } from "../runtime/proofs.ts";
import { type Commit, toLedgerOutput } from "../runtime/rootChainState.ts";
import type { BlockId, LooseEntry } from "./evidence.ts";
import type { VerifiedChain } from "./verifiedChain.ts";

/** A spend that counts on L1 now, and its age among competitors: IN_NO_BLOCK where it is shown without inclusion. */
export interface CountingSpend {
  readonly txId: Hex;
  readonly spend: Spend;
  readonly place: bigint;
}

/** A spend that counts, or would at another time (R8). */
export interface CompleteSpend extends CountingSpend {
  readonly transaction: Transaction;
}

/** A transaction that spends an output, whether it counts or not. */
export interface KnownSpend extends Spend {
  readonly txId: Hex;
}

export type Spends = ReturnType<typeof createSpends>;

interface Modules {
  readonly parts: ChainParts;
  readonly verified: VerifiedChain;
  readonly ledger: Ledger;
  readonly proofs: Proofs;
}

/** Trees of blocks outside of the ledger that are kept in memory. */
const CACHED_TREES = 4;
/** Paths that are kept in memory. */
const CACHED_INCLUSIONS = 10_000;

/** Finds what spends an output, wherever it was seen: in the ledger, in blocks that are not valid, in no block, on L1. */
export function createSpends({ parts, verified, ledger, proofs }: Modules) {
  const { contract, crypto, rootChain } = parts;
  const { evidence } = verified;
  const trees = new Map<Hex, MerkleTree>();
  const inclusions = new Map<string, Inclusion>();

  const treeOf = (block: BlockId): MerkleTree => {
    const cached = trees.get(block.root);
    if (cached !== undefined) return cached;
    if (trees.size >= CACHED_TREES) trees.delete(trees.keys().next().value as Hex);
    const tree = merkleTree(evidence.leavesOf(block), crypto.keccak256);
    trees.set(block.root, tree);
    return tree;
  };

  /** Where an entry stands on L1; an exit is judged again and again, and its path is the same every time. */
  const inclusionAt = (place: EntryPlace, witness: Uint8Array): Inclusion | undefined => {
    const commit = rootChain.commit(place.block);
    if (commit === undefined) return undefined;
    const key = `${commit.hash}/${place.txIndex}`;
    const known = inclusions.get(key);
    if (known !== undefined) return known;
    const found = ledger.entry(place) ? proofs.inclusionOf(place, witness) : looseInclusion(commit, place, witness);
    if (found === undefined) return undefined;
    if (inclusions.size >= CACHED_INCLUSIONS) inclusions.clear();
    inclusions.set(key, found);
    return found;
  };

  const looseInclusion = ({ header }: Commit, { txIndex }: EntryPlace, witness: Uint8Array): Inclusion | undefined => {
    if (!evidence.has(header)) return undefined;
    const path = [...treeOf(header).path(txIndex)];
    return { header, txIndex, witnessHash: toHex(crypto.keccak256(witness)), path };
  };

  /** All bytes under which a transaction was seen, with its oldest place on L1 under each. */
  const seenAs = (txId: Hex): { readonly raw: Uint8Array; readonly inclusion: Inclusion | undefined }[] => {
    const entry = ledger.placeOf(txId);
    const stored = entry && ledger.entry(entry);
    const inLedger =
      stored === undefined ? [] : [{ raw: stored.raw, inclusion: inclusionAt(stored, splitEntry(stored.raw).witness) }];
    const loose = evidence.find(txId).map(({ raw, places }) => {
      const { witness } = splitEntry(raw);
      const standing = places.find(({ number, root }) => rootChain.commit(number)?.header.root === root);
      const inclusion = standing && inclusionAt({ block: standing.number, txIndex: standing.txIndex }, witness);
      return { raw, inclusion };
    });
    return [...inLedger, ...loose];
  };

  const preimageOf = ({ position, outputId }: Input): OutputPreimage | undefined => {
    const { block, outputIndex } = decodePosition(position);
    if (isDepositPosition(position)) {
      const index = depositIndexOf(position);
      const deposit = rootChain.deposit(index);
      if (deposit?.outputId !== outputId) return undefined;
      const originId = depositOriginId(index, block, crypto.keccak256);
      return { originId, outputIndex, output: toLedgerOutput(deposit).output };
    }
    const stored = ledger.outputById(outputId);
    const creator = stored && ledger.entry(decodePosition(stored.position));
    if (stored !== undefined && creator !== undefined) {
      const { outputIndex: index } = decodePosition(stored.position);
      return { originId: creator.txId, outputIndex: index, output: stored.output };
    }
    return evidence.creatorOf(outputId)?.preimage;
  };

  /** What stands at a position in a committed block, as the source of an output. */
  const sourceAt = (position: bigint): Spend["source"] => {
    const place = decodePosition(position);
    const root = rootChain.commit(place.block)?.header.root;
    if (root === undefined) return undefined;
    const loose = { number: place.block, root, txIndex: place.txIndex };
    const raw = ledger.entry(place)?.raw ?? evidence.entryAt(loose)?.raw;
    if (raw === undefined) return undefined;
    const { body, witness } = splitEntry(raw);
    const inclusion = inclusionAt(place, witness);
    return inclusion && { body: toHex(body), inclusion };
  };

  const toSpend = (
    { txId, raw }: LooseEntry,
    outputId: Hex,
    inclusion: Inclusion | undefined,
    known?: readonly OutputPreimage[],
  ): KnownSpend | undefined => {
    const { body, witness } = splitEntry(raw);
    const { inputs } = decodeBody(body);
    const preimages = known ?? inputs.map(preimageOf).filter((preimage) => preimage !== undefined);
    if (preimages.length !== inputs.length) return undefined;
    const inputIndex = inputs.findIndex((input) => input.outputId === outputId);
    return { txId, body: toHex(body), witness: toHex(witness), preimages, inputIndex, ...(inclusion && { inclusion }) };
  };

  /** Every transaction seen that spends an output and whose inputs are all known, once per set of signatures. */
  const spendsOf = (outputId: Hex): KnownSpend[] => {
    const inLedger = ledger.outputById(outputId)?.spender;
    const stored = inLedger && ledger.entry(inLedger);
    const ids = new Set([...(stored ? [stored.txId] : []), ...evidence.spendsOf(outputId).map(({ txId }) => txId)]);
    const seen = [...ids].flatMap((txId) =>
      seenAs(txId).flatMap(({ raw, inclusion }) => toSpend({ txId, raw }, outputId, inclusion) ?? []),
    );
    const inFlight = rootChain.inFlightExits
      .spendsOf(outputId)
      .filter(({ txId }) => !seen.some((spend) => spend.txId === txId))
      .flatMap(({ txId, body, witness, inputs }) => {
        const raw = fromHex(`${body}${witness.slice(2)}`);
        const included = seenAs(txId).find((entry) => entry.inclusion !== undefined);
        return toSpend({ txId, raw: included?.raw ?? raw }, outputId, included?.inclusion, inputs) ?? [];
      });
    return [...seen, ...inFlight];
  };

  const counts = (spend: Spend, exit: ChallengedExit, now: number): boolean => {
    try {
      verifySpend(spend, exit, { domain: contract.domain, now }, crypto);
      return true;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return false;
    }
  };

  /** Every spend by another transaction than `except` that counts against an exit at some time, as it is shown then. */
  const complete = (exit: ChallengedExit, except?: Hex): CompleteSpend[] =>
    spendsOf(exit.outputId).flatMap(({ txId, ...known }): CompleteSpend[] => {
      if (txId === except) return [];
      const transaction = decodeBody(fromHex(known.body));
      const input = transaction.inputs[known.inputIndex];
      const source = input === undefined || input.position === exit.position ? undefined : sourceAt(input.position);
      const { inclusion, ...live } = { ...known, ...(source && { source }) };
      const shown = inclusion && { ...live, inclusion };
      const { validAfter } = transaction;
      if (shown && counts(shown, exit, validAfter)) {
        const place = placeOf(shown.inclusion.header.number, shown.inclusion.txIndex);
        return [{ txId, transaction, spend: shown, place }];
      }
      return counts(live, exit, validAfter) ? [{ txId, transaction, spend: live, place: IN_NO_BLOCK }] : [];
    });

  return {
    spendsOf,

    complete,

    /** What the id of an input's output commits to; undefined where nothing is known to have created it. */
    preimageOf,

    /** Where a transaction stands in the committed chain, valid or not, at its oldest place. */
    inclusionOf: (txId: Hex): Inclusion | undefined =>
      seenAs(txId)
        .flatMap(({ inclusion }) => inclusion ?? [])
        .sort((a, b) => Number(placeOf(a.header.number, a.txIndex) - placeOf(b.header.number, b.txIndex)))[0],

    /**
     * The spends by other transactions than `except` that count against an exit at L1 time `now` (R7, R8), oldest first. A position of
     * -1 stands for an output that was not shown to be anywhere: that of a transaction in flight.
     */
    against(exit: ChallengedExit, now: number, except?: Hex): CountingSpend[] {
      const counting = complete(exit, except).filter(
        ({ place, transaction }) => place !== IN_NO_BLOCK || isWithinWindow(transaction, now),
      );
      return counting.sort((a, b) => (a.place < b.place ? -1 : a.place > b.place ? 1 : 0));
    },
  };
}
