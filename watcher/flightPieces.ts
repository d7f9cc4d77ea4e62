import type { Address } from "viem";
import { type KnownTransaction, listPieces, type Piece } from "../client/pieces.ts";
import type { ChainParts } from "../runtime/chain.ts";
import type { CountingSpend, Spends } from "./spends.ts";

/** A piece of a transaction in flight, with what speaks against it. */
export interface FlightPiece extends Piece {
  /** Whether an exit has finalised it (R13). */
  readonly isFinalised: boolean;
  /** Spends by other transactions that count (R7). */
  readonly spends: readonly CountingSpend[];
}

export type FlightPieces = ReturnType<typeof createFlightPieces>;

/** Looks up all pieces of a transaction, as they are at L1 time `now`. */
export function createFlightPieces({ rootChain, crypto }: ChainParts, spends: Spends) {
  return (flight: KnownTransaction, now: number): FlightPiece[] =>
    listPieces({ crypto }, flight).map((piece) => {
      const { number, outputId } = piece;
      // Whoever spends an output of a transaction in flight shows where that stands.
      const position = flight.transaction.inputs[number]?.position ?? -1n;
      return {
        ...piece,
        isFinalised: rootChain.exitOf(outputId)?.finalised !== undefined,
        spends: spends.against({ outputId, position }, now, flight.txId),
      };
    });
}

/** Numbers of the pieces that these owners can bring in without losing the bond: neither finalised nor spent by another transaction. */
export function soundPieces(pieces: readonly FlightPiece[], owners: ReadonlySet<Address>): number[] {
  return pieces
    .filter(({ output, isFinalised, spends }) => owners.has(output.owner) && !isFinalised && spends.length === 0)
    .map(({ number }) => number);
}
