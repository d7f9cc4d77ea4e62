import type { Address, Hex } from "viem";
import type { SealedBlock } from "../protocol/block.ts";
import { depositOutput } from "../protocol/deposit.ts";
import { decodeFeeClaim, FEE_CLAIM_TYPE, feeClaimOutput } from "../protocol/feeClaim.ts";
import { MAX_BLOCK_TRANSACTIONS } from "../protocol/generated/constants.ts";
import type { LedgerOutput } from "../protocol/ledger.ts";
import type { Output } from "../protocol/output.ts";
import { depositPosition } from "../protocol/position.ts";
import { decodeSignedTransaction, outputAt } from "../protocol/transaction.ts";
import type { EntryView } from "./blockFile.ts";
import { createBlockTable } from "./blockTable.ts";
import { idPrefix, toBlob, toHexText } from "./bytes.ts";
import { RuntimeError } from "./errors.ts";
import {
  blockOf,
  DEPOSITS,
  END_OF_ENTRIES,
  type EntryPlace,
  entryKeyOf,
  keyOf,
  outputIndexOf,
  placeOf,
  positionOf,
  refAt,
  refBelow,
  refOf,
  requireRef,
  txIndexOf,
} from "./outputRef.ts";
import { createRunIndex } from "./runIndex.ts";
import { createSpentOutputs } from "./spentOutputs.ts";
import type { Row, Store } from "./store.ts";

/** An entry of a sealed block with what it changed. */
export interface LedgerEntry {
  readonly txId: Hex;
  readonly leaf: Uint8Array;
  readonly raw: Uint8Array;
  readonly spent: readonly LedgerOutput[];
  readonly created: readonly LedgerOutput[];
}

export interface StoredEntry extends EntryPlace {
  readonly txId: Hex;
  readonly raw: Uint8Array;
}

export interface StoredOutput extends LedgerOutput {
  /** The entry of a sealed block that spends it. */
  readonly spender: EntryPlace | undefined;
}

/** What is read at once of a long search. */
const PAGE = 256;

export type LedgerStore = ReturnType<typeof createLedgerStore>;

/**
 * The sealed chain: blocks, entries, outputs and who may spend them. Writers run inside `store.transaction`.
 *
 * An output is kept once, within the entry that creates it, or as a deposit. Ids and addresses lead there by indexes of numbers, each
 * of the first 48 bits; the whole value is compared in what they lead to. Which outputs are spent is in memory too, since every
 * payment asks.
 */
