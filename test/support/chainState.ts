import path from "node:path";
import type { Address, Hex } from "viem";
import { toHexText } from "../../runtime/bytes.ts";
import { createLedgerStore } from "../../runtime/ledgerStore.ts";
import { openStore, type StoreIdentity } from "../../runtime/store.ts";

/** What a service's store says of the chain: its blocks, and its unspent outputs in order of age. */
export interface ChainState {
  readonly blocks: readonly (readonly [number: number, root: Hex])[];
  readonly unspent: readonly (readonly [block: number, slot: number, id: Hex])[];
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
    const blocks = store.prepare("SELECT number, root FROM blocks ORDER BY number").all();
    const unspent = store.prepare("SELECT block, slot FROM unspent_outputs ORDER BY block, slot").all();
    return {
      blocks: blocks.map(({ number, root }) => [number as number, toHexText(root as Uint8Array)]),
      unspent: unspent.map(({ block, slot }) => {
        const position = (BigInt(block as number) << 40n) | BigInt(slot as number);
        return [block as number, slot as number, ledgerStore.output(position)?.outputId ?? "0x"];
      }),
    };
  } finally {
    store.close();
  }
}
