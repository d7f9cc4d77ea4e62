import type { Address, Hex } from "viem";
import { formatPosition } from "../protocol/position.ts";
import type { Client } from "./client.ts";
import { clientError } from "./errors.ts";
import { eventPages, type RootChainEvent } from "./events.ts";
import { atL1 } from "./l1.ts";
import { readExitRecord } from "./queue.ts";

/**
 * Where a standard exit stands. `dropped`: it was challenged and has left the queue, so its output may start to exit again.
 * `spent`: an in-flight exit has shown for ever that a transaction spends its output (R13).
 */
export type ExitStatus = "waiting" | "ready" | "challenged" | "dropped" | "paid" | "spent";

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
  /** Wei; zero once it has gone to a challenger or come back. */
  readonly bond: bigint;
  readonly bondOwner: Address;
  readonly status: ExitStatus;
  /** An in-flight exit has finalised the output meanwhile: when it is processed only the bond comes back. */
  readonly bondOnly: boolean;
  readonly startedIn: Hex;
}

export interface ExitFilter {
  readonly owner?: Address;
  readonly token?: Address;
  readonly outputIds?: readonly Hex[];
}

/** States of the contract's record of an exit; FINAL may be added to the first three. */
const STATE = { none: 0, live: 1, liveAuthorized: 2, challenged: 3, paid: 4, spent: 5 } as const;
const FINAL = 0x80;

/**
 * Every standard exit that L1 knows, oldest start first; one started again is listed once, as it is now. Status `ready` is by
 * the timestamp of the newest L1 block.
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
      const { state, bond } = await readExitRecord(client, args.outputId);
      return {
        outputId: args.outputId,
        position: args.position,
        owner: args.owner.toLowerCase() as Address,
        token: args.token.toLowerCase() as Address,
        amount: args.amount,
        originId: args.originId,
        exitableAt: args.exitableAt,
        // Below other states the record holds something else.
        bond: isLinked(state) ? bond : 0n,
        bondOwner: args.bondOwner.toLowerCase() as Address,
        status: statusOf(state & ~FINAL, args.exitableAt < Number(timestamp)),
        bondOnly: (state & FINAL) !== 0,
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

function isLinked(state: number): boolean {
  return (state & ~FINAL) !== STATE.none && (state & ~FINAL) <= STATE.challenged;
}

function statusOf(state: number, matured: boolean): ExitStatus {
  if (state === STATE.challenged) return "challenged";
  if (state === STATE.paid) return "paid";
  if (state === STATE.spent) return "spent";
  if (state === STATE.none) return "dropped";
  return matured ? "ready" : "waiting";
}
