import type { Chain } from "../runtime/chain.ts";
import { systemCodeOf } from "../runtime/errors.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Metrics } from "../runtime/metrics.ts";
import type { Queries } from "../runtime/queries.ts";
import type { Subscriptions } from "../runtime/subscriptions.ts";
import type { Actor } from "./actor.ts";
import type { Alert, Alerts } from "./alerts.ts";
import type { Evacuation } from "./evacuation.ts";
import { EVENTS, type Finding } from "./events.ts";
import type { createJudge } from "./judge.ts";
import type { Kits } from "./kits.ts";
import type { Solvency } from "./solvency.ts";
import type { Spends } from "./spends.ts";
import type { Uncommitted } from "./uncommitted.ts";
import type { Webhook } from "./webhook.ts";

export interface Guard {
  /** Follows L1, judges, tells and acts until the signal. */
  run(signal: AbortSignal): Promise<void>;
  /** There is something new to judge. */
  wake(): void;
  /** Code of what keeps L1 from being followed. */
  trouble(): string | undefined;
}

interface Modules {
  readonly chain: Chain;
  readonly judge: ReturnType<typeof createJudge>;
  readonly alerts: Alerts;
  readonly webhook: Webhook | undefined;
  /** Absent without a key. */
  readonly actor: Actor | undefined;
  readonly evacuation: Evacuation | undefined;
  readonly spends: Pick<Spends, "settled">;
  readonly kits: Kits | undefined;
  readonly solvency: Solvency;
  readonly uncommitted: Uncommitted;
  readonly subscriptions: Subscriptions;
  readonly queries: Queries;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** L1 counts as unavailable when this many looks at it failed in a row: one failed request says nothing. */
const FAILED_LOOKS = 10;

/** The loop that guards: after every look at L1, and whenever there is a new block or evidence, everything open is judged anew. */
export function createGuard(modules: Modules): Guard {
  const { chain, judge, alerts, webhook, actor, evacuation, spends, kits, solvency, uncommitted, logger } = modules;
  const { follower, rootChain, store } = chain;
  const raisedTotal = modules.metrics.counter("plasma_alerts_raised_total", "Alerts raised, by code", ["code"]);
  let failedLooks = 0;
  let trouble: string | undefined;
  let isAwake = true;
  let judgedHead: string | undefined;
  let turn: Promise<void> = Promise.resolve();

  const l1Findings = (): Finding[] =>
    failedLooks < FAILED_LOOKS && trouble !== "L1_REORG_TOO_DEEP"
      ? []
      : [
          {
            code: "L1_UNAVAILABLE",
            subject: "L1",
            deadline: undefined,
            details: { reason: trouble ?? "L1_UNREACHABLE" },
          },
        ];

  const tell = (findings: readonly Finding[], now: number) => {
    const { raised, resolved } = store.transaction(() => {
      const changes = alerts.reconcile(findings, now);
      for (const alert of changes.raised) webhook?.add("raised", alert);
      for (const alert of changes.resolved) webhook?.add("resolved", alert);
      return changes;
    });
    for (const alert of raised) {
      raisedTotal.inc({ code: alert.code });
      log(alert);
    }
    for (const { code, subject } of resolved) logger.info("Alert resolved", { code, subject });
  };

  const log = ({ code, severity, subject, deadline, details }: Alert) => {
    const fields = { code, subject, deadline, ...details, action: EVENTS[code].action };
    if (severity === "critical") logger.error("Alert", fields);
    else if (severity === "warning") logger.warn("Alert", fields);
    else logger.info("Alert", fields);
  };

  const publish = () => {
    for (const notice of rootChain.takeNotices()) {
      if (notice.kind === "exit") modules.subscriptions.publishExit(notice.exit);
      else modules.subscriptions.publishBlock(() => modules.queries.getBlock(notice.number));
    }
  };

  const look = async () => {
    const { now, findings, plans, exits } = await spends.settled(() => {
      const verdict = judge.judge();
      return { ...verdict, exits: evacuation?.plan(verdict.badFrom, verdict.now) ?? [] };
    });
    tell([...findings, ...solvency.findings(), ...l1Findings()], now);
    await actor?.act([...plans, ...exits], now);
  };

  const step = async (error: unknown) => {
    if (error === undefined && failedLooks >= FAILED_LOOKS) isAwake = true;
    failedLooks = error === undefined ? 0 : failedLooks + 1;
    const code = error === undefined ? undefined : (systemCodeOf(error) ?? "INTERNAL_ERROR");
    if (code !== undefined && code !== trouble) logger.warn("A look at L1 failed", { error });
    trouble = code;
    publish();
    if (kits?.step()) isAwake = true;
    const head = follower.head();
    if (error === undefined) {
      await actor?.tick(follower.finalBlock());
      await solvency
        .step(head?.timestamp ?? 0)
        .catch((cause: unknown) => logger.debug("Could not read the pots", { cause }));
      await uncommitted.step();
      await chain.conditions.fetchCodes();
    }
    const isNew = head?.hash !== judgedHead || isAwake || failedLooks === FAILED_LOOKS;
    judgedHead = head?.hash;
    isAwake = false;
    if (isNew) await look();
  };

  return {
    run: (signal) =>
      follower.run(signal, (error) => {
        turn = turn.then(() => step(error));
        return turn;
      }),
    wake() {
      isAwake = true;
    },
    trouble: () => trouble,
  };
}
