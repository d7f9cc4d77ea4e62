import type { Hex } from "viem";
import { decodeFeeClaim, FEE_CLAIM_TYPE, feeClaimOutput } from "../protocol/feeClaim.ts";
import type { Keccak256 } from "../protocol/hashing.ts";
import { type Output, outputIdOf } from "../protocol/output.ts";
import type { OutputPreimage } from "../protocol/spend.ts";
import { decodeSignedTransaction, type Input } from "../protocol/transaction.ts";
import { idPrefix, toBlob, toHexText } from "../runtime/bytes.ts";
import type { Row, Store } from "../runtime/store.ts";

/** A committed block by what L1 says of it. */
export interface BlockId {
  readonly number: bigint;
  readonly root: Hex;
}

/** An entry of a block, or a transaction in no block, with its id. */
export interface LooseEntry {
  readonly txId: Hex;
  readonly raw: Uint8Array;
}

/** Where an entry was seen; L1 need not have the block any more. */
export interface LoosePlace extends BlockId {
  readonly txIndex: number;
}

export interface LooseTransaction extends LooseEntry {
  readonly places: readonly LoosePlace[];
}

export type Evidence = ReturnType<typeof createEvidence>;

/**
 * What was seen and is not in the ledger: entries of blocks that are not valid, or not checked, or no longer on L1, and
 * transactions that somebody told of. Nothing is ever forgotten, since a spend is good for a challenge for ever (R24).
 * Writers run inside `store.transaction`.
 */
