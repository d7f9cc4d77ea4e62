import type { Hex } from "viem";
import type { Verdicts } from "../protocol/conditionVerdicts.ts";
import type { LedgerView } from "../protocol/ledger.ts";
import { type BlockLayer, createBlockLayer } from "./blockLayer.ts";
import type { LedgerStore, StoredEntry, StoredOutput } from "./ledgerStore.ts";
import type { EntryPlace } from "./outputRef.ts";
import type { RootChainState } from "./rootChainState.ts";

/** How far an entry has come: it has its place, its block is in the store and thus final, L1 has the block. */
export type EntryStatus = "pending" | "sealed" | "committed";

/** The chain as the operator has it now: the store, and on top of it the blocks that are not stored yet. */
export interface Ledger {
  /** What the next transaction is judged against. */
  readonly view: LedgerView;
  /** Blocks that are not stored yet, oldest first; only the last one may still take transactions. */
  readonly layers: readonly BlockLayer[];
  /** A layer for the next block, which is no part of the ledger before `push`. */
  createLayer(l1Time: number): BlockLayer;
  push(layer: BlockLayer): void;
  /** Moves the oldest layer, sealed before, into the store. Any other is a bug and throws RangeError. */
  store(layer: BlockLayer): void;
  layerOf(block: bigint): BlockLayer | undefined;
  statusOf(block: bigint): EntryStatus;
  /** Whether what stands there is on disk and may be shown to anybody. */
  isDurable(place: EntryPlace): boolean;
  /** Where a transaction stands; `durable` is false while its acknowledgement is still on its way to the disk. */
  placeOf(txId: Hex): (EntryPlace & { readonly durable: boolean }) | undefined;
  /** The same for a transaction with this first input: where it is in the chain, it is what spends it. */
  placeOfSpend(txId: Hex, firstInput: bigint): EntryPlace | undefined;
  entry(place: EntryPlace): StoredEntry | undefined;
  output(position: bigint): StoredOutput | undefined;
  outputById(outputId: Hex): StoredOutput | undefined;
}

interface Modules {
  readonly ledgerStore: LedgerStore;
  readonly rootChain: RootChainState;
  readonly conditions: Verdicts;
  readonly transaction: <T>(body: () => T) => T;
}

export function createLedger({ ledgerStore, rootChain, conditions, transaction }: Modules): Ledger {
  const layers: BlockLayer[] = [];

  const layerOf = (block: bigint) => layers.find((layer) => layer.number === block);

  const spenderInLayers = (position: bigint): EntryPlace | undefined => {
    for (const layer of layers) {
      const txIndex = layer.spenderOf(position);
      if (txIndex !== undefined) return { block: layer.number, txIndex };
    }
    return undefined;
  };

  const withSpender = (found: StoredOutput): StoredOutput => {
    const spender = spenderInLayers(found.position);
    return spender === undefined ? found : { ...found, spender };
  };

  const output = (position: bigint): StoredOutput | undefined => {
    const created = layerOf(position >> 40n)?.output(position);
    const found = created === undefined ? ledgerStore.output(position) : { ...created, spender: undefined };
    return found && withSpender(found);
  };

  const entry = (place: EntryPlace): StoredEntry | undefined => {
    const pending = layerOf(place.block)?.entries[place.txIndex];
    return pending === undefined ? ledgerStore.entry(place) : { ...place, txId: pending.txId, raw: pending.raw };
  };

  const isDurable = ({ block, txIndex }: EntryPlace) => txIndex < (layerOf(block)?.durable.count ?? Infinity);

  const placeInLayers = (txId: Hex): EntryPlace | undefined => {
    for (const layer of layers) {
      const txIndex = layer.indexOf(txId);
      if (txIndex !== undefined) return { block: layer.number, txIndex };
    }
    return undefined;
  };

  const placeOf = (txId: Hex) => {
    const place = placeInLayers(txId);
    if (place !== undefined) return { ...place, durable: isDurable(place) };
    const stored = ledgerStore.findEntry(txId);
    return stored && { block: stored.block, txIndex: stored.txIndex, durable: true };
  };

  const view: LedgerView = {
    output,
    isSpent: (position) => spenderInLayers(position) !== undefined || ledgerStore.isSpent(position),
    hasTransaction: (txId) => placeOf(txId) !== undefined,
    exitOf: (outputId) => rootChain.exitOf(outputId),
    conditions: {
      /** Final ones only (R4): no reorg of L1 may make a block invalid that is in the making. */
      find(address) {
        const registered = rootChain.condition(address);
        return registered?.final ? registered : undefined;
      },
      verdict: conditions.verdict,
    },
  };

  return {
    view,
    layers,
    createLayer(l1Time) {
      const parent = layers.at(-1) ?? ledgerStore.latestBlock();
      return createBlockLayer((parent?.number ?? 0n) + 1n, Math.max(parent?.sealedAt ?? 0, l1Time));
    },
    push: (layer) => void layers.push(layer),
    store(layer) {
      const sealed = layer.sealed();
      if (sealed === undefined || layers[0] !== layer) {
        throw new RangeError(`block ${layer.number} is not the next one to store`);
      }
      transaction(() => ledgerStore.addBlock(sealed.block, layer.entries, sealed.subtreeRoots));
      layers.shift();
    },
    layerOf,
    statusOf(block) {
      if (layerOf(block) !== undefined) return "pending";
      return block <= rootChain.newestCommitted() ? "committed" : "sealed";
    },
    isDurable,
    placeOf,
    placeOfSpend(txId, firstInput) {
      const spender = spenderInLayers(firstInput) ?? ledgerStore.spenderOf(firstInput);
      return spender !== undefined && entry(spender)?.txId === txId ? spender : undefined;
    },
    entry,
    output,
    outputById(outputId) {
      for (const layer of layers) {
        const created = layer.outputById(outputId);
        if (created !== undefined) return withSpender({ ...created, spender: undefined });
      }
      const stored = ledgerStore.findOutput(outputId);
      return stored && withSpender(stored);
    },
  };
}
