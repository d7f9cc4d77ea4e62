import { sealedLayerOf } from "../../operator/blockBuilder.ts";
import { toHex } from "../../protocol/bytes.ts";
import type { Crypto } from "../../protocol/hashing.ts";
import { ZERO_HASH } from "../../protocol/hashing.ts";
import { ETH } from "../../protocol/output.ts";
import { createBlockLayer } from "../../runtime/blockLayer.ts";

const ROUNDS = 5;

/** Seconds from the last payment of a full block to the root that goes to L1, as the operator makes it: the median of some rounds. */
export function measureSealing(transactions: number, crypto: Crypto): number {
  const context = { crypto, domain: { chainId: 1n, contract: ETH }, minExitPeriod: 1 };
  const layer = createBlockLayer(1n, 0);
  for (let index = 0; index < transactions; index++) {
    const leaf = crypto.keccak256(Uint8Array.of(index >> 16, index >> 8, index));
    layer.append({ txId: toHex(leaf), leaf, raw: leaf, spent: [], created: [] }, new Map());
  }
  const seconds = Array.from({ length: ROUNDS }, () => {
    const started = performance.now();
    sealedLayerOf(layer, { count: 0, hash: ZERO_HASH }, context);
    return (performance.now() - started) / 1000;
  });
  return seconds.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] as number;
}
