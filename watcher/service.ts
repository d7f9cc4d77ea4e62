import type { Address, LocalAccount } from "viem";
import { createWalletClient, http } from "viem";
import { createClient } from "../client/client.ts";
import { encodeBlock } from "../protocol/block.ts";
import { openRpcDocument } from "../protocol/openRpc.ts";
import { WATCHER_API } from "../protocol/watcherApi.ts";
import { ApiError } from "../runtime/apiError.ts";
import { createApiHandlers } from "../runtime/apiHandlers.ts";
import { createBlockOpener } from "../runtime/blockOpening.ts";
import { type Chain, type ChainParts, openChain } from "../runtime/chain.ts";
import { createConditionAsker } from "../runtime/conditionAsker.ts";
import { systemCodeOf } from "../runtime/errors.ts";
import { startHttpServer } from "../runtime/httpServer.ts";
import { apiMethods, createRpcDispatcher } from "../runtime/jsonRpc.ts";
import { createL1Sender } from "../runtime/l1Sender.ts";
import { createLedger } from "../runtime/ledger.ts";
import type { Logger } from "../runtime/logger.ts";
import { createLongReads } from "../runtime/longReads.ts";
import { createMetrics, type Metrics } from "../runtime/metrics.ts";
import { createProofs, type Proofs } from "../runtime/proofs.ts";
import { createQueries, firstBytes } from "../runtime/queries.ts";
import { createSubscriptions } from "../runtime/subscriptions.ts";
import { createVerifierPool } from "../runtime/verifierPool.ts";
import { type Actor, createActor } from "./actor.ts";
import { createAlerts } from "./alerts.ts";
import { createWatcherHandlers } from "./api.ts";
import { createBlockSync } from "./blockSync.ts";
import { createEndingPayments } from "./endingPayments.ts";
import { createEvacuation } from "./evacuation.ts";
import { createFlightPieces } from "./flightPieces.ts";
import { createGuard } from "./guard.ts";
import { createJudge } from "./judge.ts";
import { createKits } from "./kits.ts";
import { createMonitor } from "./monitor.ts";
import { createMoveLog, type MoveLog } from "./moveLog.ts";
import type { WatcherConfig } from "./options.ts";
import { createProcessing } from "./processing.ts";
import { createSolvency } from "./solvency.ts";
import { createSpends, type Spends } from "./spends.ts";
import { createUncommitted } from "./uncommitted.ts";
import { createVerifiedChain, type VerifiedChain } from "./verifiedChain.ts";
import { createWebhook } from "./webhook.ts";

export interface Watcher {
  /** Where the API is served. */
  readonly url: string;
  /** Ends what is under way and closes everything. */
  stop(): Promise<void>;
}

