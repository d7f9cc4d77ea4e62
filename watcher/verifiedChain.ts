import type { Hex } from "viem";
import type { OpenedBlock } from "../protocol/blockExecution.ts";
import type { Verdicts } from "../protocol/conditionVerdicts.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { askConditions, importBlock } from "../runtime/blockImport.ts";
import { toBlob, toHexText } from "../runtime/bytes.ts";
import type { ChainParts } from "../runtime/chain.ts";
import type { L1Handler } from "../runtime/l1Follower.ts";
import type { followedAbi } from "../runtime/rootChainEvent.ts";
import type { Commit } from "../runtime/rootChainState.ts";
import { type BlockId, createEvidence } from "./evidence.ts";

/** The first committed block that broke a rule, and which. */
export interface Fault extends BlockId {
  /** Undefined where no single entry is to blame. */
  readonly txIndex: number | undefined;
  /** Of the protocol, such as TX_INPUT_SPENT. */
  readonly code: string;
  readonly message: string;
}

/** A committed block whose entries nobody has shown. */
export interface MissingBlock extends BlockId {
  /** L1 times, seconds: of its commit, and since when it was asked for in vain. */
  readonly committedAt: number;
  readonly missedSince: number;
}

/** A block number for which L1 has had several roots. */
export interface ChangedRoot {
  readonly number: bigint;
  /** The newest is the last. */
  readonly roots: readonly Hex[];
}

export type VerifiedChain = ReturnType<typeof createVerifiedChain>;

/**
 * How far the committed chain is verified. The ledger in the store is the valid chain up to the first fault or gap; blocks behind
 * that are evidence only. Stays in step with L1 by being the handler of its events.
 */
