import type { Address, Hex } from "viem";
import { type BlockHeader, GENESIS, headerHash } from "../protocol/block.ts";
import type { RegisteredCondition } from "../protocol/conditionalSpend.ts";
import {
  type Deposit,
  depositOutput,
  depositOutputId,
  depositPositionOf,
  nextDepositHash,
} from "../protocol/deposit.ts";
import { type Keccak256, ZERO_HASH } from "../protocol/hashing.ts";
import type { ExitState, LedgerOutput } from "../protocol/ledger.ts";
import { toBlob, toHexText, toLowercase } from "./bytes.ts";
import { createExits, type ExitNotice, type StandardExit } from "./exits.ts";
import type { InFlightExits } from "./inFlightExits.ts";
import type { L1Handler } from "./l1Follower.ts";
import type { LedgerStore } from "./ledgerStore.ts";
import type { followedAbi, L1Place, RootChainEvent } from "./rootChainEvent.ts";
import type { Row, Store } from "./store.ts";

/** A block as L1 has it now. */
export interface Commit {
  readonly header: BlockHeader;
  readonly hash: Hex;
  readonly place: L1Place;
  /** L1 transaction that committed it. */
  readonly transaction: Hex;
}

/** A deposit as L1 has it now. */
export interface DepositRecord extends Deposit {
  readonly outputId: Hex;
  /** Whether it may be spent: L1 is final enough, or a committed block has seen it. */
  readonly final: boolean;
}

/** A condition as L1 has it now. */
export interface ConditionRecord extends RegisteredCondition {
  /** Whether L1 is final enough for blocks in the making to use it (R4). */
  readonly final: boolean;
}

/** Something on L1 that listeners are told of once it is in the store. */
export type RootChainNotice =
  | { readonly kind: "commit"; readonly number: bigint }
  | { readonly kind: "exit"; readonly exit: ExitNotice };

export interface RootChainState extends L1Handler<typeof followedAbi> {
  commit(number: bigint): Commit | undefined;
  /** Number of the newest committed block, 0 for none. */
  newestCommitted(): bigint;
  /** The header that the next commit must show. */
  newestHeader(): BlockHeader;
  /** Makes the first `count` deposits spendable, final or not, since a committed block has seen them. Runs in a transaction. */
  creditDeposits(count: number): void;
  /** Deposits that may be spent, always the first ones (R4), and D of their count. */
  finalDeposits(): { readonly count: number; readonly hash: Hex };
  deposit(index: number): DepositRecord | undefined;
  /** D(index). */
  depositHash(index: number): Hex;
  /** Deposits for an owner that may not be spent yet, oldest first. */
  unconfirmedDeposits(owner: Address): DepositRecord[];
  /** The condition that is registered at an address, as L1 has it now. */
  condition(address: Address): ConditionRecord | undefined;
  /** The finished and open exits that concern an output; undefined if there are none. */
  exitOf(outputId: Hex): ExitState | undefined;
  /** The same as it was just before `place`. */
  exitBefore(outputId: Hex, place: L1Place): ExitState | undefined;
  /** Standard exits that are open, in the order in which they are paid. */
  openExits(): StandardExit[];
  /** The last standard exit of an output, open or not. */
  standardExit(outputId: Hex): StandardExit | undefined;
  countOpenExits(): number;
  readonly inFlightExits: InFlightExits;
  /** The oldest block from number `from` on that L1 has and the ledger has not, or has otherwise. */
  firstForeignCommit(from: bigint): bigint | undefined;
  /** What happened since the last call. */
  takeNotices(): RootChainNotice[];
}