export function createLedgerStore(store: Store) {
  const insertBlock = store.prepare("INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?, ?)");
  const selectBlock = store.prepare("SELECT * FROM blocks WHERE number = ?");
  const selectLatestBlock = store.prepare("SELECT * FROM blocks ORDER BY number DESC LIMIT 1");
  const selectSizes = store.prepare(
    "SELECT number, tx_count, file_end FROM blocks WHERE number > ? ORDER BY number LIMIT ?",
  );
  const removeBlocks = store.prepare("DELETE FROM blocks WHERE number >= ?");

  const selectDeposit = store.prepare("SELECT * FROM deposits WHERE k = ? AND final = 1");
  const selectDepositById = store.prepare("SELECT * FROM deposits WHERE output_id = ? AND final = 1");
  const selectDepositsOf = store.prepare(
    "SELECT * FROM deposits WHERE owner = ? AND final = 1 AND k > ? ORDER BY k LIMIT ?",
  );

  const selectSum = store.prepare("SELECT amount FROM unspent_sums WHERE token = ?");
  const selectSums = store.prepare("SELECT token, amount FROM unspent_sums ORDER BY token");
  const setSum = store.prepare("INSERT OR REPLACE INTO unspent_sums VALUES (?, ?)");

  let table = createBlockTable();
  let spent = createSpentOutputs(table);
  /** Ids of transactions and of outputs -> the entry that they are of. */
  const ids = createRunIndex(store, { name: "ids" });
  /** Addresses -> the entries that spend from them or pay to them. */
  const history = createRunIndex(store, { name: "history" });
  /** Addresses -> outputs of entries that are theirs and not spent. */
  const owned = createRunIndex(store, { name: "owned", isWanted: (ref) => !spent.has(ref) });
  /** Spent outputs -> the entry that spends them. */
  const spenders = createRunIndex(store, { name: "spenders" });
  const indexes = [ids, history, owned, spenders];

  /** Changes of the sums that are not written yet. */
  const sums = new Map<Address, bigint>();
  const addToSum = ({ token, amount }: Output) => sums.set(token, (sums.get(token) ?? 0n) + amount);
  const takeFromSum = ({ token, amount }: Output) => sums.set(token, (sums.get(token) ?? 0n) - amount);

  const load = () => {
    sums.clear();
    table = createBlockTable();
    spent = createSpentOutputs(table);
    for (let rows = selectSizes.all(0, PAGE); rows.length > 0; rows = selectSizes.all(rows.at(-1)?.number ?? 0, PAGE)) {
      for (const { tx_count, file_end } of rows) table.add(tx_count as number, file_end as number);
    }
    if (store.blocks.size() < table.end()) {
      throw new RuntimeError(
        "STORE_CORRUPT",
        "The file of blocks is too short: restore it, or rebuild into an empty directory",
      );
    }
    spenders.visit((ref) => spent.mark(ref));
  };
  load();
  store.onRollback(load);

  const flush = () => {
    for (const index of indexes) index.flush();
    flushSums();
  };

  const flushSums = () => {
    for (const [token, change] of sums) {
      const sum = BigInt((selectSum.get(toBlob(token))?.amount as string | undefined) ?? 0n) + change;
      setSum.run(toBlob(token), `0x${sum.toString(16)}`);
    }
    sums.clear();
  };

  const viewEntry = (key: number): EntryView | undefined => {
    if (table.ordinalOf(key) < 0) return undefined;
    return store.blocks.entry(table.startOf(blockOf(key)), txIndexOf(key));
  };

  const spenderOf = (ref: number): EntryPlace | undefined => {
    if (!spent.has(ref)) return undefined;
    const [key] = spenders.above(ref, -1, 1);
    return key === undefined ? undefined : placeOf(key);
  };

  const isSpent = (position: bigint): boolean => {
    const ref = refAt(position);
    return ref !== undefined && spent.has(ref);
  };

  const toDeposited = (row: Row): StoredOutput => ({
    ...toDepositOutput(row),
    spender: spenderOf(DEPOSITS + (row.k as number)),
  });

  const outputOf = (position: bigint): StoredOutput | undefined => {
    const ref = refAt(position);
    if (ref === undefined) return undefined;
    if (ref >= DEPOSITS) {
      const row = selectDeposit.get(ref - DEPOSITS);
      const found = row && toDeposited(row);
      return found?.position === position ? found : undefined;
    }
    const index = outputIndexOf(ref);
    const entry = viewEntry(entryKeyOf(ref));
    const output = entry && createdBy(entry.raw, index);
    return output && { position, outputId: entry.outputId(index), output, spender: spenderOf(ref) };
  };

  const entryAt = (place: EntryPlace): StoredEntry | undefined => {
    const entry = place.txIndex < MAX_BLOCK_TRANSACTIONS ? viewEntry(keyOf(place)) : undefined;
    return entry && { ...place, txId: entry.txId(), raw: entry.raw };
  };

  const requireOutput = (position: bigint): StoredOutput => {
    const created = outputOf(position);
    if (created === undefined) throw new RangeError(`the store has no output at ${position}`);
    return created;
  };

  /** At most `limit` entries of one block from an index on. */
  const viewEntries = (block: number, from = 0, limit = Number.POSITIVE_INFINITY): EntryView[] => {
    const count = Math.min(limit, table.entriesOf(block) - from);
    return count > 0 ? store.blocks.entries(table.startOf(block), from, count) : [];
  };

  function* depositsOf(owner: Address, after: bigint): Generator<StoredOutput> {
    let rows: Row[];
    let last = -1;
    do {
      rows = selectDepositsOf.all(toBlob(owner), last, PAGE);
      yield* rows.map(toDeposited).filter(({ position, spender }) => position > after && spender === undefined);
      last = (rows.at(-1)?.k as number | undefined) ?? last;
    } while (rows.length === PAGE);
  }

  function* ownedAfter(owner: Address, after: bigint): Generator<StoredOutput> {
    let refs: number[];
    let last = refBelow(after);
    do {
      refs = owned.above(idPrefix(owner), last, PAGE);
      for (const ref of refs) {
        const found = requireOutput(positionOf(ref));
        if (found.output.owner === owner) yield found;
      }
      last = refs.at(-1) ?? last;
    } while (refs.length === PAGE);
  }

  const addSpends = (key: number, entry: LedgerEntry) => {
    for (const { position, output } of entry.spent) {
      const ref = requireRef(position);
      spent.mark(ref);
      spenders.add(ref, key);
      takeFromSum(output);
    }
  };

  const addIds = (key: number, { txId, created }: LedgerEntry) => {
    ids.add(idPrefix(txId), key);
    for (const { outputId } of created) ids.add(idPrefix(outputId), key);
  };

  const addOwners = (key: number, entry: LedgerEntry) => {
    const addresses: number[] = [];
    for (const { output } of entry.spent) addresses.push(idPrefix(output.owner));
    for (const [index, { output }] of entry.created.entries()) {
      const owner = idPrefix(output.owner);
      addresses.push(owner);
      addToSum(output);
      if (!spent.has(refOf(key, index))) owned.add(owner, refOf(key, index));
    }
    for (const [index, address] of addresses.entries()) {
      if (addresses.indexOf(address) === index) history.add(address, key);
    }
  };

  /** Undoes what an entry did to outputs, and gives those that it spent. */
  const undoEntry = ({ raw }: EntryView): LedgerOutput[] => {
    for (const output of outputsOf(raw)) takeFromSum(output);
    if (raw[0] === FEE_CLAIM_TYPE) return [];
    return decodeSignedTransaction(raw).transaction.inputs.flatMap(({ position }) => {
      spent.unmark(requireRef(position));
      const created = outputOf(position); // the reorg may have taken a deposit too
      if (created === undefined) return [];
      addToSum(created.output);
      return [created];
    });
  };

  return {
    latestBlock(): SealedBlock | undefined {
      const row = selectLatestBlock.get();
      return row && toBlock(row);
    },
    block(number: bigint): SealedBlock | undefined {
      const row = selectBlock.get(Number(number));
      return row && toBlock(row);
    },
    /** Adds a block with all its entries and the roots of its tree's subtrees; its number must be the next one. */
    addBlock(block: SealedBlock, entries: readonly LedgerEntry[], subtreeRoots: readonly Uint8Array[]): void {
      const { number, root, txCount, sealedAt, depositCount, depositHash } = block;
      const end = store.blocks.write(table.end(), entries.map(toFiledEntry), subtreeRoots);
      insertBlock.run(number, toBlob(root), txCount, sealedAt, depositCount, toBlob(depositHash), end);
      table.add(entries.length, end);
      const firstKey = keyOf({ block: number, txIndex: 0 });
      for (const [txIndex, entry] of entries.entries()) addSpends(firstKey + txIndex, entry);
      for (const [txIndex, entry] of entries.entries()) {
        addIds(firstKey + txIndex, entry);
        addOwners(firstKey + txIndex, entry);
      }
      flush();
    },
    /**
     * Takes back the blocks from `number` on, which an L1 reorg has taken away. A block that follows is added in another transaction, since it is
     * written over them.
     */
    removeBlocks(number: bigint): void {
      const row = selectLatestBlock.get();
      const unspent: LedgerOutput[] = [];
      for (let block = row === undefined ? 0n : toBlock(row).number; block >= number; block--) {
        for (const entry of viewEntries(Number(block)).reverse()) unspent.push(...undoEntry(entry));
      }
      const firstKey = keyOf({ block: number, txIndex: 0 });
      table.removeFrom(Number(number));
      spent.shrink();
      for (const index of [ids, history, spenders]) index.removeFrom(firstKey);
      owned.removeFrom(refOf(firstKey, 0));
      const refs = unspent.map(({ position, output }) => ({ ref: requireRef(position), output }));
      for (const { ref, output } of refs.sort((a, b) => a.ref - b.ref)) {
        if (ref < refOf(firstKey, 0)) owned.add(idPrefix(output.owner), ref);
      }
      removeBlocks.run(number);
      flush();
    },
    /** Counts a deposit, which its own table holds, as an output like all others. */
    addDeposit({ position, output }: LedgerOutput): void {
      if (!spent.has(requireRef(position))) addToSum(output);
      flushSums();
    },
    removeDeposit({ position, output }: LedgerOutput): void {
      if (!spent.has(requireRef(position))) takeFromSum(output);
      flushSums();
    },
    entry: entryAt,
    /** Entries of one block from an index on. */
    entries: (block: bigint, from: number, limit: number): StoredEntry[] =>
      viewEntries(Number(block), from, limit).map(({ raw, txId }, index) => ({
        block,
        txIndex: from + index,
        txId: txId(),
        raw,
      })),
    /** The same, their bytes alone. */
    rawEntries: (block: bigint, from: number, limit: number): Uint8Array[] =>
      viewEntries(Number(block), from, limit).map(({ raw }) => raw),
    /** Leaves of one block's tree from an index on. */
    leaves(block: bigint, from = 0, limit = Number.POSITIVE_INFINITY): Uint8Array[] {
      const entries = table.entriesOf(Number(block));
      return store.blocks.leaves(table.startOf(Number(block)), entries, from, Math.min(limit, entries - from));
    },
    subtreeRoots: (block: bigint): Uint8Array[] =>
      store.blocks.subtreeRoots(table.startOf(Number(block)), table.entriesOf(Number(block))),
    findEntry(txId: Hex): StoredEntry | undefined {
      for (const key of ids.above(idPrefix(txId), -1)) {
        const entry = viewEntry(key);
        if (entry?.txId() === txId) return { ...placeOf(key), txId, raw: entry.raw };
      }
      return undefined;
    },
    output: outputOf,
    /** Whether an entry of a stored block spends it; known without reading the store. */
    isSpent,
    spenderOf(position: bigint): EntryPlace | undefined {
      const ref = refAt(position);
      return ref === undefined ? undefined : spenderOf(ref);
    },
    findOutput(outputId: Hex): StoredOutput | undefined {
      const deposit = selectDepositById.get(toBlob(outputId));
      if (deposit !== undefined) return toDeposited(deposit);
      for (const key of ids.above(idPrefix(outputId), -1)) {
        const entry = viewEntry(key);
        const index = entry?.indexOfOutput(outputId) ?? -1;
        if (index >= 0) return outputOf(positionOf(refOf(key, index)));
      }
      return undefined;
    },
    /** Unspent outputs of an address with positions above `after`, oldest first; all of them where `limit` is negative. */
    unspentOutputs(owner: Address, after: bigint, limit: number): StoredOutput[] {
      const found = byPosition(depositsOf(owner, after), ownedAfter(owner, after));
      return [...(limit < 0 ? found : found.take(limit))];
    },
    /** What all unspent outputs of each token are worth together. */
    unspentSums: (): Map<Address, bigint> =>
      new Map(selectSums.all().map((row) => [toHexText(row.token as Uint8Array), BigInt(row.amount as string)])),
    /** Entries that spend from or pay to an address, newest first, below `before`. */
    history(address: Address, before: EntryPlace | undefined, limit: number): StoredEntry[] {
      const found: StoredEntry[] = [];
      let end = before === undefined ? END_OF_ENTRIES : keyOf(before);
      for (let keys = history.below(idPrefix(address), end, limit); keys.length > 0; ) {
        const entries = keys.flatMap((key) => entryAt(placeOf(key)) ?? []);
        found.push(...entries.filter(({ raw }) => concerns(raw, address)));
        if (found.length >= limit) break;
        end = keys.at(-1) as number;
        keys = history.below(idPrefix(address), end, limit);
      }
      return found.slice(0, limit);
    },
  };

  function concerns(raw: Uint8Array, address: Address): boolean {
    if (outputsOf(raw).some(({ owner }) => owner === address)) return true;
    if (raw[0] === FEE_CLAIM_TYPE) return false;
    const { inputs } = decodeSignedTransaction(raw).transaction;
    return inputs.some(({ position }) => requireOutput(position).output.owner === address);
  }
}

