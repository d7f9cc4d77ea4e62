import { type Address, concatHex, encodeFunctionData, type Hex, numberToHex } from "viem";
import { fromHex } from "../protocol/bytes.ts";
import { encodePreimages } from "../protocol/evidence.ts";
import { rootChainAbi } from "../protocol/generated/rootChain.ts";
import { type InFlightTerms, packTerms } from "../protocol/inFlight.ts";
import type { OutputPreimage } from "../protocol/spend.ts";
import { decodeBody } from "../protocol/transaction.ts";
import type { L1Call } from "./l1.ts";

/** An entry of a queue whose turn has come, with what processing has to be shown of it. */
export type DueEntry =
  /** Challenged or ended: it leaves the queue as it is. */
  | { readonly kind: "dead" }
  | { readonly kind: "standard"; readonly preimage: OutputPreimage }
  | {
      readonly kind: "inFlight";
      readonly body: Hex;
      readonly terms: InFlightTerms;
      readonly inputs: readonly OutputPreimage[];
      readonly livePieces: number;
    };

// The contract stops early, and succeeds, where too little gas is left for a payout that burns all it may (R22), so an
// estimate would find the gas of one exit only. These are what one entry takes at worst and what must be left at the last.
const GAS_PER_EXIT = 120_000n;
const GAS_PER_INPUT = 60_000n;
const GAS_LEFT_AT_LAST = 1_200_000n;
const GAS_LEFT_AT_PIECE = 700_000n;
// EIP-7825 caps a transaction at 2^24.
const MAX_GAS = 16_000_000n;

/** The L1 transaction that processes the first entries of a token's queue, all of them due. */
export function processCall(contract: Address, token: Address, entries: readonly DueEntry[]): L1Call {
  const openings = entries.flatMap((entry) => (entry.kind === "standard" ? encodeOpening(entry.preimage) : []));
  const inFlight = entries.flatMap((entry) => (entry.kind === "inFlight" ? openingOf(entry) : []));
  const data = encodeFunctionData({
    abi: rootChainAbi,
    functionName: "processExits",
    args: [token, BigInt(entries.length), concatHex(openings), inFlight],
  });
  const gas = entries.reduce((sum, entry) => sum + gasOf(entry), gasLeftAtLast(entries));
  return { purpose: "process exits", to: contract, data, value: 0n, gas: gas < MAX_GAS ? gas : MAX_GAS };
}

function gasOf(entry: DueEntry): bigint {
  if (entry.kind !== "inFlight") return GAS_PER_EXIT;
  return GAS_PER_INPUT * BigInt(entry.inputs.length) + GAS_PER_EXIT * BigInt(2 + entry.livePieces);
}

/** The contract begins an entry only with enough gas for payments that all burn what they may. */
function gasLeftAtLast(entries: readonly DueEntry[]): bigint {
  const pieces = entries.map((entry) => (entry.kind === "inFlight" ? entry.livePieces : 0));
  return GAS_LEFT_AT_LAST + GAS_LEFT_AT_PIECE * BigInt(Math.max(0, ...pieces));
}

/** What processing shows of an in-flight exit. */
function openingOf({ body, terms, inputs }: Extract<DueEntry, { kind: "inFlight" }>) {
  return { body, terms: packTerms(terms, decodeBody(fromHex(body))), preimages: encodePreimages(inputs) };
}

/** originId 32 | outputIndex 1 | owner 20 | amount 16: what the output id of a queued exit commits to. */
function encodeOpening({ originId, outputIndex, output }: OutputPreimage): Hex {
  const [index, amount] = [numberToHex(outputIndex, { size: 1 }), numberToHex(output.amount, { size: 16 })];
  return concatHex([originId, index, output.owner, amount]);
}
