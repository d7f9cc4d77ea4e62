import { type Address, type Hex, parseEventLogs } from "viem";
import { rootChainAbi } from "../protocol/generated/rootChain.ts";
import { PLAIN } from "../protocol/output.ts";
import { decodePosition } from "../protocol/position.ts";
import type { Client } from "./client.ts";
import { clientError } from "./errors.ts";
import { type Exit, listExits } from "./exits.ts";
import { type InFlightExit, listInFlightExits } from "./inFlightExits.ts";
import { type L1Call, sendCall } from "./l1.ts";
import { type DueEntry, processCall } from "./processCall.ts";
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
  return processCall(client.domain.contract, token, due.map(toDueEntry));
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

function toDueEntry({ kind, exit }: Entry): DueEntry {
  if (exit.status !== "ready") return { kind: "dead" };
  if (kind === "inFlight") {
    const { body, terms, inputs, pieces } = exit;
    return { kind, body, terms, inputs, livePieces: pieces.filter(({ state }) => state === "live").length };
  }
  const { originId, position, owner, token, amount } = exit;
  const { outputIndex } = decodePosition(position);
  return { kind, preimage: { originId, outputIndex, output: { owner, token, amount, condition: PLAIN } } };
}

function lower(address: Address): Address {
  return address.toLowerCase() as Address;
}
