import { type Address, concatHex, encodeFunctionData, type Hex } from "viem";
import { encodeInclusion, encodePreimages, encodeSource, encodeSpend } from "../../protocol/evidence.ts";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import type { Inclusion } from "../../protocol/inclusion.ts";
import { FIRST_OUTPUT_PIECE, type InFlightTerms, maskOf, packTerms } from "../../protocol/inFlight.ts";
import type { Spend } from "../../protocol/spend.ts";
import type { Evidence, IncludedOutput, SignedEntry } from "./plasma.ts";

/** An in-flight exit that has started. */
export interface OpenFlight {
  readonly entry: SignedEntry;
  readonly inputs: readonly IncludedOutput[];
  readonly terms: InFlightTerms;
}

/** The front of a queue, or a little behind. */
export const FRONT = { entries: [], walkLimit: 10n };

export const spendOf = ({ body, witness }: SignedEntry, evidence: Evidence): Spend => ({ body, witness, ...evidence });

export const startInFlightExit = ({ entry, inputs }: Omit<OpenFlight, "terms">): Hex =>
  encodeFunctionData({
    abi: rootChainAbi,
    functionName: "startInFlightExit",
    args: [concatHex([entry.body, entry.witness]), concatHex(inputs.map(encodeSource)), 0, FRONT],
  });

export const piggyback = ({ entry, inputs, terms }: OpenFlight, piece: number): Hex =>
  encodeFunctionData({
    abi: rootChainAbi,
    functionName: "piggyback",
    args: [
      entry.body,
      packTerms(terms, entry.transaction),
      maskOf([piece]),
      encodePreimages(piece < FIRST_OUTPUT_PIECE ? inputs.slice(piece, piece + 1) : []),
      FRONT,
    ],
  });

export const challengeNonCanonical = ({ entry, terms }: OpenFlight, competitor: Spend, beneficiary: Address): Hex =>
  encodeFunctionData({
    abi: rootChainAbi,
    functionName: "challengeNonCanonical",
    args: [entry.body, packTerms(terms, entry.transaction), 0, encodeSpend(competitor), beneficiary],
  });

export const respondNonCanonical = ({ entry, terms }: OpenFlight, inclusion: Inclusion, beneficiary: Address): Hex =>
  encodeFunctionData({
    abi: rootChainAbi,
    functionName: "respondNonCanonical",
    args: [entry.txId, packTerms(terms, entry.transaction), encodeInclusion(inclusion), beneficiary],
  });

export const challengePiggyback = (
  { entry, terms }: OpenFlight,
  piece: number,
  spend: Spend,
  beneficiary: Address,
): Hex =>
  encodeFunctionData({
    abi: rootChainAbi,
    functionName: "challengePiggyback",
    args: [
      entry.body,
      packTerms(terms, entry.transaction),
      piece,
      encodeSpend(spend, piece < FIRST_OUTPUT_PIECE ? "another" : "exiting"),
      beneficiary,
    ],
  });

/** `inputs` are those that are live pieces. */
export const processInFlight = ({ entry, inputs, terms }: OpenFlight, token: Address): Hex =>
  encodeFunctionData({
    abi: rootChainAbi,
    functionName: "processExits",
    args: [
      token,
      1n,
      "0x",
      [{ body: entry.body, terms: packTerms(terms, entry.transaction), preimages: encodePreimages(inputs) }],
    ],
  });
