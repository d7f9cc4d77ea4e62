import { readFileSync } from "node:fs";
import path from "node:path";
import type { Address, LocalAccount } from "viem";
import * as z from "zod";
import type { ApiResult } from "../protocol/api.ts";
import { openRpcDocument } from "../protocol/openRpc.ts";
import { ApiError } from "../runtime/apiError.ts";
import { systemCodeOf } from "../runtime/errors.ts";
import { type Health, startHttpServer } from "../runtime/httpServer.ts";
import { apiMethods, createRpcDispatcher } from "../runtime/jsonRpc.ts";
import { createL1Sender, type L1Sender } from "../runtime/l1Sender.ts";
import type { Logger } from "../runtime/logger.ts";
import { createMetrics, type Metrics, SECONDS } from "../runtime/metrics.ts";
import { openWriteAheadLog, type WriteAheadLog } from "../runtime/writeAheadLog.ts";
import { apiLimits, createApiHandlers } from "./apiHandlers.ts";
import { type Chain, openChain } from "./chain.ts";
import { createCommitter } from "./committer.ts";
import { OperatorError } from "./errors.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import type { OperatorConfig } from "./options.ts";
import { createProofs } from "./proofs.ts";
import { createQueries } from "./queries.ts";
import { createSequencer, recoverLedger } from "./sequencer.ts";
import { createSubscriptions } from "./subscriptions.ts";
import { createVerifierPool } from "./verifierPool.ts";

export interface Operator {
  /** Where the API is served. */
  readonly url: string;
  /** Takes nothing more, answers and stores what was taken, closes everything. The open block stays in the log. */
  stop(): Promise<void>;
}

