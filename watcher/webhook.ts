import { createHmac } from "node:crypto";
import { pause } from "../runtime/l1Follower.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Metrics } from "../runtime/metrics.ts";
import type { Store } from "../runtime/store.ts";
import type { Alert } from "./alerts.ts";

export interface WebhookOptions {
  readonly url: string;
  /** Key of the signature; undefined = unsigned. */
  readonly secret: string | undefined;
  /** Milliseconds between looks at what waits. */
  readonly pollMs: number;
}

export interface Webhook {
  /** Puts an alert on its way. Runs inside `store.transaction`, so that what was raised is told. */
  add(event: "raised" | "resolved", alert: Alert): void;
  /** Delivers what waits, in order, until the signal. */
  run(signal: AbortSignal): Promise<void>;
}

interface Modules {
  readonly store: Store;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

const REQUEST_TIMEOUT_MS = 10_000;
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 10 * 60_000;

/**
 * Posts alerts as JSON `{event, alert}`, one at a time and in order, until the receiver answers 2xx: what waits survives restarts, so
 * an alert arrives at least once, and `alert.id` with `event` tells a repetition. The header `Plasma-Signature` is
 * `t=<Unix seconds>,v1=<hex>`, the HMAC-SHA256 of `<t>.<body>` under the shared secret.
 */
export function createWebhook(options: WebhookOptions, { store, logger, metrics, clock }: Modules): Webhook {
  const insert = store.prepare("INSERT INTO deliveries (body, attempts, next_at) VALUES (?, 0, 0)");
  const selectFirst = store.prepare("SELECT * FROM deliveries ORDER BY id LIMIT 1");
  const remove = store.prepare("DELETE FROM deliveries WHERE id = ?");
  const postpone = store.prepare("UPDATE deliveries SET attempts = ?, next_at = ? WHERE id = ?");
  const count = store.prepare("SELECT count(*) AS count FROM deliveries");
  metrics.gauge(
    "plasma_webhook_waiting_total",
    "Alerts that the webhook has not taken yet",
    () => count.get()?.count as number,
  );

  const post = async (body: string, signal: AbortSignal): Promise<boolean> => {
    const headers = { "content-type": "application/json", ...signatureHeader(body, options.secret, clock()) };
    const limit = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]);
    try {
      const response = await fetch(options.url, { method: "POST", headers, body, redirect: "error", signal: limit });
      await response.body?.cancel();
      return response.ok;
    } catch {
      return false;
    }
  };

  /** Delivers the oldest if it is due; returns whether to go on at once. */
  const deliverFirst = async (signal: AbortSignal): Promise<boolean> => {
    const row = selectFirst.get();
    if (row === undefined || (row.next_at as number) > clock()) return false;
    if (await post(row.body as string, signal)) {
      remove.run(row.id as number);
      return true;
    }
    const attempts = (row.attempts as number) + 1;
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (attempts - 1), MAX_PAUSE_MS);
    if (!signal.aborted) {
      postpone.run(attempts, clock() + pauseMs, row.id as number);
      logger.warn("The webhook did not take an alert", { attempts, retryMs: pauseMs });
    }
    return false;
  };

  return {
    add: (event, alert) => void insert.run(JSON.stringify({ event, alert })),
    async run(signal) {
      while (!signal.aborted) {
        if (!(await deliverFirst(signal))) await pause(options.pollMs, signal);
      }
    },
  };
}

/** The header that lets a receiver tell who sent a body and when. */
export function signatureHeader(body: string, secret: string | undefined, nowMs: number): Record<string, string> {
  if (secret === undefined) return {};
  const time = Math.floor(nowMs / 1000);
  const digest = createHmac("sha256", secret).update(`${time}.${body}`).digest("hex");
  return { "plasma-signature": `t=${time},v1=${digest}` };
}
