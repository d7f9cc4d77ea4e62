import { setImmediate } from "node:timers/promises";
import type { OpenedBlock } from "../protocol/blockExecution.ts";
import { ProtocolError } from "../protocol/errors.ts";
import type { BlockOpener } from "../runtime/blockOpening.ts";
import { type BlockSource, blockService } from "../runtime/blockSource.ts";
import { RuntimeError } from "../runtime/errors.ts";
import { pause } from "../runtime/l1Follower.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Commit } from "../runtime/rootChainState.ts";
import type { VerifiedChain } from "./verifiedChain.ts";

export interface BlockSync {
  /** Fetches what is wanted until the signal. Throws STORE_*. */
  run(signal: AbortSignal): Promise<void>;
  /** Whether the last round found nothing more that can be had. */
  isIdle(): boolean;
  /** Codes of what failed when it was last tried. */
  troubles(): string[];
}

interface Modules {
  readonly chain: VerifiedChain;
  readonly open: BlockOpener;
  /** L1 time, seconds. */
  readonly l1Time: () => number;
  /** Called after every block. */
  readonly onProgress: () => void;
  readonly logger: Logger;
}

/** A block on its way. */
interface Download {
  readonly commit: Commit;
  /** Its entries have come, or cannot be had. */
  readonly fetched: Promise<void>;
  /** Undefined where no source shows it. */
  readonly opened: Promise<OpenedBlock | undefined>;
}

/** Executing a block holds up all else, so the one behind it has so long to get to the threads first. */
const HEAD_START_MS = 500;
/** A block that nobody showed is asked for again after this share of a second, doubled each time, up to the maximum. */
const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 30_000;

/**
 * Fetches the entries of committed blocks from several services, the first that shows the block that L1 has. Only what leads to
 * the committed root is believed, so a source can withhold but not lie. While a block is executed, other threads open the next one.
 */
export function createBlockSync(
  options: { readonly sources: readonly string[]; readonly pollMs: number },
  { chain, open, l1Time, onProgress, logger }: Modules,
): BlockSync {
  const sources = options.sources.map((url) => ({ host: new URL(url).host, blocks: blockService(url) }));
  const failing = new Map<string, string>();
  const patience = new Map<string, { pauseMs: number; notBefore: number }>();

  const note = (host: string, code: string | undefined, number: bigint) => {
    if (code === undefined) failing.delete(host);
    else if (failing.get(host) !== code) {
      logger.warn("A source does not show a block", { host, block: number, code });
      failing.set(host, code);
    }
  };

  const fetchFrom = async (
    blocks: BlockSource,
    commit: Commit,
    onFetched: () => void,
  ): Promise<OpenedBlock | string> => {
    try {
      const entries = await blocks(commit.header.number);
      if (entries === undefined) return "BLOCK_UNKNOWN";
      const opened = open(commit.header, entries);
      onFetched();
      return await opened;
    } catch (error) {
      if (error instanceof RuntimeError) throw error;
      return error instanceof ProtocolError ? error.code : "SOURCE_UNREACHABLE";
    }
  };

  /** What a source shows. Those that failed last are asked last, so that a slow one does not hold up the others. */
  const fetchBlock = async (commit: Commit, onFetched: () => void): Promise<OpenedBlock | undefined> => {
    const [good, bad] = [
      sources.filter(({ host }) => !failing.has(host)),
      sources.filter(({ host }) => failing.has(host)),
    ];
    for (const { host, blocks } of [...good, ...bad]) {
      const found = await fetchFrom(blocks, commit, onFetched);
      const code = typeof found === "string" ? found : undefined;
      note(host, code, commit.header.number);
      if (typeof found !== "string") return found;
    }
    return undefined;
  };

  const download = (commit: Commit): Download => {
    const { promise: fetched, resolve } = Promise.withResolvers<void>();
    const opened = fetchBlock(commit, resolve).finally(resolve);
    opened.catch(() => {}); // whoever comes to this block hears of it
    return { commit, fetched, opened };
  };

  const isDue = ({ hash }: Commit) => performance.now() >= (patience.get(hash)?.notBefore ?? 0);

  const wait = ({ hash }: Commit) => {
    const pauseMs = Math.min(2 * (patience.get(hash)?.pauseMs ?? FIRST_PAUSE_MS / 2), MAX_PAUSE_MS);
    patience.set(hash, { pauseMs, notBefore: performance.now() + pauseMs });
  };

  let unavailable: string | undefined;
  /** Takes a block in, or tries again later where a condition in it cannot be run now. */
  const take = async (commit: Commit, opened: OpenedBlock, signal: AbortSignal) => {
    try {
      await chain.take(commit, opened, signal);
      unavailable = undefined;
      patience.delete(commit.hash);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof RuntimeError && error.code === "CONDITION_UNAVAILABLE")) throw error;
      if (unavailable === undefined) logger.warn("A block asks a condition that cannot be run", { error });
      unavailable = error.code;
      wait(commit);
    }
  };

  let isIdle = false;
  const round = async (signal: AbortSignal) => {
    isIdle = false;
    let from = 0n;
    let ahead: Download | undefined;
    while (!signal.aborted) {
      for (let here = chain.nextHere(); here !== undefined && isDue(here.commit); here = chain.nextHere()) {
        await take(here.commit, await open(here.commit.header, here.rawEntries), signal);
        onProgress();
        await setImmediate();
      }
      const commit = chain.firstWanted(from);
      if (commit === undefined) break;
      from = commit.header.number;
      if (!isDue(commit)) continue;
      const current = ahead?.commit.hash === commit.hash ? ahead : download(commit);
      const following = chain.firstWanted(from);
      ahead = following !== undefined && isDue(following) ? download(following) : undefined;
      const opened = await current.opened;
      if (opened === undefined) {
        wait(commit);
        chain.miss(commit, l1Time());
      } else {
        if (ahead !== undefined) await Promise.race([ahead.fetched, pause(HEAD_START_MS, signal)]);
        await take(commit, opened, signal);
      }
      onProgress();
    }
    isIdle = true;
  };

  return {
    async run(signal) {
      while (!signal.aborted) {
        await round(signal);
        await pause(options.pollMs, signal);
      }
    },
    isIdle: () => isIdle,
    troubles: () => [
      ...(chain.missing().length > 0 ? ["BLOCKS_MISSING"] : []),
      ...(failing.size === sources.length ? ["SOURCES_FAILING"] : []),
      ...(unavailable === undefined ? [] : [unavailable]),
    ],
  };
}
