import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Address } from "viem";
import { RuntimeError, type RuntimeErrorCode } from "./errors.ts";
import { SCHEMA, SCHEMA_VERSION } from "./schema.ts";

/** Whose data a store holds; it is written at creation and checked at every opening. */
export interface StoreIdentity {
  readonly kind: "operator" | "watcher";
  readonly chainId: bigint;
  readonly contract: Address;
}

export type SqlValue = null | number | bigint | string | Uint8Array;
export type Row = Readonly<Record<string, SqlValue>>;

/** A prepared statement whose failures are RuntimeErrors. Integers come back as numbers: keys stay below 2^53. */
export interface Statement {
  run(...values: SqlValue[]): number;
  get(...values: SqlValue[]): Row | undefined;
  all(...values: SqlValue[]): Row[];
}

export interface Store {
  prepare(sql: string): Statement;
  /** Runs `body` in one durable transaction: when it returns, everything is on disk; when it throws, nothing is. */
  transaction<T>(body: () => T): T;
  /** Calls `listener` when a transaction was taken back: what memory knows of the store may not be so. */
  onRollback(listener: () => void): void;
  close(): void;
}

/**
 * Opens or creates the embedded store: SQLite in WAL mode, every commit flushed to disk.
 * Throws STORE_WRONG_CHAIN, STORE_WRONG_KIND, STORE_WRONG_VERSION, STORE_LOCKED, STORE_DISK_FULL, STORE_CORRUPT or STORE_FAILED.
 */
export function openStore(path: string, identity: StoreIdentity): Store {
  return guard(() => {
    const database = new DatabaseSync(path);
    try {
      database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -262144");
      database.exec("PRAGMA wal_autocheckpoint = 10000; PRAGMA temp_store = MEMORY");
      prepareSchema(database, path, identity);
    } catch (error) {
      database.close();
      throw error;
    }
    return wrap(database);
  });
}

function wrap(database: DatabaseSync): Store {
  const listeners: (() => void)[] = [];
  return {
    prepare: (sql) => wrapStatement(database.prepare(sql)),
    transaction: (body) =>
      guard(() => {
        database.exec("BEGIN IMMEDIATE");
        try {
          const result = body();
          database.exec("COMMIT");
          return result;
        } catch (error) {
          // A full disk makes SQLite roll back by itself.
          if (database.isTransaction) database.exec("ROLLBACK");
          for (const listener of listeners) listener();
          throw error;
        }
      }),
    onRollback: (listener) => void listeners.push(listener),
    close: () => database.close(),
  };
}

function wrapStatement(statement: StatementSync): Statement {
  return {
    run: (...values) => guard(() => Number(statement.run(...values).changes)),
    get: (...values) => guard(() => statement.get(...values)),
    all: (...values) => guard(() => statement.all(...values)),
  };
}

function prepareSchema(database: DatabaseSync, path: string, identity: StoreIdentity): void {
  const version = database.prepare("PRAGMA user_version").get()?.user_version;
  if (version === 0) {
    database.exec(`BEGIN IMMEDIATE; ${SCHEMA}; PRAGMA user_version = ${SCHEMA_VERSION}`);
    database
      .prepare("INSERT INTO identity (kind, chain_id, contract) VALUES (?, ?, ?)")
      .run(identity.kind, identity.chainId.toString(), identity.contract);
    database.exec("COMMIT");
    return;
  }
  if (version !== SCHEMA_VERSION) {
    const message = `${path} has format ${version}, this program writes ${SCHEMA_VERSION}: use the version that wrote it, or rebuild into an empty directory`;
    throw new RuntimeError("STORE_WRONG_VERSION", message, { path, version, expected: SCHEMA_VERSION });
  }
  const stored = database.prepare("SELECT kind, chain_id, contract FROM identity").get();
  if (stored?.kind !== identity.kind) {
    const message = `${path} belongs to a ${stored?.kind}: choose another data directory`;
    throw new RuntimeError("STORE_WRONG_KIND", message, { path, stored: stored?.kind });
  }
  if (stored.chain_id !== identity.chainId.toString() || stored.contract !== identity.contract) {
    const message = `${path} holds chain ${stored.chain_id}, contract ${stored.contract}: choose another data directory or the right contract`;
    throw new RuntimeError("STORE_WRONG_CHAIN", message, { path, ...stored, expected: identity });
  }
}

const CORRUPT = new Set([11, 26]); // SQLITE_CORRUPT, SQLITE_NOTADB
const FULL = new Set([13, 778]); // SQLITE_FULL; SQLITE_IOERR_WRITE, which is how a file-size limit shows

function guard<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw toStoreError(error);
  }
}

function toStoreError(error: unknown): unknown {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return error;
  const primary = error.errcode & 0xff;
  const failure = (code: RuntimeErrorCode, message: string) =>
    new RuntimeError(code, message, { sqlite: error.errcode }, { cause: error });
  if (FULL.has(error.errcode) || FULL.has(primary))
    return failure("STORE_DISK_FULL", "The disk is full: free some space and start again");
  if (primary === 5 || primary === 6) return failure("STORE_LOCKED", "Another process holds the store: stop it first");
  if (CORRUPT.has(primary)) return failure("STORE_CORRUPT", "The store is damaged: rebuild into an empty directory");
  return failure("STORE_FAILED", `The store failed: ${error.message}`);
}
