import {
  type Abi,
  type Address,
  BaseError,
  type ContractEventName,
  type GetContractEventsReturnType,
  type Hex,
  type PublicClient,
} from "viem";
import { toBlob, toHexText } from "./bytes.ts";
import { RuntimeError } from "./errors.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";
import type { Row, Store } from "./store.ts";

/** When an L1 block counts as irreversible: a tag of the node, or a number of blocks on top. */
export type Finality = "safe" | "finalized" | number;

export interface L1Block {
  readonly number: bigint;
  readonly hash: Hex;
  /** Seconds. */
  readonly timestamp: number;
}

export type L1Event<A extends Abi> = GetContractEventsReturnType<A, ContractEventName<A>, true, bigint, bigint>[number];

/** What the follower keeps in step with L1. All methods run inside the store transaction that moves the cursor. */
export interface L1Handler<A extends Abi> {
  /** One event of a contract, in (block, log index) order, with the time of its L1 block in seconds. */
  onEvent(event: L1Event<A>, timestamp: number): void;
  /** L1 blocks above `block` are gone: undo what their events did. */
  onRollback(block: bigint): void;
  /** Events up to `block` will stay for ever. */
  onFinal(block: bigint): void;
}

export interface L1FollowerOptions<A extends Abi> {
  readonly abi: A;
  /** Whose events are followed. */
  readonly contracts: readonly Address[];
  /** First L1 block that can hold an event, normally that of the deployment. */
  readonly fromBlock: bigint;
  readonly finality: Finality;
  /** Longest range of blocks asked for at once. */
  readonly maxRange: number;
  readonly pollMs: number;
}

export interface L1Follower {
  /** The newest L1 block whose events are in the store. */
  head(): L1Block | undefined;
  /** Newest block that the node reported. */
  nodeHead(): bigint;
  finalBlock(): bigint;
  /**
   * Reads L1 up to its present head, or less when L1 changes meanwhile.
   * Throws L1_UNREACHABLE, also for a node whose head is below what is final, or L1_REORG_TOO_DEEP.
   */
  catchUp(): Promise<void>;
  /** Catches up every `pollMs` until the signal; calls `onStep` after each round, with the error if it failed. */
  run(signal: AbortSignal, onStep: (error?: unknown) => void | Promise<void>): Promise<void>;
}

/** Longest range above the final block, where every single block is kept. */
const UNSETTLED_RANGE = 64n;

