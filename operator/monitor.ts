import { readFileSync } from "node:fs";
import * as z from "zod";
import type { ApiResult } from "../protocol/api.ts";
import { apiLimits } from "../runtime/apiHandlers.ts";
import type { Chain } from "../runtime/chain.ts";
import { systemCodeOf } from "../runtime/errors.ts";
import type { Health } from "../runtime/httpServer.ts";
import type { Ledger } from "../runtime/ledger.ts";
import type { Metrics } from "../runtime/metrics.ts";
import type { L1Steps } from "./l1Steps.ts";
import type { OperatorConfig } from "./options.ts";
import type { Sequencer } from "./sequencer.ts";

const packageSchema = z.object({ version: z.string() });
const packageFile = new URL("../package.json", import.meta.url);

/** L1 blocks that the store may be behind the node before health says so. */
const MAX_FOLLOW_DISTANCE = 16n;
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
  const { contract, ledgerStore, rootChain, follower, crypto } = chain;
  const clientVersion = `plasma/${packageSchema.parse(JSON.parse(readFileSync(packageFile, "utf8"))).version}`;
  const head = () => follower.head() ?? { number: 0n, timestamp: 0 };
  const distance = () => follower.nodeHead() - head().number;
  const committed = () => rootChain.newestCommitted();

  metrics.gauge("plasma_commit_lag_blocks", "Sealed blocks that L1 does not have", () =>
    Number((ledgerStore.latestBlock()?.number ?? 0n) - committed()),
  );
  metrics.gauge("plasma_exits_open_total", "Standard exits that are open", () => rootChain.openExits());
  metrics.gauge("plasma_in_flight_exits_open_total", "In-flight exits that are open", () =>
    rootChain.inFlightExits.countOpen(),
  );
  metrics
    .gauge("plasma_signature_library_info", "The library that recovers signatures", undefined, ["library"])
    .set({ library: crypto.signatureLibrary }, 1);

  return {
    clientVersion,

    health(): Health {
      const reasons = steps.troubles();
      const failure = sequencer.failure();
      const oldest = ledgerStore.block(committed() + 1n);
      const lag = oldest === undefined ? 0 : head().timestamp - oldest.sealedAt;
      if (failure !== undefined) reasons.push(systemCodeOf(failure) ?? "INTERNAL_ERROR");
      if (distance() > MAX_FOLLOW_DISTANCE) reasons.push("L1_BEHIND");
      if (lag > contract.minExitPeriod / COMMIT_LAG_SHARE) reasons.push("COMMITS_BEHIND");
      return { status: reasons.length === 0 ? "ok" : "degraded", reasons: [...new Set(reasons)] };
    },

    status(): ApiResult<"plasma_status"> {
      const { number, timestamp } = head();
      return {
        ...contract.domain,
        clientVersion,
        latestBlock: ledgerStore.latestBlock()?.number ?? 0n,
        committedBlock: committed(),
        pendingTransactions: ledger.layers.reduce((sum, { durable }) => sum + durable.count, 0),
        l1Head: { number, timestamp },
        followerLag: Number(distance()),
        feePolicy: config.fees,
        limits: apiLimits(config),
        signatureLibrary: crypto.signatureLibrary,
      };
    },
  };
}
