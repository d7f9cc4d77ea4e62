/** Raised whenever SCHEMA changes; a store of another version is refused. */
export const SCHEMA_VERSION = 8;

/**
 * Every table of a service's store, in one place.
 *
 * A position is kept as two integers, block and slot (txIndex << 8 | outputIndex), so that rows in key order are rows in
 * order of age and inserts append. An entry's key is block << 20 | txIndex. Amounts are hex quantities as text. `l1_block` columns say which L1 block a fact came from, so that a reorg can take it back.
 */
export const SCHEMA = `
  -- one row: whose data this is
  CREATE TABLE identity (kind TEXT NOT NULL, chain_id TEXT NOT NULL, contract TEXT NOT NULL) STRICT;

  -- L1 blocks that a reorg could replace and the final one below them; the newest is the follower's cursor
  CREATE TABLE l1_blocks (number INTEGER PRIMARY KEY, hash BLOB NOT NULL, timestamp INTEGER NOT NULL) STRICT;

  -- deposit k -> what was deposited behind which block; chained_hash is D(k + 1); a final deposit is also an output
  CREATE TABLE deposits (
    k INTEGER PRIMARY KEY, block INTEGER NOT NULL, owner BLOB NOT NULL, token BLOB NOT NULL, amount TEXT NOT NULL,
    output_id BLOB NOT NULL, chained_hash BLOB NOT NULL, l1_block INTEGER NOT NULL, final INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX unconfirmed_deposits ON deposits (k) WHERE final = 0;
  CREATE INDEX deposits_of_owner ON deposits (owner, k);
  CREATE INDEX deposit_ids ON deposits (output_id);

  -- child block -> its header, as L1 has it now
  CREATE TABLE commits (
    number INTEGER PRIMARY KEY, hash BLOB NOT NULL, parent_hash BLOB NOT NULL, root BLOB NOT NULL, tx_count INTEGER NOT NULL,
    timestamp INTEGER NOT NULL, sealed_at INTEGER NOT NULL, deposit_count INTEGER NOT NULL, deposit_hash BLOB NOT NULL,
    l1_block INTEGER NOT NULL, log_index INTEGER NOT NULL, l1_transaction BLOB NOT NULL
  ) STRICT;

  -- condition that the registry has -> what it runs and since when; final: blocks in the making may use it
  CREATE TABLE conditions (
    address BLOB PRIMARY KEY, code_hash BLOB NOT NULL, newest_block INTEGER NOT NULL, l1_block INTEGER NOT NULL, final INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX unconfirmed_conditions ON conditions (l1_block) WHERE final = 0;

  -- hash -> runtime code of a condition, as L1 gave it; a reorg changes nothing in it
  CREATE TABLE condition_codes (code_hash BLOB PRIMARY KEY, code BLOB NOT NULL) STRICT;

  -- every standard exit ever started; outcome: challenged or finalised, null while open
  CREATE TABLE exits (
    id INTEGER PRIMARY KEY, output_id BLOB NOT NULL, block INTEGER NOT NULL, slot INTEGER NOT NULL, token BLOB NOT NULL,
    started_at INTEGER NOT NULL, exitable_at INTEGER NOT NULL, l1_block INTEGER NOT NULL, log_index INTEGER NOT NULL,
    outcome TEXT, outcome_l1_block INTEGER, outcome_log_index INTEGER
  ) STRICT;
  CREATE INDEX exits_of_output ON exits (output_id);
  CREATE INDEX open_exits ON exits (id) WHERE outcome IS NULL;

  -- output -> what finalised it for ever: the transaction that spends it, null where it was paid
  CREATE TABLE finalised_outputs (
    output_id BLOB PRIMARY KEY, spent_by BLOB, l1_block INTEGER NOT NULL, log_index INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- every in-flight exit ever started; expired: contested from the start; outcome: deleted or ended, null while open
  CREATE TABLE in_flight_exits (
    id INTEGER PRIMARY KEY, tx_id BLOB NOT NULL, started_at INTEGER NOT NULL, exitable_at INTEGER NOT NULL,
    registered_behind INTEGER NOT NULL, block INTEGER NOT NULL, slot INTEGER NOT NULL, bond TEXT NOT NULL, starter BLOB NOT NULL, expired INTEGER NOT NULL, settled INTEGER NOT NULL,
    body BLOB NOT NULL, witness BLOB NOT NULL, inputs TEXT NOT NULL, l1_block INTEGER NOT NULL, log_index INTEGER NOT NULL,
    l1_transaction BLOB NOT NULL, outcome TEXT, outcome_l1_block INTEGER, outcome_log_index INTEGER
  ) STRICT;
  CREATE INDEX in_flight_transactions ON in_flight_exits (tx_id);
  CREATE INDEX open_in_flight_exits ON in_flight_exits (id) WHERE outcome IS NULL;

  -- what was done in an in-flight exit, in the order of the L1 log
  CREATE TABLE in_flight_moves (
    exit INTEGER NOT NULL, kind TEXT NOT NULL, pieces INTEGER, spend_id BLOB, place TEXT, account BLOB, canonical INTEGER,
    l1_block INTEGER NOT NULL, log_index INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX moves_of_exit ON in_flight_moves (exit);

  -- output -> in-flight exit that it takes part in: an input from the start, an output from its piggyback until that is challenged
  CREATE TABLE in_flight_pieces (
    exit INTEGER NOT NULL, piece INTEGER NOT NULL, output_id BLOB NOT NULL, l1_block INTEGER NOT NULL, log_index INTEGER NOT NULL,
    removed_l1_block INTEGER, removed_log_index INTEGER
  ) STRICT;
  CREATE INDEX pieces_of_output ON in_flight_pieces (output_id);
  CREATE INDEX pieces_of_exit ON in_flight_pieces (exit);

  -- sealed child block -> what is committed to L1, and where its entries, fee claims too, end in the file of blocks (runtime/blockFile.ts)
  CREATE TABLE blocks (
    number INTEGER PRIMARY KEY, root BLOB NOT NULL, tx_count INTEGER NOT NULL, sealed_at INTEGER NOT NULL,
    deposit_count INTEGER NOT NULL, deposit_hash BLOB NOT NULL, file_end INTEGER NOT NULL
  ) STRICT;

  -- the ledger's indexes, written once in sorted runs (runtime/runIndex.ts): pages are id << 24 | page, of two doubles a pair; a run that
  -- is not complete is being written or erased
  CREATE TABLE runs (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, complete INTEGER NOT NULL, pages INTEGER NOT NULL, pairs INTEGER NOT NULL,
    highest INTEGER NOT NULL, fences BLOB NOT NULL
  ) STRICT;
  CREATE TABLE run_pages (key INTEGER PRIMARY KEY, pairs BLOB NOT NULL) STRICT;

  -- token -> what all unspent outputs of it are worth together
  CREATE TABLE unspent_sums (token BLOB PRIMARY KEY, amount TEXT NOT NULL) STRICT, WITHOUT ROWID;

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
  CREATE INDEX attempts_of_intent ON attempts (intent);

  -- every root that L1 ever had for a child block: two of them are an operator that changed its mind
  CREATE TABLE roots_seen (number INTEGER NOT NULL, root BLOB NOT NULL, UNIQUE (number, root)) STRICT;

  -- the first committed block that broke a rule: the ledger ends before it
  CREATE TABLE fault (number INTEGER PRIMARY KEY, root BLOB NOT NULL, tx_index INTEGER, code TEXT NOT NULL, message TEXT NOT NULL) STRICT;

  -- committed blocks whose entries nobody has shown yet -> L1 times of the commit, and since when they were asked for
  CREATE TABLE missing_blocks (
    number INTEGER, root BLOB, committed_at INTEGER NOT NULL, missed_since INTEGER NOT NULL, PRIMARY KEY (number, root)
  ) STRICT, WITHOUT ROWID;

  -- entries outside of the ledger, kept for ever as evidence: of blocks behind a fault or a gap, of blocks that a reorg took, and
  -- transactions that somebody told of
  CREATE TABLE loose_transactions (
    key INTEGER PRIMARY KEY, id BLOB NOT NULL, raw BLOB NOT NULL, valid_before INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX loose_ends ON loose_transactions (valid_before, id) WHERE valid_before > 0;
  CREATE TABLE loose_transaction_ids (prefix INTEGER, key INTEGER, PRIMARY KEY (prefix, key)) STRICT, WITHOUT ROWID;
  CREATE TABLE loose_inputs (prefix INTEGER, key INTEGER, PRIMARY KEY (prefix, key)) STRICT, WITHOUT ROWID;
  CREATE TABLE loose_outputs (prefix INTEGER, key INTEGER, output_index INTEGER, PRIMARY KEY (prefix, key, output_index)) STRICT, WITHOUT ROWID;
  CREATE TABLE loose_blocks (id INTEGER PRIMARY KEY, number INTEGER NOT NULL, root BLOB NOT NULL, UNIQUE (number, root)) STRICT;
  CREATE TABLE loose_places (block INTEGER, tx_index INTEGER, key INTEGER NOT NULL, leaf BLOB NOT NULL, PRIMARY KEY (block, tx_index)) STRICT, WITHOUT ROWID;
  CREATE INDEX places_of_loose ON loose_places (key);

  -- what a watcher has to say; the open ones, once each, are those that have no resolved_at. Times are L1's
  CREATE TABLE alerts (
    id INTEGER PRIMARY KEY, code TEXT NOT NULL, subject TEXT NOT NULL, severity TEXT NOT NULL, deadline INTEGER, details TEXT NOT NULL,
    raised_at INTEGER NOT NULL, resolved_at INTEGER
  ) STRICT;
  CREATE UNIQUE INDEX open_alerts ON alerts (code, subject) WHERE resolved_at IS NULL;

  -- what a watcher did on L1, and what became of it
  CREATE TABLE moves (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, subject TEXT NOT NULL, deadline INTEGER,
    decided_at INTEGER NOT NULL, outcome TEXT NOT NULL
  ) STRICT;

  -- alerts on their way to the webhook; next_at in milliseconds since 1970
  CREATE TABLE deliveries (id INTEGER PRIMARY KEY, body TEXT NOT NULL, attempts INTEGER NOT NULL, next_at INTEGER NOT NULL) STRICT
`;
