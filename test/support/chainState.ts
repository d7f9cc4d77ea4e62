import path from "node:path";
import type { Address, Hex } from "viem";
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
  const hex = (bytes: unknown): Hex => `0x${Buffer.from(bytes as Uint8Array).toString("hex")}`;
  try {
    const blocks = store.prepare("SELECT number, root FROM blocks ORDER BY number").all();
    const unspent = store
      .prepare("SELECT block, slot, id FROM outputs WHERE spender IS NULL ORDER BY block, slot")
      .all();
    return {
      blocks: blocks.map(({ number, root }) => [number as number, hex(root)]),
      unspent: unspent.map(({ block, slot, id }) => [block as number, slot as number, hex(id)]),
    };
  } finally {
    store.close();
  }
}
