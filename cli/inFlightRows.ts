import type { Address } from "viem";
import { hasEnded, type InFlightExit } from "../client/inFlightExits.ts";
import { FIRST_OUTPUT_PIECE } from "../protocol/inFlight.ts";
import { formatPosition } from "../protocol/position.ts";
import { formatAmount } from "./amounts.ts";
import { formatPiece } from "./pieces.ts";
import type { Tokens } from "./tokens.ts";

/** What somebody is in an in-flight exit. */
export type InFlightRole = "sender" | "receiver" | "starter" | "bond owner" | "bystander";

/** The stable JSON of an in-flight exit. */
export function inFlightData(exit: InFlightExit) {
  const { txId, terms, status, contested, settled, verdict, bondOwner, phaseOneEnds, startedIn } = exit;
  const { startedAt, exitableAt, bond, starter } = terms;
  return {
    txId,
    status,
    contested,
    settled,
    verdict,
    startedAt,
    phaseOneEnds,
    exitableAt,
    position: formatPosition(terms.position),
    bond,
    bondOwner,
    starter,
    pieces: exit.pieces.map(({ number, outputId, output: { owner, token, amount }, state }) => ({
      piece: formatPiece(number),
      outputId,
      owner,
      token,
      amount,
      state,
    })),
    startedIn,
  };
}

/** What an address is in an in-flight exit: several things, or a bystander. */
export function rolesOf({ pieces, terms, bondOwner }: InFlightExit, address: Address): InFlightRole[] {
  const owns = (isInput: boolean) =>
    pieces.some(({ number, output }) => output.owner === address && number < FIRST_OUTPUT_PIECE === isInput);
  const roles: InFlightRole[] = [
    ...(owns(true) ? (["sender"] as const) : []),
    ...(owns(false) ? (["receiver"] as const) : []),
    ...(terms.starter === address ? (["starter"] as const) : []),
    ...(bondOwner === address ? (["bond owner"] as const) : []),
  ];
  return roles.length > 0 ? roles : ["bystander"];
}

/** How it would end as things stand, in a word or two. */
export function describeStanding(exit: InFlightExit): string {
  if (hasEnded(exit)) return exit.status;
  if (exit.verdict !== "none") return exit.verdict;
  return exit.contested ? "contested" : exit.settled ? "canonical for ever" : "canonical as it is";
}

/** Pieces for people: "in0 1.5 ETH, out1 0.5 ETH". */
export async function describePieces(
  pieces: readonly Pick<InFlightExit["pieces"][number], "number" | "output">[],
  tokens: Tokens,
): Promise<string> {
  const texts = await Promise.all(
    pieces.map(
      async ({ number, output }) =>
        `${formatPiece(number)} ${formatAmount(output.amount, await tokens.unitOf(output.token))}`,
    ),
  );
  return texts.length === 0 ? "none" : texts.join(", ");
}
