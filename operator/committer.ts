import { type Address, encodeFunctionData, type Hex } from "viem";
import { headerHash, type SealedBlock } from "../protocol/block.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { FEE_CLAIM_TYPE } from "../protocol/feeClaim.ts";
import { rootChainAbi } from "../protocol/generated/rootChain.ts";
import type { Keccak256 } from "../protocol/hashing.ts";
import { checkExits } from "../protocol/stateTransition.ts";
import { decodeSignedTransaction } from "../protocol/transaction.ts";
import type { L1Sender } from "../runtime/l1Sender.ts";
import type { LedgerStore } from "../runtime/ledgerStore.ts";
import type { Logger } from "../runtime/logger.ts";
import type { RootChainState } from "../runtime/rootChainState.ts";
import { OperatorError } from "./errors.ts";

export interface CommitterOptions {
  readonly contract: Address;
  readonly maxBlocksPerCommit: number;
  /** Seconds. */
  readonly minExitPeriod: number;
}

interface Modules {
  readonly sender: L1Sender;
  /** Time of the L1 head, seconds; undefined before L1 was read. */
  readonly l1Time: () => number | undefined;
  readonly rootChain: RootChainState;
  readonly ledgerStore: LedgerStore;
  readonly keccak: Keccak256;
  readonly logger: Logger;
}

/** Watchers raise an alarm when a block is committed later than this share of MEP after it was sealed (R3); L1 takes as long at most. */
const ALARM_SHARE = 8;

/**
 * Brings sealed blocks to L1, several in one call when it is behind, one call at a time. Roots come from the store alone,
 * so after a crash or a reorg the same blocks are sent again; only the parent shown with them is L1's present one (I6).
 * `commit` throws OPERATOR_COMMIT_TOO_LATE and what `L1Sender.submit` throws.
 */
export function createCommitter(options: CommitterOptions, modules: Modules): { commit(): Promise<void> } {
  const { sender, rootChain, ledgerStore, logger } = modules;
  const patience = Math.floor(options.minExitPeriod / ALARM_SHARE);

  const sealedAfter = (number: bigint) => {
    const blocks = [];
    for (let next = number + 1n; blocks.length < options.maxBlocksPerCommit; next++) {
      const block = ledgerStore.block(next);
      if (block === undefined) break;
      blocks.push(block);
    }
    return blocks;
  };

  /**
   * A spend is given its place before any exit of its inputs was seen, so a block that is committed in time is valid (R2). One that
   * is late may have been overtaken: it is not committed where it would be invalid once L1 takes it.
   */
  const assertNotOvertaken = (blocks: readonly SealedBlock[]) => {
    const now = modules.l1Time() ?? 0;
    const context = { minExitPeriod: options.minExitPeriod, committedAt: now + patience };
    for (const block of blocks.filter(({ sealedAt }) => now >= sealedAt + patience)) {
      for (const { txId, raw } of ledgerStore.entries(block.number, 0, block.txCount)) {
        const inputs = raw[0] === FEE_CLAIM_TYPE ? [] : decodeSignedTransaction(raw).transaction.inputs;
        try {
          for (const { outputId } of inputs) checkExits(outputId, txId, { ...context, ...block }, rootChain);
        } catch (cause) {
          if (!(cause instanceof ProtocolError)) throw cause;
          const message = `Block ${block.number} waited too long for L1, its transaction ${txId} is no longer valid: rebuild from L1 into an empty directory`;
          throw new OperatorError("OPERATOR_COMMIT_TOO_LATE", message, { block: block.number, txId }, { cause });
        }
      }
    }
  };

  return {
    async commit() {
      const parent = rootChain.newestHeader();
      const blocks = sealedAfter(parent.number);
      const [first, last] = [blocks[0], blocks.at(-1)];
      if (first === undefined || last === undefined) return;
      const key = commitKey(first.number, headerHash(parent, modules.keccak));
      if (sender.statusOf(key) !== undefined) return;
      assertNotOvertaken(blocks);
      await sender.submit({
        key,
        to: options.contract,
        data: encodeFunctionData({
          abi: rootChainAbi,
          functionName: "submitBlocks",
          args: [parent, blocks, last.depositHash],
        }),
        deadline: first.sealedAt + patience,
      });
      logger.info("Submitted blocks to L1", { from: first.number, count: blocks.length });
    },
  };
}

/** One commit of `number` on top of one parent: a reorg that changes the parent's header makes it another commit. */
const commitKey = (number: bigint, parentHash: Hex) => `commit/${number}/${parentHash}`;
