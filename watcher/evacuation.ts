import type { Address } from "viem";
import { formatPosition } from "../protocol/position.ts";
import type { Chain } from "../runtime/chain.ts";
import type { PlannedMove } from "./moves.ts";
import type { Spends } from "./spends.ts";

export interface Evacuation {
  /** Exits that are called for at L1 time `now`, oldest output first. */
  plan(badFrom: bigint | undefined, now: number): PlannedMove[];
}

export interface EvacuationOptions {
  readonly owner: Address;
  /** L1 time, seconds, that a chain must have been bad before anything exits. */
  readonly delaySeconds: number;
}

interface Modules {
  readonly chain: Chain;
  readonly spends: Spends;
  /** Whether everything that can be had of the committed chain has been fetched. */
  readonly isInStep: () => boolean;
}

/** Exits planned at once; those behind follow when they are on L1. */
const MAX_EXITS = 50;

/**
 * Takes the outputs of one owner to L1 when the chain has gone bad. The delay begins anew with every run, and only once the run is in
 * step: so nothing exits at a start, nor for a request that failed, nor for a fault that goes away again. Outputs that somebody was
 * signed over, though no block has it, are left to their owner (R24).
 */
export function createEvacuation(
  { owner, delaySeconds }: EvacuationOptions,
  { chain, spends, isInStep }: Modules,
): Evacuation {
  const { ledgerStore, rootChain, contract } = chain;
  let badSince: number | undefined;
  return {
    plan(badFrom, now) {
      if (badFrom === undefined) badSince = undefined;
      else if (isInStep()) badSince ??= now;
      if (badFrom === undefined || badSince === undefined || now < badSince + delaySeconds) return [];
      const deadline = (rootChain.commit(badFrom)?.header.timestamp ?? now) + contract.minExitPeriod;
      return ledgerStore
        .unspentOutputs(owner, -1n, -1)
        .filter(({ outputId }) => rootChain.exitOf(outputId) === undefined && spends.spendsOf(outputId).length === 0)
        .slice(0, MAX_EXITS)
        .map(({ position, outputId }) => ({
          key: `startExit/${outputId}`,
          subject: `exit ${formatPosition(position)}`,
          deadline,
          move: { kind: "startExit", position } as const,
        }));
    },
  };
}
