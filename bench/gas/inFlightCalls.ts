import { type Address, encodeFunctionData, type Hex } from "viem";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import { FIRST_OUTPUT_PIECE, type InFlightTerms, maskOf } from "../../protocol/inFlight.ts";
import { ETH, PLAIN } from "../../protocol/output.ts";
import type { Evidence, IncludedOutput, Inclusion, SignedEntry } from "./plasma.ts";

/** An in-flight exit that has started. */
export interface OpenFlight {
  readonly entry: SignedEntry;
  readonly inputs: readonly IncludedOutput[];
  readonly terms: InFlightTerms;
}

const FRONT = { entries: [], walkLimit: 0n };

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
      inputs,
      inputs.map(({ body, inclusion }) => ({ body, inclusion, previousDepositHash: PLAIN })),
      0,
      FRONT,
    ],
  });

export const piggyback = ({ entry, inputs, terms }: OpenFlight, piece: number): Hex =>
  encodeFunctionData({
    abi: rootChainAbi,
    functionName: "piggyback",
    args: [entry.body, terms, maskOf([piece]), piece < FIRST_OUTPUT_PIECE ? inputs : [], FRONT],
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

export const processInFlight = ({ entry, inputs, terms }: OpenFlight): Hex =>
  encodeFunctionData({
    abi: rootChainAbi,
    functionName: "processExits",
    args: [ETH, 1n, "0x", [{ body: entry.body, terms, inputs }]],
  });