interface Modules {
  /** Pays for moves on L1; without it the watcher only tells. */
  readonly account?: LocalAccount;
  /** Signs what is posted to the webhook. */
  readonly webhookSecret?: string;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/**
 * Starts the watcher service and resolves when it follows L1 and answers requests; it fetches and executes blocks from then on.
 * Throws the RuntimeErrors that keep it from running; then nothing is left running.
 */
export async function startWatcher(config: WatcherConfig, modules: Modules): Promise<Watcher> {
  const metrics = createMetrics();
  const cleanup: (() => unknown)[] = [];
  const stop = async () => {
    for (const end of cleanup.splice(0).reverse()) await end();
  };
  try {
    const { chain, verified } = await openVerifiedChain(config, modules.logger, metrics);
    cleanup.push(chain.close);
    const url = await run(config, { ...modules, chain, verified, metrics, cleanup });
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function openVerifiedChain(config: WatcherConfig, logger: Logger, metrics: Metrics) {
  let verified: VerifiedChain | undefined;
  const handlerOver = (parts: ChainParts) => {
    verified = createVerifiedChain(parts);
    return verified.handler;
  };
  const chain = await openChain(config, { kind: "watcher", logger, metrics, handlerOver });
  return { chain, verified: verified ?? createVerifiedChain(chain) };
}

/** Spending conditions of evidence that wait for the VM at once: blocks wait behind them. */
const MAX_CONDITIONS_WAITING = 4;

interface RunModules extends Modules {
  readonly chain: Chain;
  readonly verified: VerifiedChain;
  readonly metrics: Metrics;
  readonly cleanup: (() => unknown)[];
}

/** Puts the parts together and starts them; returns the URL of the API. */
async function run(config: WatcherConfig, modules: RunModules): Promise<string> {
  const { chain, verified, logger, metrics, clock, cleanup } = modules;
  const { contract, store, ledgerStore, rootChain, conditions, follower, crypto } = chain;
  const { domain } = contract;
  const account = config.act ? modules.account : undefined;
  const address = account?.address.toLowerCase() as Address | undefined;
  const l1Time = () => follower.head()?.timestamp ?? 0;
  const kits =
    config.kits === undefined
      ? undefined
      : createKits(
          { directory: config.kits, startsExits: config.exitKits },
          { parts: chain, evidence: verified.evidence, l1Time, logger },
        );
  const owners = () =>
    new Set([...config.owners, ...(address === undefined ? [] : [address]), ...(kits?.owners() ?? [])]);

  const ledger = createLedger({ ledgerStore, rootChain, conditions, transaction: store.transaction });
  const queries = createQueries({ ledger, ledgerStore, rootChain });
  const proofs = createProofs({ ledger, ledgerStore, rootChain, domain, crypto });
  const longRead = createLongReads();
  const spends = createSpends({ parts: chain, verified, ledger, proofs, logger });
  const piecesOf = createFlightPieces(chain, spends);
  const subscriptions = createSubscriptions();
  const alerts = createAlerts(store);
  const moves = createMoveLog(store);
  const webhook =
    config.webhookUrl === undefined
      ? undefined
      : createWebhook(
          { url: config.webhookUrl, secret: modules.webhookSecret, pollMs: config.l1PollMs },
          { store, logger, metrics, clock },
        );
  const uncommitted = createUncommitted(config.sources, { rootChain, l1Time, minExitPeriod: contract.minExitPeriod });
  const solvency = createSolvency(chain);
  const pool = createVerifierPool(config.verifierThreads, domain, Number.POSITIVE_INFINITY);
  cleanup.push(() => pool.stop());
  const sync = createBlockSync(
    { sources: config.sources, pollMs: config.l1PollMs },
    {
      chain: verified,
      open: createBlockOpener(domain, { pool, crypto }),
      l1Time,
      onProgress: () => guard.wake(),
      logger,
    },
  );
  const actor = account && createAccountActor(config, account, { ...modules, proofs, spends, moves });
  const evacuation =
    address === undefined
      ? undefined
      : createEvacuation(
          { account: address, own: config.exitOwn, delaySeconds: config.exitDelaySeconds },
          {
            chain,
            spends,
            piecesOf,
            permitted: () => kits?.exits() ?? [],
            isInStep: () => sync.isIdle(),
          },
        );
  const joins = new Set(config.exitOwn && address !== undefined ? [address] : []);
  const judge = createJudge({
    chain,
    verified,
    spends,
    piecesOf,
    endingPayments: createEndingPayments({ parts: chain, evidence: verified.evidence, ledger, spends, owners }),
    owners,
    joins,
    uncommittedSince: uncommitted.since,
  });
  const guard = createGuard({
    chain,
    judge,
    alerts,
    webhook,
    actor,
    evacuation,
    spends,
    kits,
    solvency,
    uncommitted,
    subscriptions,
    queries,
    logger,
    metrics,
    clock,
  });

  const halted: string[] = [];
  const monitor = createMonitor(config, { chain, verified, alerts, actor, sync, guard, kits, halted, metrics });
  const refuse = () =>
    Promise.reject(new ApiError("NOT_READY", "A watcher takes no payments: send them to the operator"));
  const handlers = createWatcherHandlers({
    chain,
    verified,
    spends,
    alerts,
    moves,
    shared: createApiHandlers({ submit: refuse, queries, proofs, subscriptions, status: monitor.status, longRead }),
    account: address ?? null,
    asker: createConditionAsker(MAX_CONDITIONS_WAITING, metrics),
    onEvidence: () => guard.wake(),
  });
  const methods = apiMethods(WATCHER_API, handlers);
  methods.set("rpc.discover", () => openRpcDocument("Plasma watcher", monitor.clientVersion, WATCHER_API));
  const dispatch = createRpcDispatcher(methods, config, { logger, metrics });
  const download = (number: bigint, from: number) =>
    longRead(() => {
      const loose = verified.looseEntries(number)?.slice(from);
      return encodeBlock(
        loose === undefined ? queries.blockEntries(number, from) : firstBytes(loose, (raw) => raw.length),
      );
    });
  const rate = { perSecond: config.ratePerSecond, burst: config.rateBurst };
  const server = await startHttpServer(
    { ...config, rate },
    { dispatch, download, health: monitor.health, logger, metrics, clock },
  );
  cleanup.push(() => server.stop());

  const abort = new AbortController();
  const loops = [guard.run(abort.signal), sync.run(abort.signal), webhook?.run(abort.signal)];
  const running = Promise.all(
    loops.map((loop) =>
      loop?.catch((error: unknown) => {
        // What cannot be tried again: the disk, or a bug. Health says so; a supervisor restarts the service.
        logger.error("The watcher has halted", { error });
        halted.push(systemCodeOf(error) ?? "INTERNAL_ERROR");
        abort.abort();
      }),
    ),
  );
  cleanup.push(async () => {
    abort.abort();
    await running;
  });
  logger.info("Watcher runs", {
    ...domain,
    block: verified.height(),
    committed: rootChain.newestCommitted(),
    account: address,
  });
  return server.url;
}

/** Below this share of MEP before a deadline, fees rise faster. */
const URGENT_SHARE = 16;

function createAccountActor(
  config: WatcherConfig,
  account: LocalAccount,
  {
    chain,
    logger,
    metrics,
    clock,
    proofs,
    spends,
    moves,
  }: RunModules & {
    readonly proofs: Proofs;
    readonly spends: Spends;
    readonly moves: MoveLog;
  },
): Actor {
  const { contract, store, crypto } = chain;
  const sender = createL1Sender(
    {
      maxFeePerGas: config.maxFeePerGasGwei,
      maxCostPerTransaction: config.maxCostEth,
      maxCostPerDay: config.maxDailyCostEth,
      replaceAfterMs: config.replaceAfterMs,
      urgentSeconds: Math.floor(contract.minExitPeriod / URGENT_SHARE),
    },
    { client: contract.client, chainId: contract.chainId, account, store, logger, metrics, clock },
  );
  const client = createClient({
    domain: contract.domain,
    l1: contract.client,
    operatorUrl: config.sources[0] ?? "",
    wallet: createWalletClient({ account, transport: http(config.l1Url, { retryCount: 0 }) }),
    fromBlock: config.fromBlock,
    logRange: BigInt(config.l1MaxRange),
    crypto,
    openConditionVm: async () => chain.conditions.vm,
  });
  const processing = createProcessing(chain, spends, client);
  return createActor({ client, sender, proofs, processing, moves, logger, metrics });
}
