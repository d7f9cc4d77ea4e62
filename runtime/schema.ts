/** Raised whenever SCHEMA changes; a store of another version is refused. */
export const SCHEMA_VERSION = 1;

/**
 * Every table of a service's store, in one place.
 *
 * Keys of the ledger are integers that grow with the chain, so inserts append:
 *   transaction key = block << 20 | txIndex                      (txIndex < 2^20)
 *   output key      = block << 23 | txIndex << 3 | outputIndex   (outputIndex < 8)
 *   deposit k       = output key -(k + 1)
 * Both stay below 2^53 for 2^30 blocks. Ids that must be found by value are indexed by their first 48 bits:
 * small integer rows, and the full id is compared in the row they lead to. Amounts are hex quantities as text.
 */
export const SCHEMA = `
  -- one row: whose data this is
  CREATE TABLE identity (kind TEXT NOT NULL, chain_id TEXT NOT NULL, contract TEXT NOT NULL) STRICT;

  -- L1 blocks within reach of a reorg; the newest is the follower's cursor
  CREATE TABLE l1_blocks (number INTEGER PRIMARY KEY, hash BLOB NOT NULL, timestamp INTEGER NOT NULL) STRICT;

  -- deposit k -> its record; a deposit becomes an output when it is final
  CREATE TABLE deposits (
    k INTEGER PRIMARY KEY, block INTEGER NOT NULL, owner BLOB NOT NULL, token BLOB NOT NULL, amount TEXT NOT NULL,
    output_id BLOB NOT NULL, chained_hash BLOB NOT NULL, l1_block INTEGER NOT NULL
  ) STRICT;

  -- child block -> its commit, as L1 has it now
  CREATE TABLE commits (
    number INTEGER PRIMARY KEY, hash BLOB NOT NULL, root BLOB NOT NULL, timestamp INTEGER NOT NULL,
    l1_block INTEGER NOT NULL, l1_transaction BLOB NOT NULL
  ) STRICT;

  -- every exit ever started, with how it ended
  CREATE TABLE exits (
    id INTEGER PRIMARY KEY, output_id BLOB NOT NULL, output_key INTEGER NOT NULL, owner BLOB NOT NULL, token BLOB NOT NULL, amount TEXT NOT NULL,
    exitable_at INTEGER NOT NULL, started_l1_block INTEGER NOT NULL, ended_l1_block INTEGER, outcome TEXT
  ) STRICT;
  CREATE INDEX open_exits ON exits (output_id) WHERE ended_l1_block IS NULL;

  -- sealed child block -> what is sent to L1
  CREATE TABLE blocks (
    number INTEGER PRIMARY KEY, root BLOB NOT NULL, tx_count INTEGER NOT NULL, sealed_at INTEGER NOT NULL,
    deposit_count INTEGER NOT NULL, deposit_hash BLOB NOT NULL
  ) STRICT;

  -- transaction key -> id, leaf of the block's tree, canonical bytes with witness
  CREATE TABLE transactions (key INTEGER PRIMARY KEY, id BLOB NOT NULL, leaf BLOB NOT NULL, raw BLOB NOT NULL) STRICT;
  CREATE TABLE transaction_ids (prefix INTEGER, key INTEGER, PRIMARY KEY (prefix, key)) STRICT, WITHOUT ROWID;

  -- address -> small integer
  CREATE TABLE addresses (id INTEGER PRIMARY KEY, address BLOB NOT NULL UNIQUE) STRICT;

  -- output key -> the output and the transaction key of its spender
  CREATE TABLE outputs (
    key INTEGER PRIMARY KEY, id BLOB NOT NULL, owner INTEGER NOT NULL, token INTEGER NOT NULL, amount TEXT NOT NULL, spender INTEGER
  ) STRICT;
  CREATE INDEX unspent_outputs ON outputs (owner, key) WHERE spender IS NULL;
  CREATE TABLE output_ids (prefix INTEGER, key INTEGER, PRIMARY KEY (prefix, key)) STRICT, WITHOUT ROWID;

  -- address -> keys of the transactions that it pays or is paid by
  CREATE TABLE address_transactions (owner INTEGER, key INTEGER, PRIMARY KEY (owner, key)) STRICT, WITHOUT ROWID;

  -- L1 transactions that this service must get mined, by idempotency key; the open ones are not final
  CREATE TABLE intents (
    id INTEGER PRIMARY KEY, key TEXT UNIQUE, destination BLOB NOT NULL, data BLOB NOT NULL, value TEXT NOT NULL, gas INTEGER NOT NULL,
    deadline INTEGER, nonce INTEGER NOT NULL, status TEXT NOT NULL, final INTEGER NOT NULL, cost TEXT NOT NULL, created_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX open_intents ON intents (nonce) WHERE final = 0;
  CREATE INDEX intent_times ON intents (created_at);

  -- every signed version of an intent, written before it is sent
  CREATE TABLE attempts (
    hash BLOB PRIMARY KEY, intent INTEGER NOT NULL, raw BLOB NOT NULL, max_fee TEXT NOT NULL, priority_fee TEXT NOT NULL, sent_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX attempts_of_intent ON attempts (intent)
`;
