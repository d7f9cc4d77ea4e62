import type { Address, Hex } from "viem";
import { orderKey } from "../protocol/exit.ts";
import type { Client } from "./client.ts";
import { atL1, rootChain } from "./l1.ts";

/** Stands before the first and after the last entry of every queue. */
const SENTINEL: Hex = `0x${"1".padStart(64, "0")}`;

/** Entries walked in one call of the view; each costs the node about 4,500 gas. */
const HINT_STEPS = 1_000n;

// Entries that may have joined a queue in front of the hint since it was read (R25).
const WALK_LIMIT = 200n;

/** Where to link a new entry, as the contract takes it. */
export interface Hint {
  readonly entries: readonly Hex[];
  readonly walkLimit: bigint;
}

/** What L1 keeps under the id of an output or of an in-flight exit's entry. */
export interface ExitRecord {
  /** As in contracts/types/ExitRecord.sol. */
  readonly state: number;
  /** Wei; of an in-flight entry the number of queues that it is linked in. */
  readonly bond: bigint;
  readonly exitableAt: number;
  readonly position: bigint;
}

export function readExitRecord(client: Client, id: Hex): Promise<ExitRecord> {
  return atL1(client.l1.readContract({ ...rootChain(client), functionName: "exitOf", args: [id] }));
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

/** How many entries stand before `id` in its queue, counting at most `limit`; undefined where it is not found. */
export async function countAhead(client: Client, token: Address, id: Hex, limit: number): Promise<number | undefined> {
  const index = (await listQueue(client, token, limit)).indexOf(id);
  return index === -1 ? undefined : index;
}

/**
 * Where to link an exit with this order in the queues of all these tokens, as of now (R25). The contract takes the first entry
 * that fits its queue, and an entry may stand in several: so the latest come first.
 */
export async function findHint(
  client: Client,
  tokens: readonly Address[],
  exitableAt: number,
  position: bigint,
): Promise<Hint> {
  const found = await Promise.all(tokens.map((token) => findPrevious(client, token, exitableAt, position)));
  // The front is where the contract begins by itself.
  const entries = [...new Set(found)].filter((entry) => entry !== SENTINEL);
  if (entries.length < 2) return { entries, walkLimit: WALK_LIMIT };
  const records = await Promise.all(entries.map((entry) => readExitRecord(client, entry)));
  const keyed = entries.map((entry, index) => {
    const record = records[index];
    return { entry, key: record ? orderKey(record.exitableAt, record.position) : 0n };
  });
  return {
    entries: keyed.sort((a, b) => (a.key > b.key ? -1 : 1)).map(({ entry }) => entry),
    walkLimit: WALK_LIMIT,
  };
}

async function findPrevious(client: Client, token: Address, exitableAt: number, position: bigint): Promise<Hex> {
  let from = SENTINEL;
  for (;;) {
    const args = [token, exitableAt, position, from, HINT_STEPS] as const;
    const [hint, found] = await atL1(client.l1.readContract({ ...rootChain(client), functionName: "findHint", args }));
    if (found) return hint;
    from = hint;
  }
}

function nextInQueue(client: Client, token: Address, after: Hex): Promise<Hex> {
  return atL1(client.l1.readContract({ ...rootChain(client), functionName: "nextExit", args: [token, after] }));
}
