import type { Hex } from "viem";
import { fromHex, toHex } from "../protocol/bytes.ts";
import type { ConditionCall } from "../protocol/condition.ts";
import { type Conditions, isConditional } from "../protocol/conditionalSpend.ts";
import { VerdictError, type Verdicts } from "../protocol/conditionVerdicts.ts";
import { depositOriginId } from "../protocol/deposit.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { FEE_CLAIM_TYPE } from "../protocol/feeClaim.ts";
import { type Inclusion, isWithinWindow } from "../protocol/inclusion.ts";
import { IN_NO_BLOCK, placeOf } from "../protocol/inFlight.ts";
import type { LedgerOutput } from "../protocol/ledger.ts";
import { type MerkleTree, merkleTree } from "../protocol/merkle.ts";
import { decodePosition, depositIndexOf, isDepositPosition } from "../protocol/position.ts";
import type { ExitProof } from "../protocol/proof.ts";
import {
  type ChallengedExit,
  type OutputPreimage,
  type Spend,
  verifyComplete,
  verifySpend,
} from "../protocol/spend.ts";
import { decodeBody, type Input, type Transaction } from "../protocol/transaction.ts";
import type { ChainParts } from "../runtime/chain.ts";
import { RuntimeError } from "../runtime/errors.ts";
import type { Ledger } from "../runtime/ledger.ts";
import type { Logger } from "../runtime/logger.ts";
import type { EntryPlace } from "../runtime/outputRef.ts";
import { type Proofs, splitEntry } from "../runtime/proofs.ts";
import { type Commit, toLedgerOutput } from "../runtime/rootChainState.ts";
import { type BlockId, type LooseEntry, outputsOf } from "./evidence.ts";
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
  readonly logger: Logger;
}

/** Trees of blocks outside of the ledger that are kept in memory. */
const CACHED_TREES = 4;
/** Paths that are kept in memory. */
const CACHED_INCLUSIONS = 10_000;