export function createEvidence(store: Store, keccak: Keccak256) {
  const insert = store.prepare("INSERT INTO loose_transactions (id, raw) VALUES (?, ?) RETURNING key");
  const insertId = store.prepare("INSERT INTO loose_transaction_ids VALUES (?, ?)");
  const insertInput = store.prepare("INSERT OR IGNORE INTO loose_inputs VALUES (?, ?)");
  const insertOutput = store.prepare("INSERT OR IGNORE INTO loose_outputs VALUES (?, ?, ?)");
  const insertBlock = store.prepare("INSERT INTO loose_blocks (number, root) VALUES (?, ?) RETURNING id");
  const insertPlace = store.prepare("INSERT INTO loose_places VALUES (?, ?, ?, ?)");
  const selectBlock = store.prepare("SELECT id FROM loose_blocks WHERE number = ? AND root = ?");
  const selectEntries = store.prepare(
    "SELECT t.id, raw FROM loose_places p JOIN loose_transactions t ON t.key = p.key WHERE block = ? ORDER BY tx_index",
  );
  const selectEntry = store.prepare(
    "SELECT t.id, raw FROM loose_places p JOIN loose_transactions t ON t.key = p.key WHERE block = ? AND tx_index = ?",
  );
  const selectLeaves = store.prepare("SELECT leaf FROM loose_places WHERE block = ? ORDER BY tx_index");
  const joinKeys = (table: string) =>
    `SELECT t.key, t.id, t.raw FROM ${table} i JOIN loose_transactions t ON t.key = i.key WHERE i.prefix = ?`;
  const selectById = store.prepare(joinKeys("loose_transaction_ids"));
  const selectSpends = store.prepare(joinKeys("loose_inputs"));
  const selectCreators = store.prepare(joinKeys("loose_outputs").replace("t.key,", "i.output_index, t.key,"));
  const selectPlaces = store.prepare(
    "SELECT number, root, tx_index FROM loose_places p JOIN loose_blocks b ON b.id = p.block WHERE key = ? ORDER BY number",
  );

  const keyOf = ({ txId, raw }: LooseEntry): number => {
    const bytes = Buffer.from(raw);
    const known = selectById.all(idPrefix(txId)).find((row) => bytes.equals(row.raw as Uint8Array));
    if (known !== undefined) return known.key as number;
    const key = insert.get(toBlob(txId), raw)?.key as number;
    insertId.run(idPrefix(txId), key);
    for (const { outputId } of inputsOf(raw)) insertInput.run(idPrefix(outputId), key);
    for (const [index, output] of outputsOf(raw).entries()) {
      insertOutput.run(idPrefix(outputIdOf(txId, index, output, keccak)), key, index);
    }
    return key;
  };

  const blockKey = ({ number, root }: BlockId) => selectBlock.get(number, toBlob(root))?.id as number | undefined;

  const toTransaction = (row: Row): LooseTransaction => ({
    ...toEntry(row),
    places: selectPlaces.all(row.key as number).map((place) => ({
      number: BigInt(place.number as number),
      root: toHexText(place.root as Uint8Array),
      txIndex: place.tx_index as number,
    })),
  });

  return {
    keepTransaction: (entry: LooseEntry): void => void keyOf(entry),

    /** Keeps all entries of a block; a block that is kept already is left as it is. */
    keepBlock(block: BlockId, entries: readonly (LooseEntry & { readonly leaf: Uint8Array })[]): void {
      if (blockKey(block) !== undefined) return;
      const id = insertBlock.get(block.number, toBlob(block.root))?.id as number;
      for (const [txIndex, entry] of entries.entries()) insertPlace.run(id, txIndex, keyOf(entry), entry.leaf);
    },

    /** All entries of a block that is kept. */
    entriesOf(block: BlockId): LooseEntry[] | undefined {
      const id = blockKey(block);
      if (id === undefined) return undefined;
      return selectEntries.all(id).map(toEntry);
    },

    /** One entry of a block that is kept. */
    entryAt(place: LoosePlace): LooseEntry | undefined {
      const row = selectEntry.get(blockKey(place) ?? -1, place.txIndex);
      return row && toEntry(row);
    },

    /** The leaves of a block that is kept, in order. */
    leavesOf: (block: BlockId): Uint8Array[] =>
      selectLeaves.all(blockKey(block) ?? -1).map((row) => row.leaf as Uint8Array),

    has: (block: BlockId): boolean => blockKey(block) !== undefined,

    /** Every transaction here that spends an output, complete or not. */
    spendsOf: (outputId: Hex): LooseTransaction[] =>
      selectSpends
        .all(idPrefix(outputId))
        .filter((row) => inputsOf(row.raw as Uint8Array).some((input) => input.outputId === outputId))
        .map(toTransaction),

    /** What creates an output, with the preimage of its id. */
    creatorOf(
      outputId: Hex,
    ): { readonly preimage: OutputPreimage; readonly transaction: LooseTransaction } | undefined {
      for (const row of selectCreators.all(idPrefix(outputId))) {
        const originId = toHexText(row.id as Uint8Array);
        const outputIndex = row.output_index as number;
        const output = outputsOf(row.raw as Uint8Array)[outputIndex];
        if (output === undefined || outputIdOf(originId, outputIndex, output, keccak) !== outputId) continue;
        return { preimage: { originId, outputIndex, output }, transaction: toTransaction(row) };
      }
      return undefined;
    },

    /** All that is known of the transaction with this id; the same transaction with other signatures is another entry. */
    find: (txId: Hex): LooseTransaction[] =>
      selectById
        .all(idPrefix(txId))
        .filter((row) => toHexText(row.id as Uint8Array) === txId)
        .map(toTransaction),
  };
}

const toEntry = (row: Row): LooseEntry => ({
  txId: toHexText(row.id as Uint8Array),
  raw: row.raw as Uint8Array,
});

function inputsOf(raw: Uint8Array): readonly Input[] {
  return raw[0] === FEE_CLAIM_TYPE ? [] : decodeSignedTransaction(raw).transaction.inputs;
}

/** What an entry creates. */
export function outputsOf(raw: Uint8Array): readonly Output[] {
  return raw[0] === FEE_CLAIM_TYPE
    ? [feeClaimOutput(decodeFeeClaim(raw))]
    : decodeSignedTransaction(raw).transaction.outputs;
}
