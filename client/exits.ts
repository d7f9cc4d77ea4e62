import type { Address, Hex } from "viem";
import { formatPosition } from "../protocol/position.ts";
import type { Client } from "./client.ts";
import { clientError } from "./errors.ts";
import { eventPages, type RootChainEvent } from "./events.ts";
import { atL1, rootChain } from "./l1.ts";

/** Where an exit stands. `dropped`: it was challenged and has left the queue, so its output may start to exit again. */
export type ExitStatus = "waiting" | "ready" | "challenged" | "dropped" | "paid";

export interface Exit {
  readonly outputId: Hex;
  readonly position: bigint;
  readonly owner: Address;
  readonly token: Address;
  readonly amount: bigint;
  /** Id of the transaction or deposit origin that the output id commits to. */
  readonly originId: Hex;
  /** L1 timestamp, seconds: processed strictly after it. */
  readonly exitableAt: number;
  /** Wei; zero once it has gone to a challenger. */
  readonly bond: bigint;
  readonly bondOwner: Address;
  readonly status: ExitStatus;
  readonly startedIn: Hex;
}

export interface ExitFilter {
  readonly owner?: Address;
  readonly token?: Address;
  readonly outputIds?: readonly Hex[];
}

/** States of the contract's record of an exit. */
const STATE = { none: 0, live: 1, liveAuthorized: 2, challenged: 3, paid: 4 } as const;

const SENTINEL: Hex = `0x${"1".padStart(64, "0")}`;

/**
 * Every exit that L1 knows, oldest start first; one started again is listed once, as it is now. Status `ready` is by the
 * timestamp of the newest L1 block.
 */
export async function listExits(client: Client, filter: ExitFilter = {}): Promise<Exit[]> {
  const { owner, token, outputIds } = filter;
  const { number, timestamp } = await atL1(client.l1.getBlock({ blockTag: "latest" }));
  const indexed = {
    ...(owner === undefined ? {} : { owner }),
    ...(token === undefined ? {} : { token }),
    ...(outputIds === undefined ? {} : { outputId: [...outputIds] }),
  };
  const newest = new Map<Hex, RootChainEvent<"ExitStarted">>();
  for await (const logs of eventPages(client, "ExitStarted", indexed, number)) {
    for (const log of logs) newest.set(log.args.outputId, log);
  }
  return Promise.all(
    [...newest.values()].map(async ({ args, transactionHash }): Promise<Exit> => {
      const { state, bond } = await readExit(client, args.outputId);
      return {
        outputId: args.outputId,
        position: args.position,
        owner: args.owner.toLowerCase() as Address,
        token: args.token.toLowerCase() as Address,
        amount: args.amount,
        originId: args.originId,
        exitableAt: args.exitableAt,
        bond,
        bondOwner: args.bondOwner.toLowerCase() as Address,
        status: statusOf(state, args.exitableAt < Number(timestamp)),
        startedIn: transactionHash,
      };
    }),
  );
}

/** The exit of the output at a position. Throws EXIT_UNKNOWN. */
export async function findExit(client: Client, position: bigint): Promise<Exit> {
  const exit = (await listExits(client)).findLast((candidate) => candidate.position === position);
  if (!exit) throw clientError("EXIT_UNKNOWN", `no exit of ${formatPosition(position)} was ever started`, { position });
  return exit;
}

/** What is left in a token's queue, in the order in which it is paid: at most `limit` entries from the head. */
export async function listQueue(client: Client, token: Address, limit: number): Promise<Hex[]> {
  const entries: Hex[] = [];
  let id = await nextInQueue(client, token, SENTINEL);
  while (id > SENTINEL && entries.length < limit) {
    entries.push(id);
    id = await nextInQueue(client, token, id);
  }
  return entries;
}

/** How many entries stand before `outputId` in its queue, counting at most `limit`; undefined where it is not found. */
export async function countAhead(
  client: Client,
  token: Address,
  outputId: Hex,
  limit: number,
): Promise<number | undefined> {
  const index = (await listQueue(client, token, limit)).indexOf(outputId);
  return index === -1 ? undefined : index;
}

function nextInQueue(client: Client, token: Address, after: Hex): Promise<Hex> {
  return atL1(client.l1.readContract({ ...rootChain(client), functionName: "nextExit", args: [token, after] }));
}

function readExit(client: Client, outputId: Hex) {
  return atL1(client.l1.readContract({ ...rootChain(client), functionName: "exitOf", args: [outputId] }));
}

function statusOf(state: number, matured: boolean): ExitStatus {
  if (state === STATE.challenged) return "challenged";
  if (state === STATE.paid) return "paid";
  if (state === STATE.none) return "dropped";
  return matured ? "ready" : "waiting";
}

/** Entries walked in one call of the view; each costs the node about 4,500 gas. */
const HINT_STEPS = 1_000n;

/** The entry of the token's queue to insert an exit with this order behind, as of now (R25). */
export async function findHint(client: Client, token: Address, exitableAt: number, position: bigint): Promise<Hex> {
  let from = SENTINEL;
  for (;;) {
    const args = [token, exitableAt, position, from, HINT_STEPS] as const;
    const [hint, found] = await atL1(client.l1.readContract({ ...rootChain(client), functionName: "findHint", args }));
    if (found) return hint;
    from = hint;
  }
}