/** Finds what spends an output, wherever it was seen: in the ledger, in blocks that are not valid, in no block, on L1. */
export function createSpends({ parts, verified, ledger, proofs, logger }: Modules) {
  const { contract, crypto, rootChain } = parts;
  const { domain } = contract;
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

  /** The entry of a committed block. */
  const entryAt = (place: EntryPlace): Uint8Array | undefined => {
    const root = rootChain.commit(place.block)?.header.root;
    if (root === undefined) return undefined;
    const loose = { number: place.block, root, txIndex: place.txIndex };
    return ledger.entry(place)?.raw ?? evidence.entryAt(loose)?.raw;
  };

  /** What stands at a position in a committed block, as the source of an output. */
  const sourceAt = (position: bigint): Spend["source"] => {
    const place = decodePosition(position);
    const raw = entryAt(place);
    if (raw === undefined) return undefined;
    const { body, witness } = splitEntry(raw);
    const inclusion = inclusionAt(place, witness);
    return inclusion && { body: toHex(body), inclusion };
  };

  /** Where the output of an input was created, as an in-flight exit shows it. */
  const proofAt = ({ position, outputId }: Input): ExitProof | undefined => {
    if (isDepositPosition(position)) {
      return rootChain.deposit(depositIndexOf(position))?.outputId === outputId ? proofs.getProof(position) : undefined;
    }
    const { outputIndex, ...place } = decodePosition(position);
    const raw = entryAt(place);
    const output = raw && outputsOf(raw)[outputIndex];
    if (raw === undefined || output === undefined) return undefined;
    const { body, witness } = splitEntry(raw);
    const inclusion = inclusionAt(place, witness);
    const kind = raw[0] === FEE_CLAIM_TYPE ? "feeClaim" : "transaction";
    const shown = { ...domain, position, outputId, output, body: toHex(body), witness: toHex(witness) };
    return inclusion && { version: 1, kind, ...shown, inclusion };
  };

  /** With the proofs of its inputs where it takes them: a conditional output is spent by what shows them all (R16). */
  const withInputs = (spend: KnownSpend, inputs: readonly Input[]): KnownSpend => {
    const target = spend.preimages[spend.inputIndex]?.output;
    if (spend.inclusion === undefined || target === undefined || !isConditional(target)) return spend;
    const shown = inputs.flatMap((input) => proofAt(input) ?? []);
    return shown.length === inputs.length ? { ...spend, inputs: shown } : spend;
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
    const shown = { txId, body: toHex(body), witness: toHex(witness), preimages, inputIndex };
    return withInputs({ ...shown, ...(inclusion && { inclusion }) }, inputs);
  };

  /** Every transaction seen that spends an output and whose inputs are all known, once per witness: a wrong one must not hide a right one. */
  const spendsOf = (outputId: Hex): KnownSpend[] => {
    const inLedger = ledger.outputById(outputId)?.spender;
    const stored = inLedger && ledger.entry(inLedger);
    const ids = new Set([...(stored ? [stored.txId] : []), ...evidence.spendsOf(outputId).map(({ txId }) => txId)]);
    const seen = [...ids].flatMap((txId) =>
      seenAs(txId).flatMap(({ raw, inclusion }) => toSpend({ txId, raw }, outputId, inclusion) ?? []),
    );
    // L1 tells what the inputs were, also of what is seen in a block and whose inputs nobody else shows.
    const inFlight = rootChain.inFlightExits.spendsOf(outputId).flatMap(({ txId, body, witness, inputs }) => {
      const shown = { raw: fromHex(`${body}${witness.slice(2)}`), inclusion: undefined };
      return [...seenAs(txId), shown].flatMap(
        ({ raw, inclusion }) => toSpend({ txId, raw }, outputId, inclusion, inputs) ?? [],
      );
    });
    const byWitness = new Map<string, KnownSpend>();
    for (const spend of [...seen, ...inFlight]) {
      const key = spend.txId + spend.witness;
      if (!byWitness.has(key)) byWitness.set(key, spend);
    }
    return [...byWitness.values()];
  };

  let verdicts: Verdicts = parts.conditions;
  const unanswered: ConditionCall[] = [];
  const conditions: Conditions = { find: rootChain.condition, verdict: (call) => verdicts.verdict(call) };

  /** Whether nothing speaks against a spend. While a condition has not answered, that does. */
  const holds = (verify: () => unknown): boolean => {
    try {
      verify();
      return true;
    } catch (error) {
      if (error instanceof VerdictError) unanswered.push(error.call);
      else if (!(error instanceof ProtocolError)) throw error;
      return false;
    }
  };

  const counts = (spend: Spend, exit: ChallengedExit, now: number): boolean =>
    holds(() => verifySpend(spend, exit, { domain, now, conditions }, crypto));

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

  /** Every spend with which an in-flight exit could start at some time. */
  const startable = (outputId: Hex): CompleteSpend[] =>
    spendsOf(outputId).flatMap(({ txId, ...known }): CompleteSpend[] => {
      const { inclusion, ...bare } = known;
      const spend = [known, bare].find((shown) => holds(() => verifyComplete(shown, { domain, conditions }, crypto)));
      if (spend === undefined) return [];
      const place =
        "inclusion" in spend && inclusion ? placeOf(inclusion.header.number, inclusion.txIndex) : IN_NO_BLOCK;
      return [{ txId, transaction: decodeBody(fromHex(known.body)), spend, place }];
    });

  return {
    spendsOf,

    complete,

    /** The spends by whose in-flight exits an output could leave: of a conditional one, those that count against nobody too (R16). */
    waysOut: (output: LedgerOutput): CompleteSpend[] =>
      isConditional(output.output) ? startable(output.outputId) : complete(output),

    /**
     * What `decide` comes to once the conditions that it meets have answered, as far as they can be run now. It is asked again whenever one has.
     */
    async settled<T>(decide: () => T): Promise<T> {
      const held = parts.conditions.hold();
      verdicts = held;
      const ask = (call: ConditionCall): Promise<boolean> =>
        held.prepare(call).then(
          () => true,
          (error: unknown) => {
            if (!(error instanceof RuntimeError && error.code === "CONDITION_UNAVAILABLE")) throw error;
            logger.debug("A condition cannot be run", { error });
            return false;
          },
        );
      for (;;) {
        unanswered.length = 0;
        const decided = decide();
        const answered = await Promise.all(unanswered.map(ask));
        if (!answered.includes(true)) return decided;
      }
    },

    /** What the id of an input's output commits to; undefined where nothing is known to have created it. */
    preimageOf,

    /**
     * Where a transaction stands in the committed chain, valid or not, at its oldest place in a block behind which its conditions were not
     * registered (R9).
     */
    inclusionOf: (txId: Hex, registeredBehind = 0n): Inclusion | undefined =>
      seenAs(txId)
        .flatMap(({ inclusion }) => inclusion ?? [])
        .filter(({ header }) => header.number > registeredBehind)
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