export function createVerifiedChain(chain: ChainParts) {
  const { store, ledgerStore, rootChain, crypto } = chain;
  const evidence = createEvidence(store, crypto.keccak256);
  const seeRoot = store.prepare("INSERT OR IGNORE INTO roots_seen VALUES (?, ?)");
  const selectChanged = store.prepare(
    `SELECT number, root FROM roots_seen WHERE number IN (SELECT number FROM roots_seen GROUP BY number HAVING count(*) > 1)
    ORDER BY rowid`,
  );
  const selectFault = store.prepare("SELECT * FROM fault");
  const insertFault = store.prepare("INSERT INTO fault VALUES (?, ?, ?, ?, ?)");
  const clearFault = store.prepare("DELETE FROM fault WHERE number > ?");
  const insertMissing = store.prepare("INSERT OR IGNORE INTO missing_blocks VALUES (?, ?, ?, ?)");
  const selectMissing = store.prepare("SELECT * FROM missing_blocks ORDER BY number");
  const removeMissing = store.prepare("DELETE FROM missing_blocks WHERE number = ? AND root = ?");
  const clearMissing = store.prepare("DELETE FROM missing_blocks WHERE number > ?");

  const height = () => ledgerStore.latestBlock()?.number ?? 0n;

  const fault = (): Fault | undefined => {
    const row = selectFault.get();
    return (
      row && {
        number: BigInt(row.number as number),
        root: toHexText(row.root as Uint8Array),
        txIndex: (row.tx_index as number | null) ?? undefined,
        code: row.code as string,
        message: row.message as string,
      }
    );
  };

  /** What L1 no longer has is no part of the chain, and stays evidence. */
  const takeBack = () => {
    const newest = rootChain.newestCommitted();
    clearFault.run(newest);
    clearMissing.run(newest);
    for (let number = height(); number > newest; number--) {
      const block = ledgerStore.block(number);
      if (block === undefined) continue;
      const leaves = ledgerStore.leaves(number);
      const entries = ledgerStore
        .entries(number, 0, block.txCount)
        .map((entry, txIndex) => ({ ...entry, leaf: leaves[txIndex] ?? new Uint8Array(0) }));
      evidence.keepBlock(block, entries);
    }
    ledgerStore.removeBlocks(newest + 1n);
  };

  const handler: L1Handler<typeof followedAbi> = {
    onEvent(event, timestamp) {
      rootChain.onEvent(event, timestamp);
      if (event.eventName === "BlockSubmitted") {
        seeRoot.run(event.args.number, toBlob(event.args.root));
      }
    },
    onRollback(block) {
      rootChain.onRollback(block);
      takeBack();
    },
    onFinal: rootChain.onFinal,
  };

  /** Executes a block at the end of the valid chain, or records why it is not valid. */
  const execute = (commit: Commit, opened: OpenedBlock, verdicts: Verdicts) => {
    try {
      importBlock(chain, commit, opened, verdicts);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const { number, root } = commit.header;
      const { txIndex } = error.details;
      store.transaction(() => {
        evidence.keepBlock(commit.header, opened.entries);
        insertFault.run(number, toBlob(root), typeof txIndex === "number" ? txIndex : null, error.code, error.message);
      });
    }
  };

  /** The next block of the valid chain, where there can be one. */
  const next = () => (fault() === undefined ? rootChain.commit(height() + 1n) : undefined);

  const isNext = ({ hash }: Commit) => next()?.hash === hash;

  return {
    evidence,
    handler,
    /** Number of the newest block of the valid chain. */
    height,
    fault,

    /** The oldest committed block above `number` whose entries are not here: behind a fault or gap too, since they are evidence. */
    firstWanted(number: bigint): Commit | undefined {
      const newest = rootChain.newestCommitted();
      for (let at = number < height() ? height() : number; at < newest; at++) {
        const commit = rootChain.commit(at + 1n);
        if (commit !== undefined && commit.header.txCount > 0 && !evidence.has(commit.header)) return commit;
      }
      return undefined;
    },

    /**
     * Takes in a committed block, unless L1 has meanwhile replaced it: executes it if it is next, else keeps it as evidence.
     * Rejects like `askConditions`; then nothing is taken in.
     */
    async take(commit: Commit, opened: OpenedBlock, signal: AbortSignal): Promise<void> {
      const { number, root } = commit.header;
      const verdicts = isNext(commit) ? await askConditions(chain, commit, opened, signal) : undefined;
      if (rootChain.commit(number)?.hash !== commit.hash) return;
      store.transaction(() => removeMissing.run(number, toBlob(root)));
      if (verdicts !== undefined && isNext(commit)) execute(commit, opened, verdicts);
      else store.transaction(() => evidence.keepBlock(commit.header, opened.entries));
    },

    /** The next block to take in, where its entries are here. */
    nextHere(): { readonly commit: Commit; readonly rawEntries: readonly Uint8Array[] } | undefined {
      const commit = next();
      if (commit === undefined) return undefined;
      const kept = evidence.entriesOf(commit.header)?.map(({ raw }) => raw);
      const rawEntries = commit.header.txCount === 0 ? [] : kept;
      return rawEntries && { commit, rawEntries };
    },

    /** Notes that at L1 time `now` nobody showed a block, unless L1 has meanwhile replaced it. */
    miss({ header, hash }: Commit, now: number): void {
      if (rootChain.commit(header.number)?.hash !== hash) return;
      insertMissing.run(header.number, toBlob(header.root), header.timestamp, now);
    },

    /** Entries of a committed block that is not in the ledger. */
    looseEntries(number: bigint): readonly Uint8Array[] | undefined {
      const commit = number > height() ? rootChain.commit(number) : undefined;
      return commit && evidence.entriesOf(commit.header)?.map(({ raw }) => raw);
    },

    missing: (): MissingBlock[] =>
      selectMissing.all().map((row) => ({
        number: BigInt(row.number as number),
        root: toHexText(row.root as Uint8Array),
        committedAt: row.committed_at as number,
        missedSince: row.missed_since as number,
      })),

    changedRoots(): ChangedRoot[] {
      const byNumber = new Map<bigint, Hex[]>();
      for (const row of selectChanged.all()) {
        const number = BigInt(row.number as number);
        byNumber.set(number, [...(byNumber.get(number) ?? []), toHexText(row.root as Uint8Array)]);
      }
      return [...byNumber].map(([number, roots]) => ({ number, roots }));
    },
  };
}
