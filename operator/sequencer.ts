import type { Address, Hex } from "viem";
import type { VerifiedTransaction } from "../protocol/blockEntry.ts";
import { type ConditionVerdicts, judgeAsking, VerdictError } from "../protocol/conditionVerdicts.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { decodeFeeClaim } from "../protocol/feeClaim.ts";
import type { LedgerView } from "../protocol/ledger.ts";
import type { Input } from "../protocol/transaction.ts";
import { ApiError } from "../runtime/apiError.ts";
import type { BlockLayer } from "../runtime/blockLayer.ts";
import { createConditionAsker, type Payer, SERVICE } from "../runtime/conditionAsker.ts";
import { RuntimeError } from "../runtime/errors.ts";
import type { EntryStatus, Ledger } from "../runtime/ledger.ts";
import type { LedgerStore } from "../runtime/ledgerStore.ts";
import type { Logger } from "../runtime/logger.ts";
import { type Metrics, SECONDS } from "../runtime/metrics.ts";
import type { RootChainState } from "../runtime/rootChainState.ts";
import type { VerifierPool } from "../runtime/verifierPool.ts";
import type { Verdict } from "../runtime/verifierProtocol.ts";
import type { WriteAheadLog } from "../runtime/writeAheadLog.ts";
import { createAdmission } from "./admission.ts";
import {
  appendClaim,
  type BuilderContext,
  candidateOf,
  claimFees,
  hasRoomFor,
  isNotYetValid,
  judgeTransaction,
  sealedLayerOf,
} from "./blockBuilder.ts";
import { OperatorError } from "./errors.ts";
import { checkFee } from "./feePolicy.ts";
import { decodeRecord, encodeRecord, type JournalRecord } from "./journal.ts";
import type { OperatorConfig } from "./options.ts";

/** Where an accepted transaction stands, for ever (I10). */
export interface Acknowledgement {
  readonly txId: Hex;
  readonly blockNumber: bigint;
  readonly txIndex: number;
  readonly status: EntryStatus;
}

export type Answer = Acknowledgement | ApiError | ProtocolError;

export interface SequencerOptions
  extends Pick<
    OperatorConfig,
    "blockIntervalMs" | "maxBlockTransactions" | "maxBlockBytes" | "maxWaitingTransactions" | "maxWaitMs" | "fees"
  > {
  readonly feeRecipient: Address;
}

export interface Sequencer {
  /**
   * Gives every transaction its final place or the reason why it has none, in order. When this resolves, what is
   * acknowledged is on disk. The same transaction again gets the same place. Only one that asks conditions for the first time, and what
   * was submitted with it, waits for them; `payer` is charged for running them, and it is refused OVERLOADED, RATE_LIMITED or
   * CONDITION_UNAVAILABLE where they cannot be run now.
   * Throws ApiError OVERLOADED, NOT_READY, SHUTTING_DOWN or STORE_UNAVAILABLE; then nothing is acknowledged, though what
   * was on its way to the disk may be found there after a restart.
   */
  submit(transactions: readonly Uint8Array[], payer?: Payer): Promise<readonly Answer[]>;
  /** Transactions taken in and not answered yet. */
  waiting(): number;
  /** Why nothing is accepted any more: the log or the store could not be written. */
  failure(): Error | undefined;
  /** Stops accepting for good: what the ledger stands on is no longer true. */
  halt(reason: Error): void;
  /** Seals the open block now, if there is one, and waits until all sealed blocks are in the store. */
  seal(): Promise<void>;
  /** Accepts nothing more, answers what was taken in. The open block stays in the log. */
  stop(): Promise<void>;
}

/** What the sequencer tells; called when it is on disk. */
export interface SequencerEvents {
  readonly onAcknowledged: (layer: BlockLayer, from: number, to: number) => void;
  readonly onStored: (block: bigint) => void;
}

