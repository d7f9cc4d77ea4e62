import { type Address, concatHex, encodeFunctionData, type Hex, numberToHex, parseEventLogs } from "viem";
import { rootChainAbi } from "../protocol/generated/rootChain.ts";
import { decodePosition } from "../protocol/position.ts";
import type { Client } from "./client.ts";
import { clientError } from "./errors.ts";
import { type Exit, listExits, listQueue } from "./exits.ts";
import { type L1Call, sendCall } from "./l1.ts";

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
  /** Challenged exits that left the queue. */
  readonly dropped: readonly Hex[];
}

// The contract stops early, and succeeds, where too little gas is left for a payout that burns all it may (R22), so an
// estimate would find the gas of one exit only. This is what one entry takes at worst and what must be left at the last.
const GAS_PER_EXIT = 120_000n;
const GAS_LEFT_AT_LAST = 1_200_000n;
// EIP-7825 caps a transaction at 2^24.
const MAX_GAS = 16_000_000n;

/**
 * The L1 transaction that pays what has matured in a token's queue. Throws QUEUE_EMPTY, EXIT_NOT_MATURED.
 */
export async function processExitsCall(client: Client, { token, max }: ProcessRequest): Promise<L1Call> {
  const queue = await listQueue(client, token, max);
  if (queue.length === 0) throw clientError("QUEUE_EMPTY", "no exit of this token waits");
  const exits = new Map((await listExits(client, { outputIds: queue })).map((exit) => [exit.outputId, exit]));
  const entries = queue.flatMap((outputId) => exits.get(outputId) ?? []);
  const blocking = entries.findIndex(({ status }) => status === "waiting");
  const due = blocking === -1 ? entries : entries.slice(0, blocking);
  const [first] = entries;
  if (due.length === 0 && first) {
    const message = `the first exit of the queue is processed after ${new Date(first.exitableAt * 1000).toISOString()}`;
    throw clientError("EXIT_NOT_MATURED", message, { exitableAt: first.exitableAt });
  }
  const openings = due.filter(({ status }) => status === "ready").map(encodeOpening);
  const data = encodeFunctionData({
    abi: rootChainAbi,
    functionName: "processExits",
    args: [token, BigInt(due.length), concatHex(openings), []],
  });
  const gas = GAS_LEFT_AT_LAST + GAS_PER_EXIT * BigInt(due.length);
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
  };
}

/** originId 32 | outputIndex 1 | owner 20 | amount 16: what the output id of a queued exit commits to. */
function encodeOpening({ originId, position, owner, amount }: Exit): Hex {
  const { outputIndex } = decodePosition(position);
  return concatHex([originId, numberToHex(outputIndex, { size: 1 }), owner, numberToHex(amount, { size: 16 })]);
}

function lower(address: Address): Address {
  return address.toLowerCase() as Address;
}