interface Modules {
  /** Signs the commits; may be absent when the service is read-only. */
  readonly account?: LocalAccount;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

const CLIENT_VERSION = `plasma/${
  z.object({ version: z.string() }).parse(JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")))
    .version
}`;

/** L1 blocks that the follower may be behind before health says so. */
const MAX_FOLLOW_DISTANCE = 16n;
/** Share of MEP after which an uncommitted block makes the service unhealthy: half of what alarms watchers (R3). */
const COMMIT_LAG_SHARE = 16;
const URGENT_SHARE = 16;

/**
 * Starts the operator service and resolves when it is in step with L1 and answers requests.
 * Throws the RuntimeErrors and OperatorErrors that keep it from running; then nothing is left running.
 */
export async function startOperator(config: OperatorConfig, { account, logger, clock }: Modules): Promise<Operator> {
  const metrics = createMetrics();
  const cleanup: (() => unknown)[] = [];
  const stopAll = async () => {
    for (const stop of cleanup.splice(0).reverse()) await stop();
  };
  try {
    const chain = await openChain(config, { logger, metrics });
    cleanup.push(chain.close);
    const signer = config.readOnly ? undefined : authorised(account, chain.contract.operator);
    if (!config.readOnly) assertOwnHistory(chain, 0n);
    const { url } = await run(config, { chain, account: signer, logger, metrics, clock, cleanup });
    return { url, stop: stopAll };
  } catch (error) {
    await stopAll();
    throw error;
  }
}

interface RunModules {
  readonly chain: Chain;
  readonly account: LocalAccount | undefined;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: () => number;
  readonly cleanup: (() => unknown)[];
}

async function run(config: OperatorConfig, modules: RunModules): Promise<{ url: string }> {
  const { chain, account, logger, metrics, clock, cleanup } = modules;
  const { contract, store, ledgerStore, rootChain, follower, crypto } = chain;
  const { domain, minExitPeriod } = contract;
  if (crypto.signatureLibrary !== "secp256k1-native") {
    logger.warn("Native secp256k1 is missing: signatures are recovered about 30 times slower", {
      library: crypto.signatureLibrary,
    });
  }

  const pool = createVerifierPool(config.verifierThreads, domain);
  cleanup.push(() => pool.stop());
  const ledger = createLedger({ ledgerStore, rootChain, transaction: store.transaction });
  const context = { domain, minExitPeriod, crypto };
  const log = await openLog(config, metrics, async (records) =>
    recoverLedger(records, { ledger, pool, context, rootChain }),
  );
  cleanup.push(() => log.close());

  // Steps that talk to L1 about our own transactions run one after the other.
  let turn: Promise<void> = Promise.resolve();
  const inTurn = (step: () => Promise<void>): Promise<void> => {
    turn = turn.then(step);
    return turn;
  };

  const queries = createQueries({ ledger, ledgerStore, rootChain });
  const subscriptions = createSubscriptions();
  const sequencer = createSequencer(
    { ...config, feeRecipient: config.feeRecipient ?? contract.operator },
    {
      pool,
      log,
      ledger,
      rootChain,
      l1Time: () => follower.head()?.timestamp,
      context,
      events: {
        onAcknowledged(layer, from, to) {
          for (const [index, entry] of layer.entries.slice(from, to).entries()) {
            const place = { block: layer.number, txIndex: from + index };
            subscriptions.publishTransaction(entry, () => queries.transactionView({ ...place, ...entry }));
          }
        },
        onStored(block) {
          subscriptions.publishBlock(() => queries.getBlock(block));
          void inTurn(commit);
        },
      },
      logger,
      metrics,
    },
  );
  cleanup.push(
    () => turn,
    () => sequencer.stop(),
  );

  const sender = account && createSender(config, { account, chain, logger, metrics, clock });
  const committer =
    sender &&
    createCommitter({ ...config, minExitPeriod }, { sender, rootChain, ledgerStore, keccak: crypto.keccak256, logger });
  const troubles = new Map<"l1" | "commit", string>();

  /** Runs a step and remembers by what its last run failed. */
  const attempt = async (kind: "l1" | "commit", step: () => Promise<void> | undefined) => {
    try {
      await step();
      troubles.delete(kind);
    } catch (error) {
      const code = systemCodeOf(error) ?? "INTERNAL_ERROR";
      if (troubles.get(kind) !== code)
        logger.warn("A step with L1 failed and will be tried again", { step: kind, error });
      troubles.set(kind, code);
    }
  };

  const commit = () => attempt("commit", () => (sequencer.failure() === undefined ? committer?.commit() : undefined));

  const tellNotices = () => {
    for (const notice of rootChain.takeNotices()) {
      if (notice.kind === "exit") subscriptions.publishExit(notice.exit);
      else {
        if (!config.readOnly) assertOwnHistory(chain, notice.number);
        subscriptions.publishBlock(() => queries.getBlock(notice.number));
      }
    }
  };

  const followStep = async (error: unknown) => {
    await attempt("l1", async () => {
      if (error !== undefined) throw error;
      tellNotices();
    });
    const halting = troubles.get("l1");
    if (halting === "L1_REORG_TOO_DEEP" || halting === "OPERATOR_HISTORY_MISMATCH") sequencer.halt(new Error(halting));
    if (error !== undefined) return;
    await attempt("commit", async () => {
      await sender?.tick(follower.finalBlock());
    });
    if (!troubles.has("commit")) await commit();
  };

  const committedLag = () => Number((ledgerStore.latestBlock()?.number ?? 0n) - rootChain.newestCommitted());
  metrics.gauge("plasma_commit_lag_blocks", "Sealed blocks that L1 does not have", committedLag);
  metrics.gauge("plasma_exits_open_total", "Exits that are open", () => rootChain.openExits());
  metrics
    .gauge("plasma_signature_library_info", "The library that recovers signatures", undefined, ["library"])
    .set({ library: crypto.signatureLibrary }, 1);

  const health = (): Health => {
    const reasons: string[] = [...troubles.values()];
    const oldest = ledgerStore.block(rootChain.newestCommitted() + 1n);
    const l1Time = follower.head()?.timestamp ?? 0;
    if (sequencer.failure() !== undefined) reasons.push("STORE_UNAVAILABLE");
    if (follower.nodeHead() - (follower.head()?.number ?? 0n) > MAX_FOLLOW_DISTANCE) reasons.push("L1_BEHIND");
    if (oldest !== undefined && l1Time - oldest.sealedAt > minExitPeriod / COMMIT_LAG_SHARE)
      reasons.push("COMMITS_BEHIND");
    return { status: reasons.length === 0 ? "ok" : "degraded", reasons };
  };

  const status = (): ApiResult<"plasma_status"> => ({
    ...domain,
    clientVersion: CLIENT_VERSION,
    latestBlock: ledger.latestSealed()?.number ?? 0n,
    committedBlock: rootChain.newestCommitted(),
    pendingTransactions: pendingTransactions(ledger),
    l1Head: { number: follower.head()?.number ?? 0n, timestamp: follower.head()?.timestamp ?? 0 },
    followerLag: Number(follower.nodeHead() - (follower.head()?.number ?? 0n)),
    feePolicy: config.fees,
    limits: apiLimits(config),
    signatureLibrary: crypto.signatureLibrary,
  });

  const submit = config.readOnly
    ? () => Promise.reject(new ApiError("NOT_READY", "This service is read-only: send to the operator itself"))
    : sequencer.submit;
  const proofs = createProofs({ ledger, ledgerStore, rootChain, domain, crypto });
  const methods = apiMethods(createApiHandlers({ submit, queries, proofs, subscriptions, status }));
  methods.set("rpc.discover", () => openRpcDocument(CLIENT_VERSION));
  const server = await startHttpServer(
    { ...config, rate: { perSecond: config.ratePerSecond, burst: config.rateBurst } },
    { dispatch: createRpcDispatcher(methods, config, { logger, metrics }), health, logger, metrics, clock },
  );

  rootChain.takeNotices();
  const abort = new AbortController();
  const following = follower.run(abort.signal, (error) => inTurn(() => followStep(error)));
  cleanup.push(
    async () => {
      abort.abort();
      await following;
    },
    () => server.stop(),
  );
  const block = ledger.latestSealed()?.number ?? 0n;
  logger.info("Operator runs", { ...domain, block, committed: rootChain.newestCommitted() });
  return { url: server.url };
}

function authorised(account: LocalAccount | undefined, operator: Address): LocalAccount {
  if (account !== undefined && account.address.toLowerCase() === operator) return account;
  const message = `The contract takes blocks from ${operator}, not from ${account?.address ?? "nobody"}: use the operator's key, or read-only mode`;
  throw new OperatorError("OPERATOR_NOT_AUTHORISED", message, { operator, account: account?.address });
}

/** Every block on L1 must be the one in the store: an operator with other blocks would commit a second history. */
function assertOwnHistory({ rootChain }: Chain, from: bigint): void {
  const foreign = rootChain.firstForeignCommit(from);
  if (foreign === undefined) return;
  const message = `Block ${foreign} on L1 is not the one in this store: use the right data directory, or rebuild into an empty one`;
  throw new OperatorError("OPERATOR_HISTORY_MISMATCH", message, { block: foreign });
}

async function openLog(
  config: OperatorConfig,
  metrics: Metrics,
  recover: (records: readonly Uint8Array[]) => Promise<void>,
): Promise<WriteAheadLog> {
  const syncSeconds = metrics.histogram(
    "plasma_log_sync_seconds",
    "Time of one fdatasync of the write-ahead log",
    SECONDS,
  );
  const groupSize = metrics.histogram("plasma_log_group_records_total", "Records of one fdatasync", GROUP_SIZES);
  const records: Uint8Array[] = [];
  const log = await openWriteAheadLog(
    {
      directory: path.join(config.dataDir, "log"),
      onSync(seconds, count) {
        syncSeconds.observe(seconds);
        groupSize.observe(count);
      },
    },
    (record) => records.push(record),
  );
  try {
    await recover(records);
  } catch (error) {
    await log.close();
    throw error;
  }
  return log;
}

const GROUP_SIZES = [1, 10, 100, 1_000, 10_000];

function createSender(
  config: OperatorConfig,
  modules: Pick<RunModules, "chain" | "logger" | "metrics" | "clock"> & { readonly account: LocalAccount },
): L1Sender {
  const { contract, store } = modules.chain;
  return createL1Sender(
    {
      maxFeePerGas: config.maxFeePerGasGwei,
      maxCostPerTransaction: config.maxCommitCostEth,
      maxCostPerDay: config.maxDailyCostEth,
      replaceAfterMs: config.replaceAfterMs,
      urgentSeconds: Math.floor(contract.minExitPeriod / URGENT_SHARE),
    },
    { ...modules, ...contract, store },
  );
}

function pendingTransactions(ledger: Ledger): number {
  const last = ledger.layers.at(-1);
  return last === undefined || last.sealed() !== undefined ? 0 : last.entries.length;
}
