import type { ApiResult } from "../protocol/api.ts";
import { apiLimits } from "../runtime/apiHandlers.ts";
import type { Chain } from "../runtime/chain.ts";
import { createChainMonitor } from "../runtime/chainMonitor.ts";
import type { Health } from "../runtime/httpServer.ts";
import type { Metrics } from "../runtime/metrics.ts";
import type { Actor } from "./actor.ts";
import type { Alerts } from "./alerts.ts";
import type { BlockSync } from "./blockSync.ts";
import type { Guard } from "./guard.ts";
import type { Kits } from "./kits.ts";
import type { WatcherConfig } from "./options.ts";
import type { VerifiedChain } from "./verifiedChain.ts";

interface Modules {
  readonly chain: Chain;
  readonly verified: VerifiedChain;
  readonly alerts: Alerts;
  readonly actor: Actor | undefined;
  readonly sync: BlockSync;
  readonly guard: Guard;
  readonly kits: Kits | undefined;
  /** Codes of what ended the service's work for good. */
  readonly halted: readonly string[];
  readonly metrics: Metrics;
}

/** How the service is, for people (`status`), for machines that restart it (`health`) and for graphs (metrics). */
export function createMonitor(
  config: WatcherConfig,
  { chain, verified, alerts, actor, sync, guard, kits, halted, metrics }: Modules,
) {
  const shared = createChainMonitor(chain, metrics);
  metrics.gauge("plasma_verification_lag_blocks", "Committed blocks that are not verified", () =>
    Number(chain.rootChain.newestCommitted() - verified.height()),
  );
  metrics.gauge("plasma_alerts_open_total", "Alerts that hold now", () => alerts.open().length);
  metrics.gauge(
    "plasma_alerts_critical_open_total",
    "Alerts that hold now and cost money unless somebody acts",
    () => alerts.open().filter(({ severity }) => severity === "critical").length,
  );

  return {
    clientVersion: shared.clientVersion,

    health(): Health {
      const trouble = guard.trouble();
      const reasons = [
        ...halted,
        ...(trouble === undefined ? [] : [trouble]),
        ...shared.troubles(),
        ...sync.troubles(),
        ...(actor?.troubles() ?? []),
        ...(kits?.troubles() ?? []),
        ...(verified.fault() === undefined ? [] : ["CHAIN_INVALID"]),
      ];
      return { status: reasons.length === 0 ? "ok" : "degraded", reasons: [...new Set(reasons)] };
    },

    status: (): ApiResult<"plasma_status"> => ({
      ...shared.status(),
      latestBlock: verified.height(),
      pendingTransactions: 0,
      feePolicy: [],
      limits: apiLimits(config),
    }),
  };
}