interface Modules {
  readonly pool: VerifierPool;
  readonly log: WriteAheadLog;
  readonly ledger: Ledger;
  readonly rootChain: RootChainState;
  readonly conditions: ConditionVerdicts;
  /** Time of the L1 head, seconds; undefined before L1 was read. */
  readonly l1Time: () => number | undefined;
  readonly context: BuilderContext;
  readonly events: SequencerEvents;
  /** Milliseconds. */
  readonly clock: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** A transaction whose conditions have to answer. */
interface Asking {
  readonly raw: Uint8Array;
  readonly verified: VerifiedTransaction;
  readonly l1Time: number;
}

/** Spending conditions that wait for the VM at once. */
const MAX_CONDITIONS_WAITING = 64;

/**
 * Orders transactions into blocks: verify on other threads, judge here, one after the other, write to the log, acknowledge.
 *
 * A block's sealedAt is the time of the L1 head when the block is *opened*, not when it is closed: windows are judged by
 * it (R3), so a transaction that was promised a place can never fall out of its window while the block fills. A
 * transaction that needs a later time closes the block and opens the next one.
 */
export function createSequencer(options: SequencerOptions, modules: Modules): Sequencer {
  const { pool, log, ledger, rootChain, conditions, context, logger, metrics } = modules;
  const asker = createConditionAsker(MAX_CONDITIONS_WAITING, metrics);
  const acknowledged = metrics.counter("plasma_transactions_acknowledged_total", "Transactions given a place");
  const refused = metrics.counter("plasma_transactions_refused_total", "Transactions refused", ["code"]);
  const admission = createAdmission(options, modules.clock);
  const sealSeconds = metrics.histogram("plasma_block_seal_seconds", "Time to compute and store a block", SECONDS);
  metrics.gauge("plasma_mempool_size_total", "Transactions in the open block", () => openLayer()?.entries.length ?? 0);
  metrics.gauge("plasma_mempool_waiting_total", "Transactions taken in and not answered", admission.waiting);

  let stopping = false;
  let failure: Error | undefined;
  let timer: NodeJS.Timeout | undefined;
  let storing: Promise<void> = Promise.resolve();

  const openLayer = (): BlockLayer | undefined => {
    const last = ledger.layers.at(-1);
    return last?.sealed() === undefined ? last : undefined;
  };

  const fail = (error: unknown) => {
    if (failure !== undefined) return;
    failure = error instanceof Error ? error : new Error(String(error));
    clearTimeout(timer);
    logger.error("Stopped accepting transactions", { error: failure });
  };

  const startTimer = () => {
    timer = setTimeout(() => void seal(), options.blockIntervalMs);
  };

  /** Takes the transaction into the open block, or into a new one. */
  const place = (
    raw: Uint8Array,
    verified: VerifiedTransaction,
    l1Time: number,
    view: LedgerView = ledger.view,
  ): Acknowledgement => {
    const candidate = candidateOf(raw, verified);
    const [firstInput] = candidate.signed.transaction.inputs as [Input, ...Input[]];
    const known = ledger.placeOfSpend(verified.txId, firstInput.position);
    if (known !== undefined) {
      return {
        txId: verified.txId,
        blockNumber: known.block,
        txIndex: known.txIndex,
        status: ledger.statusOf(known.block),
      };
    }
    let layer = openLayer() ?? ledger.createLayer(l1Time);
    if (!hasRoomFor(layer, raw, options)) layer = nextLayer(l1Time);
    const judge = () => {
      const { count } = rootChain.finalDeposits();
      return judgeTransaction(candidate, layer, count, view, context);
    };
    let judged: ReturnType<typeof judge>;
    try {
      judged = judge();
    } catch (error) {
      if (!isNotYetValid(error) || l1Time <= layer.sealedAt) throw error;
      layer = nextLayer(l1Time);
      judged = judge();
    }
    checkFee(options.fees, judged.effects);
    if (openLayer() !== layer) {
      append({ kind: "open", number: layer.number, sealedAt: layer.sealedAt });
      ledger.push(layer);
      startTimer();
    }
    append({ kind: "transaction", raw });
    layer.append(judged.entry, judged.effects.fees);
    return { txId: verified.txId, blockNumber: layer.number, txIndex: layer.entries.length - 1, status: "pending" };
  };

  const nextLayer = (l1Time: number): BlockLayer => {
    void seal();
    return ledger.createLayer(l1Time);
  };

  const append = (record: JournalRecord) => log.append(encodeRecord(record));

  const refusal = (error: unknown): ApiError | ProtocolError => {
    if (!(error instanceof ProtocolError || error instanceof ApiError)) throw error;
    refused.inc({ code: error.code });
    return error;
  };

  /** Throws VerdictError where a condition has to answer first. */
  const answer = (raw: Uint8Array, verdict: Verdict, l1Time: number): Answer => {
    try {
      if (verdict instanceof ProtocolError) throw verdict;
      return place(raw, verdict, l1Time);
    } catch (error) {
      if (error instanceof VerdictError) throw error;
      return refusal(error);
    }
  };

  /** Asks the conditions of a transaction, and judges it by the ledger as it is then. */
  const answerAsking = async ({ raw, verified, l1Time }: Asking, payer: Payer): Promise<Answer> => {
    const held = conditions.hold();
    const view = { ...ledger.view, conditions: { ...ledger.view.conditions, verdict: held.verdict } };
    const judge = () => {
      if (failure !== undefined) throw unavailable();
      return place(raw, verified, modules.l1Time() ?? l1Time, view);
    };
    try {
      return await judgeAsking(judge, (call) => asker.ask(held, call, payer));
    } catch (error) {
      return refusal(error);
    }
  };

  /** Remembers how far the layers are filled, so that the entries up to there count as acknowledged once they are on disk. */
  const takeMarks = () => ledger.layers.map((layer) => ({ layer, count: layer.entries.length }));

  const publish = (marks: ReturnType<typeof takeMarks>) => {
    for (const { layer, count } of marks) {
      const from = layer.durable.count;
      if (count <= from) continue;
      layer.durable.count = count;
      acknowledged.inc(count - from);
      modules.events.onAcknowledged(layer, from, count);
    }
  };

  const submit = async (transactions: readonly Uint8Array[], payer = SERVICE): Promise<readonly Answer[]> => {
    const l1Time = assertAccepting();
    const stay = admission.enter(transactions.length);
    try {
      const verdicts = await pool.verify(transactions);
      if (failure !== undefined) throw unavailable();
      const answers: Answer[] = [];
      for (const [index, raw] of transactions.entries()) {
        const verdict = verdicts[index] as Verdict;
        const now = modules.l1Time() ?? l1Time;
        try {
          answers.push(answer(raw, verdict, now));
        } catch (error) {
          if (!(error instanceof VerdictError)) throw error;
          stay.stepAside();
          answers.push(await answerAsking({ raw, verified: verdict as VerifiedTransaction, l1Time: now }, payer));
        }
      }
      if (failure !== undefined) throw unavailable();
      const marks = takeMarks();
      await log.sync();
      publish(marks);
      return answers;
    } catch (error) {
      fail(error);
      throw unavailable();
    } finally {
      stay.leave();
    }
  };

  const assertAccepting = (): number => {
    if (failure !== undefined) throw unavailable();
    if (stopping) throw new ApiError("SHUTTING_DOWN", "The service is stopping: send again later");
    const l1Time = modules.l1Time();
    if (l1Time === undefined) throw new ApiError("NOT_READY", "The service has not read L1 yet: send again later");
    return l1Time;
  };

  const unavailable = () =>
    failure instanceof RuntimeError && /^(STORE|LOG)_/.test(failure.code)
      ? new ApiError(
          "STORE_UNAVAILABLE",
          "The service cannot write to its disk: ask for the transaction before sending it again",
        )
      : new ApiError("NOT_READY", "The service has stopped accepting: ask for the transaction before sending it again");

  /** Closes the open block: claims, root and record are made now; it is stored when the record is on disk. */
  const seal = (): Promise<void> => {
    const layer = openLayer();
    if (layer === undefined || failure !== undefined) return storing;
    clearTimeout(timer);
    const stopTimer = sealSeconds.startTimer();
    const claims = claimFees(layer, options.feeRecipient, context);
    const sealed = sealedLayerOf(layer, rootChain.finalDeposits(), context);
    const { block } = sealed;
    layer.seal(sealed);
    const marks = takeMarks();
    const onDisk = (async () => {
      append({ kind: "seal", block, claims });
      const segment = log.rotate();
      await log.sync();
      return segment;
    })();
    onDisk.catch(fail);
    storing = storing.then(async () => {
      try {
        const segment = await onDisk;
        publish(marks);
        // A block before this one that could not be stored is in the log alone: nothing may be dropped from it.
        if (failure !== undefined) return;
        ledger.store(layer);
        await log.dropBefore(segment);
        stopTimer();
        logger.info("Sealed block", { number: block.number, transactions: block.txCount, root: block.root });
        modules.events.onStored(block.number);
      } catch (error) {
        fail(error);
      }
    });
    return storing;
  };

  if (openLayer() !== undefined) startTimer();

  return {
    submit,
    waiting: admission.waiting,
    failure: () => failure,
    halt: fail,
    seal,
    async stop() {
      stopping = true;
      clearTimeout(timer);
      await admission.idle();
      await storing;
    },
  };
}

/**
 * Puts back what the log holds and the store does not: sealed blocks into the store, the open one onto the ledger.
 * Locks by exits and the finality of conditions are not asked again: what was acknowledged stays.
 * Throws OPERATOR_LOG_INVALID, CONDITION_UNAVAILABLE.
 */
export async function recoverLedger(
  records: readonly Uint8Array[],
  {
    ledger,
    ledgerStore,
    pool,
    context,
    rootChain,
    conditions,
  }: Pick<Modules, "ledger" | "pool" | "context" | "rootChain" | "conditions"> & { readonly ledgerStore: LedgerStore },
): Promise<void> {
  const stored = ledgerStore.latestBlock()?.number ?? 0n;
  let layer: BlockLayer | undefined;
  let raws: Uint8Array[] = [];

  const replayTransactions = async (target: BlockLayer) => {
    const verdicts = await pool.verify(raws);
    const { count } = rootChain.finalDeposits();
    for (const [index, raw] of raws.entries()) {
      const verdict = verdicts[index] as Verdict;
      if (verdict instanceof ProtocolError) throw verdict;
      const held = conditions.hold();
      const view: LedgerView = {
        ...ledger.view,
        exitOf: () => undefined,
        conditions: { find: rootChain.condition, verdict: held.verdict },
      };
      const candidate = candidateOf(raw, verdict);
      const judge = () => judgeTransaction(candidate, target, count, view, context);
      const { entry, effects } = await judgeAsking(judge, held.prepare);
      target.append(entry, effects.fees);
    }
    target.durable.count = target.entries.length;
    raws = [];
  };

  const replay = async (record: JournalRecord) => {
    if (record.kind === "open") {
      if (record.number <= stored) return;
      layer = ledger.createLayer(record.sealedAt);
      if (layer.number !== record.number) {
        throw new OperatorError(
          "OPERATOR_LOG_INVALID",
          `The log opens block ${record.number}, the store needs ${layer.number}`,
        );
      }
      ledger.push(layer);
    } else if (layer !== undefined && record.kind === "transaction") {
      raws.push(record.raw);
    } else if (layer !== undefined && record.kind === "seal") {
      await replayTransactions(layer);
      for (const claim of record.claims) appendClaim(layer, decodeFeeClaim(claim), context);
      const { depositCount: count, depositHash: hash } = record.block;
      const sealed = sealedLayerOf(layer, { count, hash }, context);
      if (sealed.block.root !== record.block.root) {
        throw new OperatorError("OPERATOR_LOG_INVALID", `The log does not lead to the root of block ${layer.number}`);
      }
      layer.seal(sealed);
      ledger.store(layer);
      layer = undefined;
    }
  };

  try {
    for (const bytes of records) await replay(decodeRecord(bytes));
    if (layer !== undefined) await replayTransactions(layer);
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    const message = `The log holds a transaction that the ledger refuses (${cause.message}): was L1 replaced below its finality?`;
    throw new OperatorError("OPERATOR_LOG_INVALID", message, { ...cause.details }, { cause });
  }
}
