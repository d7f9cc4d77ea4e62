import { type Address, encodeFunctionData, type Hex } from "viem";
import { headerHash } from "../protocol/block.ts";
import { rootChainAbi } from "../protocol/generated/rootChain.ts";
import type { Keccak256 } from "../protocol/hashing.ts";
import type { L1Sender } from "../runtime/l1Sender.ts";
import type { LedgerStore } from "../runtime/ledgerStore.ts";
import type { Logger } from "../runtime/logger.ts";
import type { RootChainState } from "../runtime/rootChainState.ts";

export interface CommitterOptions {
  readonly contract: Address;
  readonly maxBlocksPerCommit: number;
  /** Seconds. */
  readonly minExitPeriod: number;
}

interface Modules {
  readonly sender: L1Sender;
  readonly rootChain: RootChainState;
  readonly ledgerStore: LedgerStore;
  readonly keccak: Keccak256;
  readonly logger: Logger;
}

/** Watchers raise an alarm when a block is committed later than this share of MEP after it was sealed (R3). */
const ALARM_SHARE = 8;

/**
 * Brings sealed blocks to L1, several in one call when it is behind, one call at a time. Roots come from the store alone,
 * so after a crash or a reorg the same blocks are sent again; only the parent shown with them is L1's present one (I6).
 * `commit` throws what `L1Sender.submit` throws.
 */
export function createCommitter(options: CommitterOptions, modules: Modules): { commit(): Promise<void> } {
  const { sender, rootChain, ledgerStore, logger } = modules;

  const sealedAfter = (number: bigint) => {
    const blocks = [];
    for (let next = number + 1n; blocks.length < options.maxBlocksPerCommit; next++) {
      const block = ledgerStore.block(next);
      if (block === undefined) break;
      blocks.push(block);
    }
    return blocks;
  };

  return {
    async commit() {
      const parent = rootChain.newestHeader();
      const blocks = sealedAfter(parent.number);
      const [first, last] = [blocks[0], blocks.at(-1)];
      if (first === undefined || last === undefined) return;
      const key = commitKey(first.number, headerHash(parent, modules.keccak));
      if (sender.statusOf(key) !== undefined) return;
      await sender.submit({
        key,
        to: options.contract,
        data: encodeFunctionData({
          abi: rootChainAbi,
          functionName: "submitBlocks",
          args: [parent, blocks, last.depositHash],
        }),
        deadline: first.sealedAt + Math.floor(options.minExitPeriod / ALARM_SHARE),
      });
      logger.info("Submitted blocks to L1", { from: first.number, count: blocks.length });
    },
  };
}

/** One commit of `number` on top of one parent: a reorg that changes the parent's header makes it another commit. */
const commitKey = (number: bigint, parentHash: Hex) => `commit/${number}/${parentHash}`;
