import { type Address, concatHex, type Hex } from "viem";
import type { GuardKit } from "../client/guardKit.ts";
import { isConditional } from "../protocol/conditionalSpend.ts";
import { ZERO_ADDRESS } from "../protocol/hashing.ts";
import { formatPosition } from "../protocol/position.ts";
import type { Chain } from "../runtime/chain.ts";
import type { StoredOutput } from "../runtime/ledgerStore.ts";
import { type FlightPieces, soundPieces } from "./flightPieces.ts";
import type { PlannedMove } from "./moves.ts";
import type { CompleteSpend, Spends } from "./spends.ts";
import { type WayOut, wayOut } from "./wayOut.ts";

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
  readonly piecesOf: FlightPieces;
  /** Permissions of others. */
  readonly permitted: () => GuardKit["exits"];
  /** Whether everything that can be had of the committed chain has been fetched. */
  readonly isInStep: () => boolean;
}

/** An exit that is called for, with the oldest output that leaves by it. */
interface Departure extends Omit<PlannedMove, "deadline"> {
  readonly output: StoredOutput;
}

/** Exits planned at once; those behind follow when they are on L1. */
const MAX_EXITS = 50;

/**
 * Takes outputs to L1 when the chain has gone bad: the account's own, and those of others who permit it. The delay begins anew with
 * every run, and only once the run is in step: so nothing exits at a start, nor for a request that failed, nor for a fault that goes
 * away again. An own output that somebody was signed over, though no valid block has it, leaves by the in-flight exit of what spends
 * it, which only its owner can take part in (R24); so does a conditional one.
 */
export function createEvacuation(options: EvacuationOptions, modules: Modules): Evacuation {
  const { account, own, delaySeconds } = options;
  const { chain, spends, piecesOf, permitted, isInStep } = modules;
  const { ledgerStore, rootChain, contract } = chain;
  const { minExitPeriod } = contract;
  let badSince: number | undefined;

  const wayOutOf = (output: StoredOutput, now: number): WayOut | undefined =>
    wayOut({
      isConditional: isConditional(output.output),
      exits: rootChain.exitOf(output.outputId),
      spends: spends.waysOut(output),
      now,
      validatedUntil: ledgerStore.latestBlock()?.sealedAt ?? 0,
      minExitPeriod,
    });

  const standardExit = (output: StoredOutput, permission?: GuardKit["exits"][number]): Departure => ({
    output,
    key: `startExit/${output.outputId}`,
    subject: `exit ${formatPosition(output.position)}`,
    move: { kind: "startExit", position: output.position, ...(permission && { permission }) },
  });

  /** Nothing where an input was created in no valid block: then there is no place in the queue before what a bad block made. */
  const inFlightExit = (output: StoredOutput, spend: CompleteSpend, now: number): Departure[] => {
    const { txId, transaction } = spend;
    const { body, witness, preimages: inputs } = spend.spend;
    const isProven = transaction.inputs.every(
      ({ position, outputId }) => ledgerStore.output(position)?.outputId === outputId,
    );
    const pieces = isProven ? soundPieces(piecesOf({ txId, transaction, inputs }, now), new Set([account])) : [];
    if (pieces.length === 0) return [];
    const last = rootChain.inFlightExits.get(txId)?.terms.startedAt ?? 0;
    const raw = concatHex([body, witness]);
    return [
      {
        output,
        key: `startInFlightExit/${txId}/${last}`,
        subject: `in-flight ${txId}`,
        move: { kind: "startInFlightExit", raw, pieces },
      },
    ];
  };

  const ownExits = (now: number): Departure[] => {
    const inFlight = new Set<Hex>();
    return ledgerStore.unspentOutputs(account, -1n, -1).flatMap((output) => {
      const way = wayOutOf(output, now);
      if (way === undefined) return [];
      if (way.kind === "standard") return [standardExit(output)];
      const { txId } = way.spend;
      if (inFlight.has(txId)) return [];
      inFlight.add(txId);
      return inFlightExit(output, way.spend, now);
    });
  };

  const othersExits = (now: number): Departure[] =>
    permitted().flatMap((permission) => {
      const { proof, authorization } = permission;
      const { starter, deadline } = authorization;
      const isGood = (starter === ZERO_ADDRESS || starter === account) && deadline >= now;
      const output = isGood ? ledgerStore.findOutput(proof.outputId) : undefined;
      if (output === undefined || output.spender !== undefined) return [];
      return wayOutOf(output, now)?.kind === "standard" ? [standardExit(output, permission)] : [];
    });

  return {
    plan(badFrom, now) {
      if (badFrom === undefined) badSince = undefined;
      else if (isInStep()) badSince ??= now;
      if (badFrom === undefined || badSince === undefined || now < badSince + delaySeconds) return [];
      const deadline = (rootChain.commit(badFrom)?.header.timestamp ?? now) + minExitPeriod;
      return [...(own ? ownExits(now) : []), ...othersExits(now)]
        .sort((a, b) => (a.output.position < b.output.position ? -1 : 1))
        .slice(0, MAX_EXITS)
        .map(({ key, subject, move }) => ({ key, subject, deadline, move }));
    },
  };
}
