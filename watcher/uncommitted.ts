import { createOperatorApi } from "../client/operatorApi.ts";
import type { RootChainState } from "../runtime/rootChainState.ts";

export interface Uncommitted {
  /** Asks the sources, now and then, for a block that L1 does not have. */
  step(): Promise<void>;
  /** When the oldest such block was sealed; L1 time, seconds. */
  since(): number | undefined;
}

interface Modules {
  readonly rootChain: RootChainState;
  /** Seconds. */
  readonly l1Time: () => number;
  readonly minExitPeriod: number;
}

/** The sources are asked so many times in an exit period. */
const ASKS_PER_PERIOD = 256;

/** Blocks that the operator has sealed and not brought to L1: the operator's word, and good for no more than a warning. */
export function createUncommitted(
  sources: readonly string[],
  { rootChain, l1Time, minExitPeriod }: Modules,
): Uncommitted {
  const apis = sources.map(createOperatorApi);
  let askedAt = Number.NEGATIVE_INFINITY;
  let found: { readonly number: bigint; readonly sealedAt: number } | undefined;

  return {
    async step() {
      if (l1Time() < askedAt + minExitPeriod / ASKS_PER_PERIOD) return;
      askedAt = l1Time();
      const number = rootChain.newestCommitted() + 1n;
      const answers = await Promise.all(apis.map((api) => api.call("plasma_getBlock", number).catch(() => null)));
      const sealed = answers.flatMap((block) => block?.sealedAt ?? []);
      found = sealed.length === 0 ? undefined : { number, sealedAt: Math.min(...sealed) };
    },
    since: () => (found !== undefined && found.number > rootChain.newestCommitted() ? found.sealedAt : undefined),
  };
}
