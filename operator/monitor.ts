import type { ApiResult } from "../protocol/api.ts";
import { apiLimits } from "../runtime/apiHandlers.ts";
import type { Chain } from "../runtime/chain.ts";
import { createChainMonitor } from "../runtime/chainMonitor.ts";
import { systemCodeOf } from "../runtime/errors.ts";
import type { Health } from "../runtime/httpServer.ts";
import type { Ledger } from "../runtime/ledger.ts";
import type { Metrics } from "../runtime/metrics.ts";
import type { L1Steps } from "./l1Steps.ts";
import type { OperatorConfig } from "./options.ts";
import type { Sequencer } from "./sequencer.ts";

/** Share of MEP after which an uncommitted block makes the service unhealthy: half of what alarms watchers (R3). */
const COMMIT_LAG_SHARE = 16;

interface Modules {
  readonly chain: Chain;
  readonly ledger: Ledger;
  readonly sequencer: Sequencer;
  readonly steps: L1Steps;
  readonly metrics: Metrics;
}

/** How the service is, for people (`status`), for machines that restart it (`health`) and for graphs (metrics). */
export function createMonitor(config: OperatorConfig, { chain, ledger, sequencer, steps, metrics }: Modules) {
  const { contract, ledgerStore, rootChain } = chain;
  const shared = createChainMonitor(chain, metrics);
  const committed = () => rootChain.newestCommitted();

  metrics.gauge("plasma_commit_lag_blocks", "Sealed blocks that L1 does not have", () =>
    Number((ledgerStore.latestBlock()?.number ?? 0n) - committed()),
  );

  return {
    clientVersion: shared.clientVersion,

    health(): Health {
      const reasons = [...steps.troubles(), ...shared.troubles()];
      const failure = sequencer.failure();
      const oldest = ledgerStore.block(committed() + 1n);
      const lag = oldest === undefined ? 0 : shared.head().timestamp - oldest.sealedAt;
      if (failure !== undefined) reasons.push(systemCodeOf(failure) ?? "INTERNAL_ERROR");
      if (lag > contract.minExitPeriod / COMMIT_LAG_SHARE) reasons.push("COMMITS_BEHIND");
      return { status: reasons.length === 0 ? "ok" : "degraded", reasons: [...new Set(reasons)] };
    },

    status(): ApiResult<"plasma_status"> {
      return {
        ...shared.status(),
        latestBlock: ledgerStore.latestBlock()?.number ?? 0n,
        pendingTransactions: ledger.layers.reduce((sum, { durable }) => sum + durable.count, 0),
        feePolicy: config.fees,
        limits: apiLimits(config),
      };
    },
  };
}
