import type { Address, Hex } from "viem";
import type { SealedBlock } from "../protocol/block.ts";
import { depositOutput } from "../protocol/deposit.ts";
import { decodeFeeClaim, FEE_CLAIM_TYPE, feeClaimOutput } from "../protocol/feeClaim.ts";
import { DEPOSIT_INDEX_BASE } from "../protocol/generated/constants.ts";
import type { LedgerOutput } from "../protocol/ledger.ts";
import type { Output } from "../protocol/output.ts";
import { depositPosition, isDepositPosition } from "../protocol/position.ts";
import { decodeSignedTransaction, outputAt } from "../protocol/transaction.ts";
import { idPrefix, toBlob, toHexText } from "./bytes.ts";
import { CHUNK_ENTRIES, type PackedEntry, packChunk, unpackChunk } from "./entryChunk.ts";
import { createSortedInsert } from "./sortedInsert.ts";
import type { Row, SqlValue, Store } from "./store.ts";

/** Where an entry stands in the chain. */
export interface EntryPlace {
  readonly block: bigint;
  readonly txIndex: number;
}

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

const TX_INDEX_SPAN = 2 ** 20;
const MAX_KEY = Number.MAX_SAFE_INTEGER;

const keyOf = ({ block, txIndex }: EntryPlace) => Number(block) * TX_INDEX_SPAN + txIndex;
const placeOf = (key: number): EntryPlace => ({
  block: BigInt(Math.floor(key / TX_INDEX_SPAN)),
  txIndex: key % TX_INDEX_SPAN,
});
/** Key of the row that holds an entry; no row has -1, since no block is as large as to have such an entry. */
const chunkKeyOf = (place: EntryPlace) =>
  place.txIndex < TX_INDEX_SPAN ? keyOf(place) - (place.txIndex % CHUNK_ENTRIES) : -1;
const blockPart = (position: bigint) => Number(position >> 40n);
const slotPart = (position: bigint) => Number(position & 0xffffffffffn);

export type LedgerStore = ReturnType<typeof createLedgerStore>;

/**
 * The sealed chain: blocks, entries, outputs and who may spend them. Writers run inside `store.transaction`.
 *
 * An output is kept once, within the entry that creates it, and what else must be known of it is in tables of small integers. A block
 * is written in bulk, each table in the order of its key.
 */
