import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Address } from "viem";
import { type BlockFile, openBlockFile } from "./blockFile.ts";
import { RuntimeError } from "./errors.ts";
import { SCHEMA, SCHEMA_VERSION } from "./schema.ts";
import { guardStore } from "./storeError.ts";

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
  /** What is written once and never changed. */
  readonly blocks: BlockFile;
  close(): void;
}

/**
 * Opens or creates the embedded store: SQLite in WAL mode, every commit flushed to disk, and beside it the file of blocks.
 * Throws STORE_WRONG_CHAIN, STORE_WRONG_KIND, STORE_WRONG_VERSION, STORE_LOCKED, STORE_DISK_FULL, STORE_CORRUPT or STORE_FAILED.
 */
export function openStore(path: string, identity: StoreIdentity): Store {
  return guardStore(() => {
    const database = new DatabaseSync(path);
    try {
      database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536");
      database.exec("PRAGMA wal_autocheckpoint = 10000; PRAGMA temp_store = MEMORY");
      prepareSchema(database, path, identity);
      return wrap(database, openBlockFile(`${path}-blocks`));
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

function wrap(database: DatabaseSync, blocks: BlockFile): Store {
  const listeners: (() => void)[] = [];
  return {
    prepare: (sql) => wrapStatement(database.prepare(sql)),
    transaction: (body) =>
      guardStore(() => {
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
    blocks,
    close() {
      blocks.close();
      database.close();
    },
  };
}

function wrapStatement(statement: StatementSync): Statement {
  return {
    run: (...values) => guardStore(() => Number(statement.run(...values).changes)),
    get: (...values) => guardStore(() => statement.get(...values)),
    all: (...values) => guardStore(() => statement.all(...values)),
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