/** What an entry's bytes create. */
function outputsOf(raw: Uint8Array): readonly Output[] {
  if (raw[0] === FEE_CLAIM_TYPE) return [feeClaimOutput(decodeFeeClaim(raw))];
  return decodeSignedTransaction(raw).transaction.outputs;
}

function createdBy(raw: Uint8Array, index: number): Output | undefined {
  return raw[0] === FEE_CLAIM_TYPE ? outputsOf(raw)[index] : outputAt(raw, index);
}

/** Two sequences by position as one. */
function* byPosition(first: Generator<StoredOutput>, second: Generator<StoredOutput>): Generator<StoredOutput> {
  let [one, other] = [first.next(), second.next()];
  while (!one.done || !other.done) {
    if (other.done || (!one.done && one.value.position < other.value.position)) {
      yield one.value as StoredOutput;
      one = first.next();
    } else {
      yield other.value;
      other = second.next();
    }
  }
}

const toFiledEntry = ({ txId, leaf, raw, created }: LedgerEntry) => ({
  txId,
  leaf,
  raw,
  outputIds: created.map(({ outputId }) => outputId),
});

function toBlock(row: Row): SealedBlock {
  return {
    number: BigInt(row.number as number),
    root: toHexText(row.root as Uint8Array),
    txCount: row.tx_count as number,
    sealedAt: row.sealed_at as number,
    depositCount: row.deposit_count as number,
    depositHash: toHexText(row.deposit_hash as Uint8Array),
  };
}

function toDepositOutput(row: Row): LedgerOutput {
  const [index, block] = [row.k as number, BigInt(row.block as number)];
  const [owner, token] = [toHexText(row.owner as Uint8Array), toHexText(row.token as Uint8Array)];
  return {
    position: depositPosition(index, block),
    outputId: toHexText(row.output_id as Uint8Array),
    output: depositOutput({ index, block, owner, token, amount: BigInt(row.amount as string) }),
  };
}
