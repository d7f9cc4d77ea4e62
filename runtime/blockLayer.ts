import type { Address, Hex } from "viem";
import type { SealedBlock } from "../protocol/block.ts";
import type { LedgerOutput } from "../protocol/ledger.ts";
import type { LedgerEntry } from "./ledgerStore.ts";
import { entryKeyOf, outputIndexOf, refAt, requireRef, txIndexOf } from "./outputRef.ts";

/** A block as it is committed, and what its tree is made of. */
export interface SealedLayer {
  readonly block: SealedBlock;
  readonly subtreeRoots: readonly Uint8Array[];
}

/** A block that is not in the store yet, with what its entries change in the ledger. */
export interface BlockLayer {
  readonly number: bigint;
  readonly sealedAt: number;
  readonly entries: readonly LedgerEntry[];
  /** Bytes of the block. */
  bytes(): number;
  /** Fees per token. */
  readonly fees: ReadonlyMap<Address, bigint>;
  /** What goes to L1; undefined while the block takes transactions. */
  sealed(): SealedLayer | undefined;
  seal(sealed: SealedLayer): void;
  append(entry: LedgerEntry, fees: ReadonlyMap<Address, bigint>): void;
  /** Entries with a lower index are on disk and may be shown to anybody. */
  readonly durable: { count: number };
  output(position: bigint): LedgerOutput | undefined;
  outputById(outputId: Hex): LedgerOutput | undefined;
  /** Index of the entry that spends an output. */
  spenderOf(position: bigint): number | undefined;
  indexOf(txId: Hex): number | undefined;
  /** Outputs made for an address, oldest first, spent or not. */
  createdFor(owner: Address): readonly LedgerOutput[];
  /** Indexes of the entries that spend from or pay to an address, oldest first. */
  entriesOf(address: Address): readonly number[];
}

const ENTRY_LENGTH_BYTES = 4;

/**
 * Ids and addresses are indexed when somebody first asks after an entry was added: judging a payment looks up positions alone, and most
 * blocks are full before anybody asks for more.
 */
export function createBlockLayer(number: bigint, sealedAt: number): BlockLayer {
  const entries: LedgerEntry[] = [];
  const totalFees = new Map<Address, bigint>();
  const spenders = new Map<number, number>();
  let bytes = 0;
  let sealed: SealedLayer | undefined;

  const indexes = new Map<Hex, number>();
  const createdById = new Map<Hex, LedgerOutput>();
  const byOwner = new Map<Address, LedgerOutput[]>();
  const byAddress = new Map<Address, number[]>();
  let indexed = 0;

  const remember = (address: Address, index: number) => {
    const known = byAddress.get(address);
    if (known === undefined) byAddress.set(address, [index]);
    else if (known.at(-1) !== index) known.push(index);
  };

  const indexEntries = () => {
    for (; indexed < entries.length; indexed++) {
      const entry = entries[indexed] as LedgerEntry;
      indexes.set(entry.txId, indexed);
      for (const { output } of entry.spent) remember(output.owner, indexed);
      for (const output of entry.created) {
        const { owner } = output.output;
        createdById.set(output.outputId, output);
        remember(owner, indexed);
        const owned = byOwner.get(owner);
        if (owned === undefined) byOwner.set(owner, [output]);
        else owned.push(output);
      }
    }
  };

  return {
    number,
    sealedAt,
    entries,
    fees: totalFees,
    durable: { count: 0 },
    bytes: () => bytes,
    sealed: () => sealed,
    seal(made) {
      sealed = made;
    },
    append(entry, fees) {
      const index = entries.push(entry) - 1;
      bytes += ENTRY_LENGTH_BYTES + entry.raw.length;
      for (const { position } of entry.spent) spenders.set(requireRef(position), index);
      for (const [token, fee] of fees) totalFees.set(token, (totalFees.get(token) ?? 0n) + fee);
    },
    output(position) {
      const ref = refAt(position);
      if (ref === undefined) return undefined;
      const found = entries[txIndexOf(entryKeyOf(ref))]?.created[outputIndexOf(ref)];
      return found?.position === position ? found : undefined;
    },
    outputById(outputId) {
      indexEntries();
      return createdById.get(outputId);
    },
    spenderOf(position) {
      const ref = refAt(position);
      return ref === undefined ? undefined : spenders.get(ref);
    },
    indexOf(txId) {
      indexEntries();
      return indexes.get(txId);
    },
    createdFor(owner) {
      indexEntries();
      return byOwner.get(owner) ?? [];
    },
    entriesOf(address) {
      indexEntries();
      return byAddress.get(address) ?? [];
    },
  };
}
