import { keccak256, toHex } from "viem";
import { MAX_BLOCK_TRANSACTIONS } from "../../protocol/generated/constants.ts";
import type { Inclusion } from "../../protocol/inclusion.ts";
import { depthOf, leafHash } from "../../protocol/merkle.ts";
import { depositPosition } from "../../protocol/position.ts";
import type { Input } from "../../protocol/transaction.ts";
import { type SignedEntry, sparsePath } from "./plasma.ts";
import type { World } from "./world.ts";

/** Commits a block of as many transactions as there may be, of which only `entry` is known. */
export async function commitFull(world: World, { txId, witness }: SignedEntry): Promise<Inclusion> {
  const txIndex = MAX_BLOCK_TRANSACTIONS - 1;
  const witnessHash = keccak256(witness);
  const { root, path } = sparsePath(leafHash(txId, witnessHash), txIndex, depthOf(MAX_BLOCK_TRANSACTIONS));
  const header = await world.commit(world.seal(root, MAX_BLOCK_TRANSACTIONS));
  return { header, txIndex, witnessHash, path };
}

/** An input that the contract never asks to see: it names the first deposit's place. */
export const unshownInput = (index: number): Input => ({
  position: depositPosition(0, 0n),
  outputId: keccak256(toHex(`input ${index}`)),
});
