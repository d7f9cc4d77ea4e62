import { setImmediate } from "node:timers/promises";
import { ProtocolError } from "../protocol/errors.ts";
import { type BlockSource, blockService } from "../runtime/blockSource.ts";
import { systemCodeOf } from "../runtime/errors.ts";
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
  /** L1 time, seconds. */
  readonly l1Time: () => number;
  /** Called after every block. */
  readonly onProgress: () => void;
  readonly logger: Logger;
}

/** A block that nobody showed is asked for again after this share of a second, doubled each time, up to the maximum. */
const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 30_000;

/**
 * Fetches the entries of committed blocks from several services, the first that shows the block that L1 has. Only what leads to
 * the committed root is believed, so a source can withhold but not lie.
 */
export function createBlockSync(
  options: { readonly sources: readonly string[]; readonly pollMs: number },
  { chain, l1Time, onProgress, logger }: Modules,
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

  const fetchFrom = async (blocks: BlockSource, commit: Commit): Promise<string | undefined> => {
    try {
      const entries = await blocks(commit.header.number);
      if (entries === undefined) return "BLOCK_UNKNOWN";
      chain.take(commit, entries);
      return undefined;
    } catch (error) {
      if (error instanceof ProtocolError) return error.code;
      const code = systemCodeOf(error);
      if (code?.startsWith("STORE_")) throw error;
      return "SOURCE_UNREACHABLE";
    }
  };

  /** Whether a source showed the block. Those that failed last are asked last, so that a slow one does not hold up the others. */
  const fetchBlock = async (commit: Commit): Promise<boolean> => {
    const [good, bad] = [
      sources.filter(({ host }) => !failing.has(host)),
      sources.filter(({ host }) => failing.has(host)),
    ];
    for (const { host, blocks } of [...good, ...bad]) {
      const code = await fetchFrom(blocks, commit);
      note(host, code, commit.header.number);
      if (code === undefined) return true;
    }
    return false;
  };

  const isDue = ({ hash }: Commit) => performance.now() >= (patience.get(hash)?.notBefore ?? 0);

  const wait = ({ hash }: Commit) => {
    const pauseMs = Math.min(2 * (patience.get(hash)?.pauseMs ?? FIRST_PAUSE_MS / 2), MAX_PAUSE_MS);
    patience.set(hash, { pauseMs, notBefore: performance.now() + pauseMs });
  };

  let isIdle = false;
  const round = async (signal: AbortSignal) => {
    isIdle = false;
    let from = 0n;
    while (!signal.aborted) {
      while (chain.advance()) {
        onProgress();
        await setImmediate();
      }
      const commit = chain.firstWanted(from);
      if (commit === undefined) break;
      from = commit.header.number;
      if (!isDue(commit)) continue;
      if (await fetchBlock(commit)) {
        patience.delete(commit.hash);
        onProgress();
      } else {
        wait(commit);
        chain.miss(commit, l1Time());
        onProgress();
      }
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
    ],
  };
}
