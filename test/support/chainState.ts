import path from "node:path";
import type { Address, Hex } from "viem";
import { LIMITS } from "../../protocol/limits.ts";
import { depositPosition, encodePosition, formatPosition } from "../../protocol/position.ts";
import { toHexText } from "../../runtime/bytes.ts";
import { createLedgerStore } from "../../runtime/ledgerStore.ts";
import { openStore, type StoreIdentity } from "../../runtime/store.ts";

/** What a service's store says of the chain: its blocks, and its unspent outputs in order of age. */
export interface ChainState {
  readonly blocks: readonly (readonly [number: number, root: Hex])[];
  readonly unspent: readonly (readonly [position: string, id: Hex])[];
}

/** Reads the store of a service that has stopped. */
export async function openChainState(
  dataDir: string,
  kind: StoreIdentity["kind"],
  contract: Address,
): Promise<ChainState> {
  const store = openStore(path.join(dataDir, "store.sqlite"), { kind, chainId: 31337n, contract });
  const ledgerStore = createLedgerStore(store);
  try {
    const blocks = store.prepare("SELECT number, root, tx_count FROM blocks ORDER BY number").all();
    const deposits = store.prepare("SELECT block, k FROM deposits").all();
    const positions = [
      ...deposits.map(({ block, k }) => depositPosition(k as number, BigInt(block as number))),
      ...blocks.flatMap(({ number, tx_count }) => outputPositions(BigInt(number as number), tx_count as number)),
    ].sort((a, b) => (a < b ? -1 : 1));
    return {
      blocks: blocks.map(({ number, root }) => [number as number, toHexText(root as Uint8Array)]),
      unspent: positions.flatMap((position) => {
        const output = ledgerStore.output(position);
        const isUnspent = output !== undefined && output.spender === undefined;
        return isUnspent ? [[formatPosition(position), output.outputId]] : [];
      }),
    };
  } finally {
    store.close();
  }
}

/** Where outputs of a block can be. */
function outputPositions(block: bigint, txCount: number): bigint[] {
  const indexes = Array.from({ length: LIMITS.maxOutputs }, (_, outputIndex) => outputIndex);
  return Array.from({ length: txCount }, (_, txIndex) =>
    indexes.map((outputIndex) => encodePosition({ block, txIndex, outputIndex })),
  ).flat();
}
