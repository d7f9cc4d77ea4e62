import type { Address } from "viem";
import type { GuardKit } from "../client/guardKit.ts";
import { ZERO_ADDRESS } from "../protocol/hashing.ts";
import { formatPosition } from "../protocol/position.ts";
import type { Chain } from "../runtime/chain.ts";
import type { StoredOutput } from "../runtime/ledgerStore.ts";
import type { Move, PlannedMove } from "./moves.ts";
import type { Spends } from "./spends.ts";

export interface Evacuation {
  /** Exits that are called for at L1 time `now`, oldest output first. */
  plan(badFrom: bigint | undefined, now: number): PlannedMove[];
}

export interface EvacuationOptions {
  /** The account that acts. */
  readonly account: Address;
  /** Whether its own outputs exit. */
  readonly own: boolean;
  /** L1 time, seconds, that a chain must have been bad before anything exits. */
  readonly delaySeconds: number;
}

interface Modules {
  readonly chain: Chain;
  readonly spends: Spends;
  /** Permissions of others. */
  readonly permitted: () => GuardKit["exits"];
  /** Whether everything that can be had of the committed chain has been fetched. */
  readonly isInStep: () => boolean;
}

/** Exits planned at once; those behind follow when they are on L1. */
const MAX_EXITS = 50;

/**
 * Takes outputs to L1 when the chain has gone bad: the account's own, and those of others who permit it. The delay begins anew with
 * every run, and only once the run is in step: so nothing exits at a start, nor for a request that failed, nor for a fault that goes
 * away again. Outputs that somebody was signed over, though no block has it, are left to their owner (R24).
 */
export function createEvacuation(options: EvacuationOptions, modules: Modules): Evacuation {
  const { account, own, delaySeconds } = options;
  const { chain, spends, permitted, isInStep } = modules;
  const { ledgerStore, rootChain, contract } = chain;
  let badSince: number | undefined;

  /** An output of the valid chain that nobody has spent or taken to L1. */
  const mayLeave = ({ outputId, spender }: StoredOutput) =>
    spender === undefined && rootChain.exitOf(outputId) === undefined && spends.spendsOf(outputId).length === 0;

  const ownExits = (): StoredOutput[] => (own ? ledgerStore.unspentOutputs(account, -1n, -1).filter(mayLeave) : []);

  const othersExits = (now: number) =>
    permitted().flatMap(({ proof, authorization }) => {
      const { starter, deadline } = authorization;
      const isGood = (starter === ZERO_ADDRESS || starter === account) && deadline >= now;
      const output = isGood ? ledgerStore.findOutput(proof.outputId) : undefined;
      return output !== undefined && mayLeave(output) ? [{ output, proof, authorization }] : [];
    });

  return {
    plan(badFrom, now) {
      if (badFrom === undefined) badSince = undefined;
      else if (isInStep()) badSince ??= now;
      if (badFrom === undefined || badSince === undefined || now < badSince + delaySeconds) return [];
      const deadline = (rootChain.commit(badFrom)?.header.timestamp ?? now) + contract.minExitPeriod;
      const moves: { readonly output: StoredOutput; readonly move: Move }[] = [
        ...ownExits().map((output) => ({ output, move: { kind: "startExit", position: output.position } as const })),
        ...othersExits(now).map(({ output, proof, authorization }) => ({
          output,
          move: { kind: "startExit", position: output.position, permission: { proof, authorization } } as const,
        })),
      ];
      return moves
        .sort((a, b) => (a.output.position < b.output.position ? -1 : 1))
        .slice(0, MAX_EXITS)
        .map(({ output: { outputId, position }, move }) => ({
          key: `startExit/${outputId}`,
          subject: `exit ${formatPosition(position)}`,
          deadline,
          move,
        }));
    },
  };
}
