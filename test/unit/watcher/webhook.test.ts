import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import path from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { ETH } from "../../../protocol/output.ts";
import { createLogger } from "../../../runtime/logger.ts";
import { createMetrics } from "../../../runtime/metrics.ts";
import { openStore } from "../../../runtime/store.ts";
import { type Alert, createAlerts } from "../../../watcher/alerts.ts";
import { createWebhook } from "../../../watcher/webhook.ts";
import { until } from "../../support/rpc.ts";
import { temporaryDirectory } from "../../support/temporaryDirectory.ts";

const SECRET = "not to be told";

interface Delivered {
  readonly body: string;
  readonly signature: string | undefined;
}

/** A receiver that answers with the statuses in turn, and then with 204. */
async function startReceiver(test: TestContext, statuses: number[]) {
  const delivered: Delivered[] = [];
  const server = createServer(async (request, response) => {
    const signature = request.headers["plasma-signature"];
    delivered.push({ body: await text(request), signature: typeof signature === "string" ? signature : undefined });
    response.writeHead(statuses.shift() ?? 204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  test.after(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return { url: `http://127.0.0.1:${address.port}`, delivered };
}

function open(test: TestContext, directory: string, url: string, clock: () => number) {
  const store = openStore(path.join(directory, "store.sqlite"), { kind: "watcher", chainId: 1n, contract: ETH });
  const modules = { store, logger: createLogger("silent"), metrics: createMetrics(), clock };
  const webhook = createWebhook({ url, secret: SECRET, pollMs: 5 }, modules);
  const abort = new AbortController();
  const running = webhook.run(abort.signal);
  const stop = async () => {
    abort.abort();
    await running;
    store.close();
  };
  test.after(() => (abort.signal.aborted ? undefined : stop()));
  const alerts = createAlerts(store);
  const raise = (subject: string): Alert[] =>
    store.transaction(() => {
      const open = alerts.open().map(({ code, subject: known, details }) => ({ code, subject: known, details }));
      const findings = [...open, { code: "EXIT_READY", subject, details: {} } as const];
      const { raised } = alerts.reconcile(
        findings.map((found) => ({ ...found, deadline: undefined })),
        1,
      );
      for (const alert of raised) webhook.add("raised", alert);
      return raised;
    });
  /** How often the first of those that wait was posted in vain. */
  const attempts = async () => store.prepare("SELECT attempts FROM deliveries ORDER BY id LIMIT 1").get()?.attempts;
  return { raise, stop, attempts };
}

test("an alert is posted in order with a signature that its receiver can check", async (t) => {
  const { url, delivered } = await startReceiver(t, []);
  const { raise } = open(t, temporaryDirectory(t), url, () => 5_000_123);
  const alerts = [...raise("token a"), ...raise("token b")];
  await until(
    "delivery",
    async () => delivered.length,
    (count) => count === 2,
  );
  assert.deepEqual(
    delivered.map(({ body }) => JSON.parse(body)),
    alerts.map((alert) => ({ event: "raised", alert })),
  );
  for (const { body, signature } of delivered) {
    const digest = createHmac("sha256", SECRET).update(`5000.${body}`).digest("hex");
    assert.equal(signature, `t=5000,v1=${digest}`);
    assert.ok(!body.includes(SECRET));
  }
});

test("what is not taken is posted again, later and later, and before what came after it", async (t) => {
  let now = 0;
  const { url, delivered } = await startReceiver(t, [500, 503]);
  const { raise, attempts } = open(t, temporaryDirectory(t), url, () => now);
  raise("token a");
  raise("token b");
  const failed = (count: number) => until("a failure", attempts, (known) => known === count);
  const subjects = () => delivered.map(({ body }) => JSON.parse(body).alert.subject);
  await failed(1);
  now = 999;
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(delivered.length, 1);
  now = 1_000;
  await failed(2);
  now = 2_999;
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(delivered.length, 2);
  now = 3_000;
  await until(
    "delivery",
    async () => delivered.length,
    (count) => count === 4,
  );
  assert.deepEqual(subjects(), ["token a", "token a", "token a", "token b"]);
});

test("what waits survives a restart", async (t) => {
  const directory = temporaryDirectory(t);
  const before = open(t, directory, "http://127.0.0.1:9", () => 0);
  before.raise("token a");
  await until("a failure", before.attempts, (known) => known === 1);
  await before.stop();
  const { url, delivered } = await startReceiver(t, []);
  open(t, directory, url, () => 10_000);
  await until(
    "delivery",
    async () => delivered.length,
    (count) => count === 1,
  );
});
