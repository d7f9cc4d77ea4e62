import { type Address, encodeFunctionData, type Hex } from "viem";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import { FIRST_OUTPUT_PIECE, type InFlightTerms, maskOf } from "../../protocol/inFlight.ts";
import { PLAIN } from "../../protocol/output.ts";
import type { Evidence, IncludedOutput, Inclusion, SignedEntry } from "./plasma.ts";

/** An in-flight exit that has started. */
export interface OpenFlight {
  readonly entry: SignedEntry;
  readonly inputs: readonly IncludedOutput[];
  readonly terms: InFlightTerms;
}

/** The front of a queue, or a little behind. */
export const FRONT = { entries: [], walkLimit: 10n };

/** A spend as the contract takes it. */
export const spendOf = ({ body, witness }: SignedEntry, { preimages, inputIndex, inclusion, source }: Evidence) => ({
  body,
  witness,
  preimages,
  inputIndex,
  inclusion: inclusion ? [inclusion] : [],
  source: source ? [source] : [],
});

type Spend = ReturnType<typeof spendOf>;

export const startInFlightExit = ({ entry, inputs }: Omit<OpenFlight, "terms">): Hex =>
  encodeFunctionData({
    abi: rootChainAbi,
    functionName: "startInFlightExit",
    args: [
      entry.body,
      entry.witness,
      inputs.map(({ body, inclusion }) => ({ body, inclusion, previousDepositHash: PLAIN })),
      0,
      FRONT,
    ],
  });

export const piggyback = ({ entry, inputs, terms }: OpenFlight, piece: number): Hex =>
  encodeFunctionData({
    abi: rootChainAbi,
    functionName: "piggyback",
    args: [entry.body, terms, maskOf([piece]), piece < FIRST_OUTPUT_PIECE ? inputs.slice(piece, piece + 1) : [], FRONT],
  });

export const challengeNonCanonical = ({ entry, terms }: OpenFlight, competitor: Spend, beneficiary: Address): Hex =>
  encodeFunctionData({
    abi: rootChainAbi,
    functionName: "challengeNonCanonical",
    args: [entry.body, terms, 0, competitor, beneficiary],
  });

export const respondNonCanonical = ({ entry, terms }: OpenFlight, inclusion: Inclusion, beneficiary: Address): Hex =>
  encodeFunctionData({
    abi: rootChainAbi,
    functionName: "respondNonCanonical",
    args: [entry.body, terms, inclusion, beneficiary],
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
    args: [entry.body, terms, piece, spend, beneficiary],
  });

/** `inputs` are those that are live pieces. */
export const processInFlight = ({ entry, inputs, terms }: OpenFlight, token: Address): Hex =>
  encodeFunctionData({
    abi: rootChainAbi,
    functionName: "processExits",
    args: [token, 1n, "0x", [{ body: entry.body, terms, inputs }]],
  });