export function createLedgerStore(store: Store) {
  const insertBlock = store.prepare("INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?)");
  const selectBlock = store.prepare("SELECT * FROM blocks WHERE number = ?");
  const selectLatestBlock = store.prepare("SELECT * FROM blocks ORDER BY number DESC LIMIT 1");
  const removeBlocks = store.prepare("DELETE FROM blocks WHERE number >= ?");

  const insertChunk = store.prepare("INSERT INTO entries VALUES (?, ?)");
  const selectChunk = store.prepare("SELECT packed FROM entries WHERE key = ?");
  // One statement for both, because every payment asks for an output and whether it is spent.
  const selectWithSpender = store.prepare(
    "SELECT packed, (SELECT spender FROM spends WHERE block = ?2 AND slot = ?3) AS spender FROM entries WHERE key = ?1",
  );
  const selectChunks = store.prepare("SELECT key, packed FROM entries WHERE key >= ? AND key < ? ORDER BY key LIMIT ?");
  const selectDeposit = store.prepare(
    "SELECT k, block, owner, token, amount, output_id FROM deposits WHERE k = ? AND final = 1",
  );

  const insertSpend = store.prepare("INSERT INTO spends VALUES (?, ?, ?)");
  const selectSpender = store.prepare("SELECT spender FROM spends WHERE block = ? AND slot = ?");
  const removeSpend = store.prepare("DELETE FROM spends WHERE block = ? AND slot = ?");

  const transactionIds = createSortedInsert(store, "transaction_ids", 2);
  const outputIds = createSortedInsert(store, "output_ids", 3);
  const unspent = createSortedInsert(store, "unspent_outputs", 3);
  const history = createSortedInsert(store, "address_transactions", 2);
  const selectKeys = store.prepare("SELECT key FROM transaction_ids WHERE prefix = ?");
  const selectPositions = store.prepare("SELECT block, slot FROM output_ids WHERE prefix = ?");
  const selectUnspent = store.prepare(
    "SELECT block, slot FROM unspent_outputs WHERE owner = ? AND (block, slot) > (?, ?) ORDER BY block, slot LIMIT ?",
  );
  const selectHistory = store.prepare(
    "SELECT key FROM address_transactions WHERE address = ? AND key < ? ORDER BY key DESC LIMIT ?",
  );
  const removeOutputId = store.prepare("DELETE FROM output_ids WHERE prefix = ? AND block = ? AND slot = ?");
  const removeUnspent = store.prepare("DELETE FROM unspent_outputs WHERE owner = ? AND block = ? AND slot = ?");
  const removeFrom = [
    store.prepare("DELETE FROM entries WHERE key >= ?"),
    store.prepare("DELETE FROM transaction_ids WHERE key >= ?"),
    store.prepare("DELETE FROM address_transactions WHERE key >= ?"),
  ];

  const selectSum = store.prepare("SELECT amount FROM unspent_sums WHERE token = ?");
  const selectSums = store.prepare("SELECT token, amount FROM unspent_sums ORDER BY token");
  const setSum = store.prepare("INSERT OR REPLACE INTO unspent_sums VALUES (?, ?)");

  /** Changes of the sums that are not written yet. */
  const sums = new Map<Address, bigint>();
  const addToSum = ({ token, amount }: Output) => sums.set(token, (sums.get(token) ?? 0n) + amount);
  const takeFromSum = ({ token, amount }: Output) => sums.set(token, (sums.get(token) ?? 0n) - amount);

  const flush = () => {
    for (const rows of [transactionIds, outputIds, unspent, history]) rows.flush();
    for (const [token, change] of sums) {
      const sum = BigInt((selectSum.get(toBlob(token))?.amount as string | undefined) ?? 0n) + change;
      setSum.run(toBlob(token), `0x${sum.toString(16)}`);
    }
    sums.clear();
  };

  const addUnspent = ({ position, output }: LedgerOutput) => {
    unspent.add(idPrefix(output.owner), blockPart(position), slotPart(position));
    addToSum(output);
  };
  const takeUnspent = ({ position, output }: LedgerOutput) => {
    removeUnspent.run(idPrefix(output.owner), blockPart(position), slotPart(position));
    takeFromSum(output);
  };

  const packedEntry = (place: EntryPlace): PackedEntry | undefined => {
    const row = selectChunk.get(chunkKeyOf(place));
    return row && entryOf(row, place);
  };

  const spenderOf = (position: bigint): EntryPlace | undefined => {
    const row = selectSpender.get(blockPart(position), slotPart(position));
    return row && toPlace(row.spender);
  };

  const depositedAt = (position: bigint): StoredOutput | undefined => {
    const row = selectDeposit.get(Math.floor(slotPart(position) / 2 ** 8) - DEPOSIT_INDEX_BASE);
    const found = row && toDepositOutput(row);
    return found?.position === position ? { ...found, spender: spenderOf(position) } : undefined;
  };

  const outputOf = (position: bigint): StoredOutput | undefined => {
    if (isDepositPosition(position)) return depositedAt(position);
    const [block, slot] = [blockPart(position), slotPart(position)];
    const [txIndex, outputIndex] = [Math.floor(slot / 256), slot % 256];
    const place = { block: position >> 40n, txIndex };
    const row = selectWithSpender.get(chunkKeyOf(place), block, slot);
    const entry = row && entryOf(row, place);
    const output = entry && createdBy(entry.raw, outputIndex);
    return output && { position, outputId: entry.outputId(outputIndex), output, spender: toPlace(row.spender) };
  };

  const entryAt = (place: EntryPlace): StoredEntry | undefined => {
    const entry = packedEntry(place);
    return entry && { ...place, txId: entry.txId(), raw: entry.raw };
  };

  const requireOutput = (position: bigint): LedgerOutput => {
    const created = outputOf(position);
    if (created === undefined) throw new RangeError(`the store has no output at ${position}`);
    return created;
  };

  /** The entries of one block from an index on. */
  function* entriesOf(block: bigint, from = 0, limit = Number.POSITIVE_INFINITY): Generator<PackedEntry & EntryPlace> {
    const skipped = from % CHUNK_ENTRIES;
    const start = keyOf({ block, txIndex: from - skipped });
    const end = keyOf({ block: block + 1n, txIndex: 0 });
    const chunks = limit === Number.POSITIVE_INFINITY ? -1 : Math.ceil((skipped + limit) / CHUNK_ENTRIES);
    let txIndex = from;
    for (const { packed } of selectChunks.all(start, end, chunks)) {
      for (const entry of unpackChunk(packed as Uint8Array, txIndex === from ? skipped : 0)) {
        if (txIndex - from >= limit) return;
        yield { ...entry, block, txIndex: txIndex++ };
      }
    }
  }

  /** Undoes what an entry did to outputs. */
  const removeEntry = ({ block, txIndex, raw, outputId }: PackedEntry & EntryPlace) => {
    for (const [outputIndex, output] of outputsOf(raw).entries()) {
      const position = (block << 40n) | BigInt(txIndex * 256 + outputIndex);
      takeUnspent({ position, outputId: outputId(outputIndex), output });
      removeOutputId.run(idPrefix(outputId(outputIndex)), blockPart(position), slotPart(position));
    }
    if (raw[0] === FEE_CLAIM_TYPE) return;
    for (const { position } of decodeSignedTransaction(raw).transaction.inputs) {
      removeSpend.run(blockPart(position), slotPart(position));
      const created = outputOf(position);
      if (created !== undefined) addUnspent(created); // the reorg may have taken a deposit too
    }
    unspent.flush(); // entries before this one may have made what it spent
  };

  const addSpends = (key: number, { spent }: LedgerEntry, isOfBlock: (position: bigint) => boolean) => {
    for (const output of spent) {
      insertSpend.run(blockPart(output.position), slotPart(output.position), key);
      history.add(idPrefix(output.output.owner), key);
      if (isOfBlock(output.position)) takeFromSum(output.output);
      else takeUnspent(output);
    }
  };

  const addCreated = (key: number, { created }: LedgerEntry, isSpent: (position: bigint) => boolean) => {
    for (const output of created) {
      const { position, outputId } = output;
      outputIds.add(idPrefix(outputId), blockPart(position), slotPart(position));
      history.add(idPrefix(output.output.owner), key);
      if (isSpent(position)) addToSum(output.output);
      else addUnspent(output);
    }
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
    /** Adds a block with all its entries; its number must be the next one. */
    addBlock(block: SealedBlock, entries: readonly LedgerEntry[]): void {
      const { number, root, txCount, sealedAt, depositCount, depositHash } = block;
      insertBlock.run(number, toBlob(root), txCount, sealedAt, depositCount, toBlob(depositHash));
      const firstKey = keyOf({ block: number, txIndex: 0 });
      const isOfBlock = (position: bigint) => position >> 40n === number && !isDepositPosition(position);
      const spentHere = new Set(
        entries.flatMap(({ spent }) => spent.map(({ position }) => position).filter(isOfBlock)),
      );
      for (let from = 0; from < entries.length; from += CHUNK_ENTRIES) {
        insertChunk.run(firstKey + from, packChunk(entries.slice(from, from + CHUNK_ENTRIES).map(toChunkEntry)));
      }
      for (const [txIndex, entry] of entries.entries()) {
        const key = firstKey + txIndex;
        transactionIds.add(idPrefix(entry.txId), key);
        addSpends(key, entry, isOfBlock);
        addCreated(key, entry, (position) => spentHere.has(position));
      }
      flush();
    },
    /** Takes back the blocks from `number` on, which an L1 reorg has taken away. */
    removeBlocks(number: bigint): void {
      const row = selectLatestBlock.get();
      for (let block = row === undefined ? 0n : toBlock(row).number; block >= number; block--) {
        for (const entry of [...entriesOf(block)].reverse()) removeEntry(entry);
      }
      flush();
      for (const statement of removeFrom) statement.run(keyOf({ block: number, txIndex: 0 }));
      removeBlocks.run(number);
    },
    /** Makes a deposit, which its own table holds, an output like all others. */
    addDeposit(output: LedgerOutput): void {
      const { position, outputId } = output;
      outputIds.add(idPrefix(outputId), blockPart(position), slotPart(position));
      if (spenderOf(position) === undefined) addUnspent(output);
      flush();
    },
    removeDeposit(output: LedgerOutput): void {
      const { position, outputId } = output;
      removeOutputId.run(idPrefix(outputId), blockPart(position), slotPart(position));
      if (spenderOf(position) === undefined) takeUnspent(output);
      flush();
    },
    entry: entryAt,
    /** Entries of one block from an index on. */
    entries: (block: bigint, from: number, limit: number): StoredEntry[] =>
      Array.from(entriesOf(block, from, limit), ({ txIndex, txId, raw }) => ({ block, txIndex, txId: txId(), raw })),
    /** Leaves of one block's tree from an index on, which do not keep the entries in memory. */
    leaves: (block: bigint, from = 0, limit = Number.POSITIVE_INFINITY): Uint8Array[] =>
      Array.from(entriesOf(block, from, limit), ({ leaf }) => leaf.slice()),
    findEntry(txId: Hex): StoredEntry | undefined {
      for (const { key } of selectKeys.all(idPrefix(txId))) {
        const entry = entryAt(placeOf(key as number));
        if (entry?.txId === txId) return entry;
      }
      return undefined;
    },
    output: outputOf,
    findOutput(outputId: Hex): StoredOutput | undefined {
      for (const row of selectPositions.all(idPrefix(outputId))) {
        const output = outputOf(positionOf(row));
        if (output?.outputId === outputId) return output;
      }
      return undefined;
    },
    /** Unspent outputs of an address with positions above `after`, oldest first. */
    unspentOutputs(owner: Address, after: bigint, limit: number): StoredOutput[] {
      const found: StoredOutput[] = [];
      let [block, slot] = [blockPart(after), slotPart(after)];
      for (let rows = selectUnspent.all(idPrefix(owner), block, slot, limit); rows.length > 0; ) {
        const outputs = rows.map((row) => ({ ...requireOutput(positionOf(row)), spender: undefined }));
        found.push(...outputs.filter(({ output }) => output.owner === owner));
        if (limit < 0 || found.length >= limit) break;
        ({ block, slot } = rows.at(-1) as { block: number; slot: number });
        rows = selectUnspent.all(idPrefix(owner), block, slot, limit);
      }
      return limit < 0 ? found : found.slice(0, limit);
    },
    /** What all unspent outputs of each token are worth together. */
    unspentSums: (): Map<Address, bigint> =>
      new Map(selectSums.all().map((row) => [toHexText(row.token as Uint8Array), BigInt(row.amount as string)])),
    /** Entries that spend from or pay to an address, newest first, below `before`. */
    history(address: Address, before: EntryPlace | undefined, limit: number): StoredEntry[] {
      const found: StoredEntry[] = [];
      let end = before === undefined ? MAX_KEY : keyOf(before);
      for (let rows = selectHistory.all(idPrefix(address), end, limit); rows.length > 0; ) {
        const entries = rows.flatMap(({ key }) => entryAt(placeOf(key as number)) ?? []);
        found.push(...entries.filter(({ raw }) => concerns(raw, address)));
        if (found.length >= limit) break;
        end = rows.at(-1)?.key as number;
        rows = selectHistory.all(idPrefix(address), end, limit);
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

function entryOf(row: Row, { txIndex }: EntryPlace): PackedEntry | undefined {
  return unpackChunk(row.packed as Uint8Array, txIndex % CHUNK_ENTRIES).next().value;
}

const toPlace = (key: SqlValue | undefined) => (typeof key === "number" ? placeOf(key) : undefined);

const toChunkEntry = ({ txId, leaf, raw, created }: LedgerEntry) => ({
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

const positionOf = (row: Row) => (BigInt(row.block as number) << 40n) | BigInt(row.slot as number);

function toDepositOutput(row: Row): LedgerOutput {
  const [index, block] = [row.k as number, BigInt(row.block as number)];
  const [owner, token] = [toHexText(row.owner as Uint8Array), toHexText(row.token as Uint8Array)];
  return {
    position: depositPosition(index, block),
    outputId: toHexText(row.output_id as Uint8Array),
    output: depositOutput({ index, block, owner, token, amount: BigInt(row.amount as string) }),
  };
}
