import type { Address } from "viem";
import { type KnownTransaction, listPieces, type Piece } from "../client/pieces.ts";
import { isConditional } from "../protocol/conditionalSpend.ts";
import { FIRST_OUTPUT_PIECE } from "../protocol/inFlight.ts";
import type { ChainParts } from "../runtime/chain.ts";
import type { CountingSpend, Spends } from "./spends.ts";

/** A piece of a transaction in flight, with what speaks against it. */
export interface FlightPiece extends Piece {
  /** Whether it can pay nobody here: an exit has finalised it (R13), or, conditional, it stands in a block and leaves with its spender (R18). */
  readonly isBarred: boolean;
  /** Spends by other transactions that count (R7). */
  readonly spends: readonly CountingSpend[];
}

export type FlightPieces = ReturnType<typeof createFlightPieces>;

/** Looks up all pieces of a transaction, as they are at L1 time `now`. */
export function createFlightPieces({ rootChain, crypto }: ChainParts, spends: Spends) {
  return (flight: KnownTransaction, now: number): FlightPiece[] => {
    const isIncluded = spends.inclusionOf(flight.txId) !== undefined;
    return listPieces({ crypto }, flight).map((piece) => {
      const { number, outputId, output } = piece;
      const isCreated = number >= FIRST_OUTPUT_PIECE && isIncluded;
      // Whoever spends an output of a transaction in flight shows where that stands.
      const position = flight.transaction.inputs[number]?.position ?? -1n;
      return {
        ...piece,
        isBarred: rootChain.exitOf(outputId)?.finalised !== undefined || (isCreated && isConditional(output)),
        spends: spends.against({ outputId, position }, now, flight.txId),
      };
    });
  };
}

/** Numbers of the pieces that these owners can bring in without losing the bond: neither barred nor spent by another transaction. */
export function soundPieces(pieces: readonly FlightPiece[], owners: ReadonlySet<Address>): number[] {
  return pieces
    .filter(({ output, isBarred, spends }) => owners.has(output.owner) && !isBarred && spends.length === 0)
    .map(({ number }) => number);
}
