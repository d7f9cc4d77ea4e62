import { type Address, concatHex, encodeFunctionData, type Hex, numberToHex, parseEventLogs } from "viem";
import { encodePreimages } from "../protocol/evidence.ts";
import { rootChainAbi } from "../protocol/generated/rootChain.ts";
import { packTerms } from "../protocol/inFlight.ts";
import { decodePosition } from "../protocol/position.ts";
import type { Client } from "./client.ts";
import { clientError } from "./errors.ts";
import { type Exit, listExits } from "./exits.ts";
import { hasEnded, type InFlightExit, listInFlightExits } from "./inFlightExits.ts";
import { type L1Call, sendCall } from "./l1.ts";
import { listQueue } from "./queue.ts";

export interface ProcessRequest {
  /** Whose queue; zero = ETH. */
  readonly token: Address;
  /** Most entries to process. */
  readonly max: number;
}

export interface ProcessResult {
  readonly transactionHash: Hex;
  readonly gasUsed: bigint;
  /** Paid in this call, in order. `credited`: the receiver refused, so the money waits to be withdrawn. */
  readonly paid: readonly { readonly outputId: Hex; readonly owner: Address; readonly amount: bigint }[];
  readonly credited: readonly { readonly account: Address; readonly token: Address; readonly amount: bigint }[];
  /** Entries that left the queue unpaid: challenged, or finalised by another exit. */
  readonly dropped: readonly Hex[];
  /** In-flight exits that got their verdict, and who got the bond of the exit itself. */
  readonly decided: readonly {
    readonly txId: Hex;
    readonly canonical: boolean;
    readonly bondOwner: Address;
    readonly bond: bigint;
  }[];
}

/** An entry of a queue with what processing has to know and to show of it. */
type Entry =
  | { readonly kind: "standard"; readonly exit: Exit }
  | { readonly kind: "inFlight"; readonly exit: InFlightExit };

// The contract stops early, and succeeds, where too little gas is left for a payout that burns all it may (R22), so an
// estimate would find the gas of one exit only. These are what one entry takes at worst and what must be left at the last.
const GAS_PER_EXIT = 120_000n;
const GAS_PER_INPUT = 60_000n;
const GAS_LEFT_AT_LAST = 1_200_000n;
const GAS_LEFT_AT_PIECE = 700_000n;
// EIP-7825 caps a transaction at 2^24.
const MAX_GAS = 16_000_000n;

/**
 * The L1 transaction that pays what has matured in a token's queue, standard and in-flight exits in its order. Throws
 * QUEUE_EMPTY, EXIT_NOT_MATURED.
 */
export async function processExitsCall(client: Client, { token, max }: ProcessRequest): Promise<L1Call> {
  const entries = await describeEntries(client, await listQueue(client, token, max));
  const [first] = entries;
  if (!first) throw clientError("QUEUE_EMPTY", "no exit of this token waits");
  const blocking = entries.findIndex(isWaiting);
  const due = blocking === -1 ? entries : entries.slice(0, blocking);
  if (due.length === 0) {
    const exitableAt = first.kind === "standard" ? first.exit.exitableAt : first.exit.terms.exitableAt;
    const message = `the first exit of the queue is processed after ${new Date(exitableAt * 1000).toISOString()}`;
    throw clientError("EXIT_NOT_MATURED", message, { exitableAt });
  }
  const openings = due.flatMap((entry) =>
    entry.kind === "standard" && entry.exit.status === "ready" ? encodeOpening(entry.exit) : [],
  );
  const inFlight = due.flatMap((entry) =>
    entry.kind === "inFlight" && entry.exit.status === "ready" ? openingOf(entry.exit) : [],
  );
  const data = encodeFunctionData({
    abi: rootChainAbi,
    functionName: "processExits",
    args: [token, BigInt(due.length), concatHex(openings), inFlight],
  });
  const gas = due.reduce((sum, entry) => sum + gasOf(entry), gasLeftAtLast(due));
  return {
    purpose: "process exits",
    to: client.domain.contract,
    data,
    value: 0n,
    gas: gas < MAX_GAS ? gas : MAX_GAS,
  };
}

/** Pays what has matured, at most `max` entries, and waits until L1 has it. Throws like `processExitsCall`. */
export async function processExits(client: Client, request: ProcessRequest): Promise<ProcessResult> {
  const receipt = await sendCall(client, await processExitsCall(client, request));
  const logs = receipt.logs.filter(({ address }) => address.toLowerCase() === client.domain.contract);
  const events = parseEventLogs({ abi: rootChainAbi, logs });
  return {
    transactionHash: receipt.transactionHash,
    gasUsed: receipt.gasUsed,
    paid: events.flatMap((event) =>
      event.eventName === "ExitProcessed"
        ? { outputId: event.args.outputId, owner: lower(event.args.owner), amount: event.args.paid }
        : [],
    ),
    credited: events.flatMap((event) =>
      event.eventName === "Credited"
        ? { account: lower(event.args.account), token: lower(event.args.token), amount: event.args.amount }
        : [],
    ),
    dropped: events.flatMap((event) => (event.eventName === "ExitDropped" ? event.args.outputId : [])),
    decided: events.flatMap((event) =>
      event.eventName === "InFlightExitDecided" ? { ...event.args, bondOwner: lower(event.args.bondOwner) } : [],
    ),
  };
}

/** What the entries of a queue are, in its order. */
async function describeEntries(client: Client, queue: readonly Hex[]): Promise<Entry[]> {
  if (queue.length === 0) return [];
  const [standard, inFlight] = await Promise.all([listExits(client, { outputIds: queue }), listInFlightExits(client)]);
  const entries = new Map<Hex, Entry>([
    ...standard.map((exit) => [exit.outputId, { kind: "standard", exit }] as const),
    ...inFlight.map((exit) => [exit.entryId, { kind: "inFlight", exit }] as const),
  ]);
  return queue.flatMap((id) => entries.get(id) ?? []);
}

function isWaiting({ kind, exit }: Entry): boolean {
  return exit.status === "waiting" || (kind === "inFlight" && exit.status === "joining");
}

function gasOf(entry: Entry): bigint {
  if (entry.kind === "standard" || hasEnded(entry.exit)) return GAS_PER_EXIT;
  const payments = 1 + liveCount(entry.exit);
  return GAS_PER_INPUT * BigInt(entry.exit.inputs.length) + GAS_PER_EXIT * BigInt(1 + payments);
}

/** The contract begins an entry only with enough gas for payments that all burn what they may. */
function gasLeftAtLast(entries: readonly Entry[]): bigint {
  const pieces = entries.map((entry) => (entry.kind === "inFlight" ? liveCount(entry.exit) : 0));
  return GAS_LEFT_AT_LAST + GAS_LEFT_AT_PIECE * BigInt(Math.max(...pieces));
}

function liveCount({ pieces }: InFlightExit): number {
  return pieces.filter(({ state }) => state === "live").length;
}

/** What processing shows of an in-flight exit. */
function openingOf({ body, terms, transaction, inputs }: InFlightExit) {
  return { body, terms: packTerms(terms, transaction), preimages: encodePreimages(inputs) };
}

/** originId 32 | outputIndex 1 | owner 20 | amount 16: what the output id of a queued exit commits to. */
function encodeOpening({ originId, position, owner, amount }: Exit): Hex {
  const { outputIndex } = decodePosition(position);
  return concatHex([originId, numberToHex(outputIndex, { size: 1 }), owner, numberToHex(amount, { size: 16 })]);
}

function lower(address: Address): Address {
  return address.toLowerCase() as Address;
}
