import path from "node:path";
import type { Address, LocalAccount } from "viem";
import { API_METHODS } from "../protocol/api.ts";
import { encodeBlock } from "../protocol/block.ts";
import { openRpcDocument } from "../protocol/openRpc.ts";
import { decodeUpload, encodeUploadAnswers } from "../protocol/upload.ts";
import { ApiError } from "../runtime/apiError.ts";
import { createApiHandlers } from "../runtime/apiHandlers.ts";
import { type Chain, openChain } from "../runtime/chain.ts";
import { startHttpServer } from "../runtime/httpServer.ts";
import { apiMethods, createRpcDispatcher, type RpcPeer } from "../runtime/jsonRpc.ts";
import { createL1Sender, type L1Sender } from "../runtime/l1Sender.ts";
import { createLedger } from "../runtime/ledger.ts";
import type { Logger } from "../runtime/logger.ts";
import { createLongReads } from "../runtime/longReads.ts";
import { createMetrics, type Metrics, SECONDS } from "../runtime/metrics.ts";
import { createProofs } from "../runtime/proofs.ts";
import { createQueries } from "../runtime/queries.ts";
import { createSubscriptions } from "../runtime/subscriptions.ts";
import { createVerifierPool } from "../runtime/verifierPool.ts";
import { openWriteAheadLog, type WriteAheadLog } from "../runtime/writeAheadLog.ts";
import { createCommitter } from "./committer.ts";
import { OperatorError } from "./errors.ts";
import { createInFlightInclusion } from "./inFlightInclusion.ts";
import { createL1Steps } from "./l1Steps.ts";
import { createMonitor } from "./monitor.ts";
import type { OperatorConfig } from "./options.ts";
import { createSequencer, recoverLedger } from "./sequencer.ts";

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

/**
 * Starts the operator service and resolves when it is in step with L1 and answers requests.
 * Throws the RuntimeErrors and OperatorErrors that keep it from running; then nothing is left running.
 */
