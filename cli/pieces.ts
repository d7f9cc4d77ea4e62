import { FIRST_OUTPUT_PIECE } from "../protocol/inFlight.ts";
import { optional, type Parameter } from "./command.ts";
import { CliError } from "./errors.ts";

/** Pieces as people write them: in0 is the first input, out1 the second output. */
export function formatPiece(piece: number): string {
  return piece < FIRST_OUTPUT_PIECE ? `in${piece}` : `out${piece - FIRST_OUTPUT_PIECE}`;
}

export function readPiece(written: string): number {
  const [, side, index] = /^(in|out)([0-7])$/.exec(written) ?? [];
  if (index === undefined) throw new CliError("USAGE", `"${written}" is not an input or output such as in0 or out1`);
  return side === "in" ? Number(index) : FIRST_OUTPUT_PIECE + Number(index);
}

/** Undefined where it is left out: all that the account owns. */
export const pieces: Parameter<readonly number[] | undefined> = optional(
  "--pieces <list>",
  "which inputs and outputs take part, such as in0,out1, or none (default: all of yours, on both sides)",
  (written) => (written === "none" ? [] : written.split(",").map(readPiece)),
);