interface Modules<A extends Abi> {
  readonly client: PublicClient;
  readonly store: Store;
  readonly handler: L1Handler<A>;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Follows the events of some contracts by block number, survives reorgs, and delivers every event exactly once: the events of a
 * range and the cursor behind it are one transaction of the store. Hashes are kept from the newest final block upwards.
 */
export function createL1Follower<const A extends Abi>(options: L1FollowerOptions<A>, modules: Modules<A>): L1Follower {
  const { client, store, handler, logger } = modules;
  const { abi, finality } = options;
  const address = [...options.contracts];
  const kept = createKeptBlocks(store);
  let head = kept.newest();
  let nodeHead = head?.number ?? 0n;
  let finalBlock = -1n;

  modules.metrics.gauge("plasma_l1_follow_distance_blocks", "L1 blocks that the node has and the store has not", () =>
    Number(nodeHead - (head?.number ?? 0n)),
  );
  const reorgs = modules.metrics.counter("plasma_l1_reorgs_total", "L1 reorgs rolled back");

  const blockAt = async (number: bigint): Promise<L1Block> => {
    const { hash, timestamp } = await client.getBlock({ blockNumber: number });
    return { number, hash, timestamp: Number(timestamp) };
  };

  /** The block before the first event: nothing is ever rolled back below it. */
  const start = async (): Promise<L1Block> => {
    const anchor = await blockAt(options.fromBlock > 0n ? options.fromBlock - 1n : 0n);
    store.transaction(() => kept.append([anchor]));
    return anchor;
  };

  const readFinalBlock = async (): Promise<bigint> => {
    if (typeof finality === "number") return nodeHead - BigInt(finality);
    return (await client.getBlock({ blockTag: finality })).number;
  };

  /** Rolls the store back to the newest kept block that is still on L1. */
  const leaveAbandonedBranch = async (tip: L1Block): Promise<L1Block> => {
    let ancestor: L1Block | undefined = tip;
    while (ancestor !== undefined) {
      if (ancestor.number <= nodeHead && (await blockAt(ancestor.number)).hash === ancestor.hash) break;
      ancestor = kept.before(ancestor.number);
    }
    if (ancestor === tip) return tip;
    if (ancestor === undefined || ancestor.number < finalBlock) {
      const message =
        "L1 replaced blocks that counted as final: check that the node serves the same chain, then rebuild into an empty directory";
      throw new RuntimeError("L1_REORG_TOO_DEEP", message, { head: tip.number, finalBlock });
    }
    const survivor = ancestor.number;
    store.transaction(() => {
      handler.onRollback(survivor);
      kept.rollback(survivor);
    });
    reorgs.inc();
    logger.warn("Rolled back an L1 reorg", { depth: tip.number - survivor, block: survivor });
    return ancestor;
  };

  /**
   * Reads the events after `tip` up to `to`; undefined when L1 changed meanwhile, so that nothing read may be believed.
   * The block `to` before and after all reading is the same one, so everything in between belongs to its chain.
   */
  const readRange = async (tip: L1Block, to: bigint): Promise<L1Block | undefined> => {
    const from = tip.number + 1n;
    const range = { address, abi, fromBlock: from, toBlock: to, strict: true } as const;
    const last = await blockAt(to);
    const events = await client.getContractEvents(range);
    const firstKept = to > finalBlock ? from : to;
    const numbers = new Set(events.map((event) => event.blockNumber));
    for (let number = firstKept; number < to; number++) numbers.add(number);
    const blocks = new Map([[to, last]]);
    for (const block of await Promise.all([...numbers].map(blockAt))) blocks.set(block.number, block);
    const [tipNow, lastNow] = [await blockAt(tip.number), await blockAt(to)];
    if (
      tipNow.hash !== tip.hash ||
      lastNow.hash !== last.hash ||
      events.some((event) => blocks.get(event.blockNumber)?.hash !== event.blockHash)
    ) {
      logger.debug("L1 changed while it was read", { from, to });
      return undefined;
    }
    const keep = [...blocks.values()]
      .filter(({ number }) => number >= firstKept)
      .sort((a, b) => Number(a.number - b.number));
    store.transaction(() => {
      for (const event of events) handler.onEvent(event as L1Event<A>, blocks.get(event.blockNumber)?.timestamp ?? 0);
      kept.append(keep);
      settle(to);
    });
    return last;
  };

  const settle = (newest: bigint) => {
    const settled = finalBlock < newest ? finalBlock : newest;
    handler.onFinal(settled);
    kept.trim(settled);
  };

  const follow = async () => {
    nodeHead = (await client.getBlock({ blockTag: "latest" })).number;
    const oldest = kept.oldest();
    if (oldest !== undefined && nodeHead < oldest.number) {
      const message = `The L1 node is at block ${nodeHead}, block ${oldest.number} was final: wait until it has caught up`;
      throw new RuntimeError("L1_UNREACHABLE", message, { nodeHead, final: oldest.number });
    }
    let tip: L1Block | undefined = await leaveAbandonedBranch(head ?? (await start()));
    head = tip;
    const reportedFinal = await readFinalBlock();
    if (reportedFinal > finalBlock) finalBlock = reportedFinal;
    if (finalBlock > nodeHead) nodeHead = finalBlock; // mined, and final at once, since the head was asked for
    const settledTip = tip;
    store.transaction(() => settle(settledTip.number));
    while (tip !== undefined && tip.number < nodeHead) {
      const last = tip.number < finalBlock ? finalBlock : nodeHead;
      const range = tip.number < finalBlock ? BigInt(options.maxRange) : UNSETTLED_RANGE;
      tip = await readRange(tip, last - tip.number < range ? last : tip.number + range);
      head = tip ?? head;
    }
  };

  const catchUp = async () => {
    try {
      await follow();
    } catch (cause) {
      if (!(cause instanceof BaseError)) throw cause;
      throw new RuntimeError(
        "L1_UNREACHABLE",
        "The L1 node does not answer as it should: check that it runs",
        {},
        { cause },
      );
    }
  };

  return {
    head: () => head,
    nodeHead: () => nodeHead,
    finalBlock: () => finalBlock,
    catchUp,
    async run(signal, onStep) {
      while (!signal.aborted) {
        await onStep(await catchUp().catch((error: unknown) => error));
        await pause(options.pollMs, signal);
      }
    },
  };
}

/** The followed L1 blocks that a reorg could still replace, and the final one below them. */
function createKeptBlocks(store: Store) {
  const columns = "SELECT number, hash, timestamp FROM l1_blocks";
  const newest = store.prepare(`${columns} ORDER BY number DESC LIMIT 1`);
  const oldest = store.prepare(`${columns} ORDER BY number LIMIT 1`);
  const before = store.prepare(`${columns} WHERE number < ? ORDER BY number DESC LIMIT 1`);
  const insert = store.prepare("INSERT INTO l1_blocks (number, hash, timestamp) VALUES (?, ?, ?)");
  const remove = store.prepare("DELETE FROM l1_blocks WHERE number > ?");
  const trim = store.prepare(
    "DELETE FROM l1_blocks WHERE number < (SELECT max(number) FROM l1_blocks WHERE number <= ?)",
  );
  const decode = (row: Row | undefined): L1Block | undefined =>
    row && {
      number: BigInt(row.number as number),
      hash: toHexText(row.hash as Uint8Array),
      timestamp: row.timestamp as number,
    };
  return {
    newest: () => decode(newest.get()),
    oldest: () => decode(oldest.get()),
    before: (number: bigint) => decode(before.get(number)),
    append(blocks: readonly L1Block[]) {
      for (const block of blocks) insert.run(block.number, toBlob(block.hash), block.timestamp);
    },
    rollback: (survivor: bigint) => remove.run(survivor),
    trim: (finalBlock: bigint) => trim.run(finalBlock),
  };
}

/** Resolves after `milliseconds`, or at once when the signal fires. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setTimeout(finish, milliseconds);
    signal.addEventListener("abort", finish, { once: true });
  });
}