/** What the root chain contract says, kept in the store and taken back on a reorg: deposits, commits, conditions and exits. */
export function createRootChainState(store: Store, ledger: LedgerStore, keccak: Keccak256): RootChainState {
  const insertDeposit = store.prepare("INSERT INTO deposits VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)");
  const selectDeposit = store.prepare("SELECT * FROM deposits WHERE k = ?");
  const selectUnconfirmed = store.prepare("SELECT * FROM deposits WHERE final = 0 AND owner = ? ORDER BY k");
  const selectSettled = store.prepare("SELECT * FROM deposits WHERE final = 0 AND l1_block <= ? ORDER BY k");
  const selectSeen = store.prepare("SELECT * FROM deposits WHERE final = 0 AND k < ? ORDER BY k");
  const selectTakenBack = store.prepare("SELECT * FROM deposits WHERE final = 1 AND l1_block > ? ORDER BY k");
  const confirmDeposit = store.prepare("UPDATE deposits SET final = 1 WHERE k = ?");
  const countFinal = store.prepare("SELECT count(*) AS count FROM deposits WHERE final = 1");
  const insertCommit = store.prepare("INSERT INTO commits VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const selectCommit = store.prepare("SELECT * FROM commits WHERE number = ?");
  const selectNewestCommit = store.prepare("SELECT * FROM commits ORDER BY number DESC LIMIT 1");
  const selectForeignCommit = store.prepare(
    `SELECT c.number FROM commits c LEFT JOIN blocks b ON b.number = c.number
    AND (b.root, b.tx_count, b.sealed_at, b.deposit_count, b.deposit_hash) = (c.root, c.tx_count, c.sealed_at, c.deposit_count, c.deposit_hash)
    WHERE c.number >= ? AND b.number IS NULL ORDER BY c.number LIMIT 1`,
  );
  const insertCondition = store.prepare("INSERT INTO conditions VALUES (?, ?, ?, ?, 0)");
  const selectCondition = store.prepare("SELECT * FROM conditions WHERE address = ?");
  const confirmConditions = store.prepare("UPDATE conditions SET final = 1 WHERE final = 0 AND l1_block <= ?");
  const rollback = [
    store.prepare("DELETE FROM conditions WHERE l1_block > ?"),
    store.prepare("DELETE FROM deposits WHERE l1_block > ?"),
    store.prepare("DELETE FROM commits WHERE l1_block > ?"),
  ];
  const exits = createExits(store, keccak);

  let notices: RootChainNotice[] = [];

  const deposit = (index: number): DepositRecord | undefined => {
    const row = selectDeposit.get(index);
    return row && toDeposit(row);
  };
  const depositHash = (index: number): Hex =>
    index === 0 ? ZERO_HASH : toHexText(selectDeposit.get(index - 1)?.chained_hash as Uint8Array);
  const finalDepositsUpTo = (count: number) => ({ count, hash: depositHash(count) });
  let finalDeposits = finalDepositsUpTo(countFinal.get()?.count as number);
  const newestCommit = () => {
    const row = selectNewestCommit.get();
    return row && toCommit(row);
  };

  const credit = (rows: readonly Row[]) => {
    for (const made of rows.map(toDeposit)) {
      ledger.addDeposit(toLedgerOutput(made));
      confirmDeposit.run(made.index);
      finalDeposits = finalDepositsUpTo(made.index + 1);
    }
  };

  const onDeposited = ({ args, blockNumber }: RootChainEvent<"Deposited">) => {
    const [owner, token] = [toLowercase(args.owner), toLowercase(args.token)];
    const made: Deposit = { index: Number(args.index), block: args.newestBlock, owner, token, amount: args.amount };
    const outputId = depositOutputId(made, keccak);
    const chained = nextDepositHash(depositHash(made.index), outputId, keccak);
    const place = [made.index, made.block] as const;
    const amount = `0x${made.amount.toString(16)}`;
    insertDeposit.run(...place, toBlob(owner), toBlob(token), amount, toBlob(outputId), toBlob(chained), blockNumber);
  };

  const onBlockSubmitted = (event: RootChainEvent<"BlockSubmitted">, timestamp: number) => {
    const { args, blockNumber, transactionHash } = event;
    const parentHash = newestCommit()?.hash ?? ZERO_HASH;
    const header = { ...args, parentHash, timestamp, depositHash: depositHash(args.depositCount) };
    insertCommit.run(
      header.number,
      toBlob(headerHash(header, keccak)),
      toBlob(header.parentHash),
      toBlob(header.root),
      header.txCount,
      header.timestamp,
      header.sealedAt,
      header.depositCount,
      toBlob(header.depositHash),
      blockNumber,
      event.logIndex,
      toBlob(transactionHash),
    );
    notices.push({ kind: "commit", number: args.number });
  };

  const onConditionRegistered = ({ args, blockNumber }: RootChainEvent<"ConditionRegistered">) => {
    insertCondition.run(toBlob(toLowercase(args.condition)), toBlob(args.codeHash), args.newestBlock, blockNumber);
  };

  return {
    onEvent(event, timestamp) {
      switch (event.eventName) {
        case "Deposited":
          return onDeposited(event);
        case "BlockSubmitted":
          return onBlockSubmitted(event, timestamp);
        case "ConditionRegistered":
          return onConditionRegistered(event);
        case "ExitStarted":
        case "ExitChallenged":
        case "ExitProcessed":
        case "InFlightExitStarted":
        case "Piggybacked":
        case "PiggybackChallenged":
        case "NonCanonicalChallenged":
        case "NonCanonicalResponded":
        case "InFlightExitDecided":
        case "InFlightExitDeleted":
        case "InFlightExitEnded":
          for (const exit of exits.onEvent(event, timestamp)) notices.push({ kind: "exit", exit });
      }
    },
    onRollback(block) {
      for (const credited of selectTakenBack.all(block).map(toDeposit)) {
        ledger.removeDeposit(toLedgerOutput(credited));
        if (finalDeposits.count > credited.index) finalDeposits = finalDepositsUpTo(credited.index);
      }
      for (const statement of rollback) statement.run(block);
      exits.onRollback(block);
    },
    onFinal(block) {
      credit(selectSettled.all(block));
      confirmConditions.run(block);
    },
    creditDeposits: (count) => credit(selectSeen.all(count)),
    commit(number) {
      const row = selectCommit.get(Number(number));
      return row && toCommit(row);
    },
    newestCommitted: () => newestCommit()?.header.number ?? 0n,
    newestHeader: () => newestCommit()?.header ?? GENESIS,
    finalDeposits: () => finalDeposits,
    deposit,
    depositHash,
    unconfirmedDeposits: (owner) => selectUnconfirmed.all(toBlob(owner)).map(toDeposit),
    condition(address) {
      const row = selectCondition.get(toBlob(address));
      return row && toCondition(row);
    },
    exitOf: exits.stateOf,
    exitBefore: exits.stateBefore,
    firstForeignCommit(from) {
      const row = selectForeignCommit.get(from);
      return row && BigInt(row.number as number);
    },
    openExits: exits.open,
    standardExit: exits.find,
    countOpenExits: exits.countOpen,
    inFlightExits: exits.inFlight,
    takeNotices() {
      const taken = notices;
      notices = [];
      return taken;
    },
  };
}

/** The output that a deposit creates. */
export function toLedgerOutput(deposit: DepositRecord): LedgerOutput {
  return { position: depositPositionOf(deposit), outputId: deposit.outputId, output: depositOutput(deposit) };
}

function toDeposit(row: Row): DepositRecord {
  return {
    index: row.k as number,
    block: BigInt(row.block as number),
    owner: toHexText(row.owner as Uint8Array),
    token: toHexText(row.token as Uint8Array),
    amount: BigInt(row.amount as string),
    outputId: toHexText(row.output_id as Uint8Array),
    final: row.final === 1,
  };
}

function toCondition(row: Row): ConditionRecord {
  return {
    codeHash: toHexText(row.code_hash as Uint8Array),
    newestBlock: BigInt(row.newest_block as number),
    final: row.final === 1,
  };
}

function toCommit(row: Row): Commit {
  return {
    header: {
      number: BigInt(row.number as number),
      parentHash: toHexText(row.parent_hash as Uint8Array),
      root: toHexText(row.root as Uint8Array),
      txCount: row.tx_count as number,
      timestamp: row.timestamp as number,
      sealedAt: row.sealed_at as number,
      depositCount: row.deposit_count as number,
      depositHash: toHexText(row.deposit_hash as Uint8Array),
    },
    hash: toHexText(row.hash as Uint8Array),
    place: { block: BigInt(row.l1_block as number), logIndex: row.log_index as number },
    transaction: toHexText(row.l1_transaction as Uint8Array),
  };
}
