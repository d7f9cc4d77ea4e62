import type { Address, Hex } from "viem";
import type { SealedBlock } from "../protocol/block.ts";
import { FEE_CLAIM_TYPE } from "../protocol/feeClaim.ts";
import type { LedgerOutput } from "../protocol/ledger.ts";
import { PLAIN } from "../protocol/output.ts";
import { decodeSignedTransaction } from "../protocol/transaction.ts";
import { idPrefix, toBlob, toHexText } from "./bytes.ts";
import type { Row, Store } from "./store.ts";

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
const blockPart = (position: bigint) => Number(position >> 40n);
const slotPart = (position: bigint) => Number(position & 0xffffffffffn);

/** Addresses whose row ids are kept in memory. */
const ADDRESS_CACHE = 200_000;

export type LedgerStore = ReturnType<typeof createLedgerStore>;

/** The sealed chain: blocks, entries, outputs and who may spend them. Writers run inside `store.transaction`. */
export function createLedgerStore(store: Store) {
  const insertBlock = store.prepare("INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?)");
  const selectBlock = store.prepare("SELECT * FROM blocks WHERE number = ?");
  const selectLatestBlock = store.prepare("SELECT * FROM blocks ORDER BY number DESC LIMIT 1");
  const insertTransaction = store.prepare("INSERT INTO transactions VALUES (?, ?, ?, ?)");
  const insertTransactionId = store.prepare("INSERT INTO transaction_ids VALUES (?, ?)");
  const selectTransaction = store.prepare("SELECT key, id, raw FROM transactions WHERE key = ?");
  const selectTransactions = store.prepare("SELECT key, id, raw FROM transactions WHERE key >= ? AND key < ? LIMIT ?");
  const selectLeaves = store.prepare("SELECT leaf FROM transactions WHERE key >= ? AND key < ?");
  const selectByTransactionId = store.prepare(
    "SELECT t.key, id, raw FROM transaction_ids i JOIN transactions t ON t.key = i.key WHERE prefix = ? AND id = ?",
  );
  const insertAddress = store.prepare("INSERT INTO addresses (address) VALUES (?) ON CONFLICT DO NOTHING");
  const selectAddress = store.prepare("SELECT id FROM addresses WHERE address = ?");
  const insertOutput = store.prepare("INSERT INTO outputs VALUES (?, ?, ?, ?, ?, ?, NULL, ?)");
  const insertOutputId = store.prepare("INSERT INTO output_ids VALUES (?, ?, ?)");
  const setSpender = store.prepare("UPDATE outputs SET spender = ? WHERE block = ? AND slot = ?");
  const outputColumns = `SELECT o.block, o.slot, o.id, owner.address AS owner, token.address AS token, amount, spender, condition
    FROM outputs o JOIN addresses owner ON owner.id = o.owner JOIN addresses token ON token.id = o.token`;
  const selectOutput = store.prepare(`${outputColumns} WHERE o.block = ? AND o.slot = ?`);
  const selectUnspent = store.prepare(
    `${outputColumns} WHERE o.owner = ? AND spender IS NULL AND (o.block, o.slot) > (?, ?) ORDER BY o.block, o.slot LIMIT ?`,
  );
  const selectByOutputId = store.prepare(
    `${outputColumns.replace("FROM outputs o", "FROM output_ids i JOIN outputs o ON o.block = i.block AND o.slot = i.slot")}
    WHERE i.prefix = ? AND o.id = ?`,
  );
  const insertHistory = store.prepare("INSERT OR IGNORE INTO address_transactions VALUES (?, ?)");
  const removeOutputRow = store.prepare("DELETE FROM outputs WHERE block = ? AND slot = ?");
  const removeOutputId = store.prepare("DELETE FROM output_ids WHERE prefix = ? AND block = ? AND slot = ?");
  const clearSpender = store.prepare("UPDATE outputs SET spender = NULL WHERE block = ? AND slot = ?");
  const selectCreated = store.prepare("SELECT block, slot, id FROM outputs WHERE block = ? AND slot >= ? AND slot < ?");
  const removeRows = [
    store.prepare("DELETE FROM transactions WHERE key >= ?"),
    store.prepare("DELETE FROM transaction_ids WHERE key >= ?"),
    store.prepare("DELETE FROM address_transactions WHERE key >= ?"),
  ];
  const removeBlocks = store.prepare("DELETE FROM blocks WHERE number >= ?");
  const selectHistory = store.prepare(
    "SELECT t.key, id, raw FROM address_transactions a JOIN transactions t ON t.key = a.key WHERE address = ? AND a.key < ? ORDER BY a.key DESC LIMIT ?",
  );

  const addressIds = new Map<Address, number>();
  const addressIdOf = (address: Address): number | undefined => {
    const cached = addressIds.get(address);
    if (cached !== undefined) return cached;
    const id = selectAddress.get(toBlob(address))?.id as number | undefined;
    if (id === undefined) return undefined;
    if (addressIds.size >= ADDRESS_CACHE) addressIds.clear();
    addressIds.set(address, id);
    return id;
  };
  const internAddress = (address: Address): number => {
    const known = addressIdOf(address);
    if (known !== undefined) return known;
    insertAddress.run(toBlob(address));
    return selectAddress.get(toBlob(address))?.id as number;
  };

  const addOutput = ({ position, outputId, output }: LedgerOutput) => {
    const [block, slot] = [blockPart(position), slotPart(position)];
    const [owner, token] = [internAddress(output.owner), internAddress(output.token)];
    const condition = output.condition === PLAIN ? null : toBlob(output.condition);
    insertOutput.run(block, slot, toBlob(outputId), owner, token, `0x${output.amount.toString(16)}`, condition);
    insertOutputId.run(idPrefix(outputId), block, slot);
  };

  const removeOutput = ({ position, outputId }: Pick<LedgerOutput, "position" | "outputId">) => {
    const [block, slot] = [blockPart(position), slotPart(position)];
    removeOutputRow.run(block, slot);
    removeOutputId.run(idPrefix(outputId), block, slot);
  };

  /** Undoes what an entry did to outputs. */
  const removeEntry = ({ block, txIndex, raw }: StoredEntry) => {
    for (const row of selectCreated.all(Number(block), txIndex * 256, (txIndex + 1) * 256)) removeOutput(idOf(row));
    if (raw[0] === FEE_CLAIM_TYPE) return;
    for (const { position } of decodeSignedTransaction(raw).transaction.inputs) {
      clearSpender.run(blockPart(position), slotPart(position));
    }
  };

  const addEntry = (place: EntryPlace, { txId, leaf, raw, spent, created }: LedgerEntry) => {
    const key = keyOf(place);
    insertTransaction.run(key, toBlob(txId), leaf, raw);
    insertTransactionId.run(idPrefix(txId), key);
    for (const { position } of spent) setSpender.run(key, blockPart(position), slotPart(position));
    for (const output of created) addOutput(output);
    for (const { output } of [...spent, ...created]) insertHistory.run(internAddress(output.owner), key);
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
      for (const [txIndex, entry] of entries.entries()) addEntry({ block: number, txIndex }, entry);
    },
    /** Takes back the blocks from `number` on, which an L1 reorg has taken away. */
    removeBlocks(number: bigint): void {
      const from = keyOf({ block: number, txIndex: 0 });
      for (const entry of selectTransactions.all(from, MAX_KEY, -1).map(toEntry).reverse()) removeEntry(entry);
      for (const statement of removeRows) statement.run(from);
      removeBlocks.run(number);
    },
    /** Adds an output that no entry creates: a deposit. */
    addOutput,
    removeOutput,
    entry(place: EntryPlace): StoredEntry | undefined {
      const row = selectTransaction.get(keyOf(place));
      return row && toEntry(row);
    },
    /** Entries of one block from an index on. */
    entries(block: bigint, from: number, limit: number): StoredEntry[] {
      const end = keyOf({ block: block + 1n, txIndex: 0 });
      return selectTransactions.all(keyOf({ block, txIndex: from }), end, limit).map(toEntry);
    },
    leaves(block: bigint): Uint8Array[] {
      const [start, end] = [keyOf({ block, txIndex: 0 }), keyOf({ block: block + 1n, txIndex: 0 })];
      return selectLeaves.all(start, end).map((row) => row.leaf as Uint8Array);
    },
    findEntry(txId: Hex): StoredEntry | undefined {
      const row = selectByTransactionId.get(idPrefix(txId), toBlob(txId));
      return row && toEntry(row);
    },
    output(position: bigint): StoredOutput | undefined {
      const row = selectOutput.get(blockPart(position), slotPart(position));
      return row && toOutput(row);
    },
    findOutput(outputId: Hex): StoredOutput | undefined {
      const row = selectByOutputId.get(idPrefix(outputId), toBlob(outputId));
      return row && toOutput(row);
    },
    /** Unspent outputs of an address with positions above `after`, oldest first. */
    unspentOutputs(owner: Address, after: bigint, limit: number): StoredOutput[] {
      const id = addressIdOf(owner);
      return id === undefined ? [] : selectUnspent.all(id, blockPart(after), slotPart(after), limit).map(toOutput);
    },
    /** Entries that spend from or pay to an address, newest first, below `before`. */
    history(address: Address, before: EntryPlace | undefined, limit: number): StoredEntry[] {
      const id = addressIdOf(address);
      const end = before === undefined ? MAX_KEY : keyOf(before);
      return id === undefined ? [] : selectHistory.all(id, end, limit).map(toEntry);
    },
  };
}

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
const idOf = (row: Row) => ({ position: positionOf(row), outputId: toHexText(row.id as Uint8Array) });

function toEntry(row: Row): StoredEntry {
  return { ...placeOf(row.key as number), txId: toHexText(row.id as Uint8Array), raw: row.raw as Uint8Array };
}

function toOutput(row: Row): StoredOutput {
  const spender = row.spender as number | null;
  const condition = row.condition as Uint8Array | null;
  return {
    ...idOf(row),
    output: {
      owner: toHexText(row.owner as Uint8Array),
      token: toHexText(row.token as Uint8Array),
      amount: BigInt(row.amount as string),
      condition: condition === null ? PLAIN : toHexText(condition),
    },
    spender: spender === null ? undefined : placeOf(spender),
  };
}