export async function startOperator(config: OperatorConfig, { account, logger, clock }: Modules): Promise<Operator> {
  const metrics = createMetrics();
  const cleanup: Cleanup = [];
  const stop = async () => {
    for (const end of cleanup.splice(0).reverse()) await end();
  };
  try {
    const chain = await openChain(config, { kind: "operator", logger, metrics });
    cleanup.push(chain.close);
    const signer = config.readOnly ? undefined : authorised(account, chain.contract.operator);
    if (!config.readOnly) assertOwnHistory(chain, 0n);
    chain.rootChain.takeNotices(); // nobody listens yet
    const url = await run(config, { chain, account: signer, logger, metrics, clock, cleanup });
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What ends the parts that run, in the order in which they were started. */
type Cleanup = (() => unknown)[];

interface RunModules {
  readonly chain: Chain;
  readonly account: LocalAccount | undefined;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: () => number;
  readonly cleanup: Cleanup;
}

/** Puts the parts together and starts them; returns the URL of the API. */
async function run(config: OperatorConfig, modules: RunModules): Promise<string> {
  const { chain, logger, metrics, clock, cleanup } = modules;
  const { contract, store, ledgerStore, rootChain, conditions, follower, crypto } = chain;
  const { domain, minExitPeriod } = contract;
  const context = { domain, minExitPeriod, crypto };
  if (crypto.signatureLibrary !== "secp256k1-native") {
    const library = crypto.signatureLibrary;
    logger.warn("Native secp256k1 is missing: signatures are recovered about 30 times slower", { library });
  }

  const pool = createVerifierPool(config.verifierThreads, domain);
  cleanup.push(() => pool.stop());
  const ledger = createLedger({ ledgerStore, rootChain, conditions, transaction: store.transaction });
  const log = await openLog(config, metrics, (records) =>
    recoverLedger(records, { ledger, ledgerStore, pool, context, rootChain, conditions }),
  );
  cleanup.push(() => log.close());

  const l1Time = () => follower.head()?.timestamp;
  const queries = createQueries({ ledger, ledgerStore, rootChain });
  const proofs = createProofs({ ledger, ledgerStore, rootChain, domain, crypto });
  const subscriptions = createSubscriptions();
  const sequencer = createSequencer(
    { ...config, feeRecipient: config.feeRecipient ?? contract.operator },
    {
      pool,
      log,
      ledger,
      rootChain,
      conditions,
      l1Time,
      context,
      clock,
      events: {
        onAcknowledged(layer, from, to) {
          for (const [index, entry] of layer.entries.slice(from, to).entries()) {
            const place = { block: layer.number, txIndex: from + index };
            subscriptions.publishTransaction(entry, () => queries.transactionView({ ...place, ...entry }));
          }
        },
        onStored(block) {
          subscriptions.publishBlock(() => queries.getBlock(block));
          void steps.commit();
        },
      },
      logger,
      metrics,
    },
  );

  const sender = createSender(config, modules);
  const committer =
    sender &&
    createCommitter(
      { ...config, minExitPeriod },
      { sender, l1Time, rootChain, ledgerStore, keccak: crypto.keccak256, logger },
    );
  const inclusion = config.readOnly
    ? undefined
    : createInFlightInclusion(
        { exits: rootChain.inFlightExits, ledger, submit: sequencer.submit, logger },
        minExitPeriod,
      );
  inclusion?.add(rootChain.inFlightExits.openTransactions());
  const steps = createL1Steps({
    follower,
    sender,
    committer,
    async onFollowed() {
      const notices = rootChain.takeNotices();
      const firstCommit = notices.find((notice) => notice.kind === "commit");
      if (firstCommit !== undefined && !config.readOnly) assertOwnHistory(chain, firstCommit.number);
      for (const notice of notices) {
        if (notice.kind === "exit") subscriptions.publishExit(notice.exit);
        else subscriptions.publishBlock(() => queries.getBlock(notice.number));
        if (notice.kind === "exit" && notice.exit.kind === "inFlight") inclusion?.add([notice.exit.txId]);
      }
      await conditions.fetchCodes();
      await inclusion?.step(l1Time() ?? 0);
    },
    halt: sequencer.halt,
    logger,
  });
  // A block that is stored while the service stops still has its turn to be committed.
  cleanup.push(
    () => steps.commit(),
    () => sequencer.stop(),
  );

  const { clientVersion, health, status } = createMonitor(config, { chain, ledger, sequencer, steps, metrics });
  const submit = config.readOnly
    ? () => Promise.reject(new ApiError("NOT_READY", "This service is read-only: send to the operator itself"))
    : sequencer.submit;
  const upload = async (body: Uint8Array, peer: RpcPeer) => encodeUploadAnswers(await submit(decodeUpload(body), peer));
  const longRead = createLongReads();
  const download = (number: bigint, from: number) => longRead(() => encodeBlock(queries.blockEntries(number, from)));
  const methods = apiMethods(
    API_METHODS,
    createApiHandlers({ submit, queries, proofs, subscriptions, status, longRead }),
  );
  methods.set("rpc.discover", () => openRpcDocument("Plasma operator", clientVersion, API_METHODS));
  const dispatch = createRpcDispatcher(methods, config, { logger, metrics });
  const rate = { perSecond: config.ratePerSecond, burst: config.rateBurst };
  const server = await startHttpServer(
    { ...config, rate },
    { dispatch, upload, download, health, logger, metrics, clock },
  );

  const abort = new AbortController();
  const running = steps.run(abort.signal);
  cleanup.push(
    async () => {
      abort.abort();
      await running;
    },
    () => server.stop(),
  );
  const block = ledgerStore.latestBlock()?.number ?? 0n;
  logger.info("Operator runs", { ...domain, block, committed: rootChain.newestCommitted() });
  return server.url;
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

/** Records of one fdatasync. */
const GROUP_SIZES = [1, 10, 100, 1_000, 10_000];

/** Opens the write-ahead log and recovers what it holds before anything is appended. */
async function openLog(
  config: OperatorConfig,
  metrics: Metrics,
  recover: (records: readonly Uint8Array[]) => Promise<void>,
): Promise<WriteAheadLog> {
  const syncSeconds = metrics.histogram("plasma_log_sync_seconds", "Time of one fdatasync of the log", SECONDS);
  const groupRecords = metrics.histogram("plasma_log_group_records", "Records of one fdatasync", GROUP_SIZES);
  const records: Uint8Array[] = [];
  const log = await openWriteAheadLog(
    {
      directory: path.join(config.dataDir, "log"),
      onSync(seconds, count) {
        syncSeconds.observe(seconds);
        groupRecords.observe(count);
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

/** Below this share of MEP before the deadline of a commit, its fees rise faster. */
const URGENT_SHARE = 16;

function createSender(config: OperatorConfig, { account, chain, ...modules }: RunModules): L1Sender | undefined {
  if (account === undefined) return undefined;
  const { contract, store } = chain;
  return createL1Sender(
    {
      maxFeePerGas: config.maxFeePerGasGwei,
      maxCostPerTransaction: config.maxCommitCostEth,
      maxCostPerDay: config.maxDailyCostEth,
      replaceAfterMs: config.replaceAfterMs,
      urgentSeconds: Math.floor(contract.minExitPeriod / URGENT_SHARE),
    },
    { ...modules, account, store, client: contract.client, chainId: contract.chainId },
  );
}
