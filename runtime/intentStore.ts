import type { Address, Hex } from "viem";
import { toBlob, toHexText } from "./bytes.ts";
import type { Row, Store } from "./store.ts";

/** pending: not in a block; mined: done, in a block that may still be replaced; reverted: mined and refused; settled: done for ever. */
export type IntentStatus = "pending" | "mined" | "reverted" | "settled";

/** An L1 transaction that must be mined, whatever its fees and hash turn out to be. */
export interface Intent {
  readonly id: number;
  readonly to: Address;
  readonly data: Hex;
  /** In wei. */
  readonly value: bigint;
  readonly gas: bigint;
  /** L1 time, seconds. */
  readonly deadline: number | undefined;
  readonly nonce: number;
  readonly status: IntentStatus;
}

/** One signed version of an intent. */
export interface Attempt {
  readonly hash: Hex;
  readonly raw: Hex;
  /** Both per gas, in wei. */
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
}

/** The sender's part of the store: intents that are not final ("open"), their attempts, and what was spent. */
export function createIntentStore(store: Store) {
  const insert = store.prepare(
    "INSERT INTO intents (key, destination, data, value, gas, deadline, nonce, status, final, cost, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, 'pending', 0, '0x0', ?) RETURNING id",
  );
  const selectByKey = store.prepare("SELECT * FROM intents WHERE key = ?");
  const selectOpen = store.prepare("SELECT * FROM intents WHERE final = 0 ORDER BY nonce");
  const update = store.prepare(
    "UPDATE intents SET status = ?1, final = ?2, cost = ?3, key = CASE ?1 WHEN 'reverted' THEN NULL ELSE key END WHERE id = ?4",
  );
  const setNonce = store.prepare("UPDATE intents SET nonce = ? WHERE id = ?");
  const selectPendingKeys = store.prepare(
    "SELECT key FROM intents WHERE final = 0 AND status = 'pending' AND key IS NOT NULL ORDER BY nonce",
  );
  const rewrite = store.prepare(
    "UPDATE intents SET key = NULL, destination = ?, data = ?, value = '0x0', gas = ?, deadline = NULL WHERE id = ?",
  );
  const selectCosts = store.prepare("SELECT cost FROM intents WHERE created_at >= ?");
  const insertAttempt = store.prepare(
    "INSERT INTO attempts (hash, intent, raw, max_fee, priority_fee, sent_at) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const selectAttempts = store.prepare("SELECT * FROM attempts WHERE intent = ? ORDER BY rowid DESC");
  const deleteAttempts = store.prepare("DELETE FROM attempts WHERE intent = ?");

  const open = () => selectOpen.all().map(toIntent);
  const attempts = (id: number) => selectAttempts.all(id).map(toAttempt);

  return {
    open,
    attempts,
    newestAttempt: (id: number): Attempt | undefined => attempts(id)[0],
    byKey(key: string): Intent | undefined {
      const row = selectByKey.get(key);
      return row && toIntent(row);
    },
    /** Keys of those that are not in a block. */
    pendingKeys: (): string[] => selectPendingKeys.all().map((row) => row.key as string),
    /** Makes an intent of the same nonce that does nothing, and gives up its key. */
    empty(intent: Intent, to: Address, gas: bigint): Intent {
      rewrite.run(toBlob(to), toBlob("0x"), Number(gas), intent.id);
      return { ...intent, to, data: "0x", value: 0n, gas, deadline: undefined };
    },
    /** The lowest nonce above those in use, at least `minedNonce`. */
    nextNonce: (minedNonce: number) => Math.max(minedNonce, ...open().map((intent) => intent.nonce + 1)),
    add(key: string, intent: Omit<Intent, "id" | "status">, now: number): Intent {
      const { to, data, value, gas, deadline, nonce } = intent;
      const row = insert.get(
        key,
        toBlob(to),
        toBlob(data),
        toQuantity(value),
        Number(gas),
        deadline ?? null,
        nonce,
        now,
      );
      return { ...intent, id: row?.id as number, status: "pending" };
    },
    addAttempt(id: number, { hash, raw, maxFeePerGas, maxPriorityFeePerGas, sentAt }: Attempt): void {
      const fees = [toQuantity(maxFeePerGas), toQuantity(maxPriorityFeePerGas)];
      insertAttempt.run(toBlob(hash), id, toBlob(raw), ...fees, sentAt);
    },
    /** `final` ends the tracking; a reverted intent gives up its key, so that the same call may be made again. */
    mark(id: number, status: IntentStatus, outcome: { readonly final: boolean; readonly cost: bigint }): void {
      update.run(status, outcome.final ? 1 : 0, toQuantity(outcome.cost), id);
    },
    /** Gives an intent a new nonce; versions signed for the old one can never be mined and are dropped. */
    renumber(id: number, nonce: number): void {
      store.transaction(() => {
        deleteAttempts.run(id);
        setNonce.run(nonce, id);
      });
    },
    /** Fees paid, in wei, for what was submitted since `time`. */
    costSince: (time: number): bigint =>
      selectCosts.all(time).reduce((sum, row) => sum + BigInt(row.cost as string), 0n),
  };
}

const toQuantity = (amount: bigint) => `0x${amount.toString(16)}`;

function toIntent(row: Row): Intent {
  return {
    id: row.id as number,
    to: toHexText(row.destination as Uint8Array),
    data: toHexText(row.data as Uint8Array),
    value: BigInt(row.value as string),
    gas: BigInt(row.gas as number),
    deadline: (row.deadline as number | null) ?? undefined,
    nonce: row.nonce as number,
    status: row.status as IntentStatus,
  };
}

function toAttempt(row: Row): Attempt {
  return {
    hash: toHexText(row.hash as Uint8Array),
    raw: toHexText(row.raw as Uint8Array),
    maxFeePerGas: BigInt(row.max_fee as string),
    maxPriorityFeePerGas: BigInt(row.priority_fee as string),
    sentAt: row.sent_at as number,
  };
}
