import assert from "node:assert/strict";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { ETH } from "../../../protocol/output.ts";
import { openStore } from "../../../runtime/store.ts";
import { createAlerts } from "../../../watcher/alerts.ts";
import type { Finding } from "../../../watcher/events.ts";
import { temporaryDirectory } from "../../support/temporaryDirectory.ts";

function openAlerts(test: TestContext, directory = temporaryDirectory(test)) {
  const store = openStore(path.join(directory, "store.sqlite"), { kind: "watcher", chainId: 1n, contract: ETH });
  const alerts = createAlerts(store);
  const reconcile = (findings: readonly Finding[], now: number) =>
    store.transaction(() => alerts.reconcile(findings, now));
  return { alerts, reconcile, close: store.close };
}

const finding = (subject: string, details: Finding["details"] = {}): Finding => ({
  code: "INVALID_BLOCK",
  subject,
  deadline: 900,
  details,
});

test("a finding is raised once while it holds, follows what changes, and is resolved when it has gone", (t) => {
  const { alerts, reconcile, close } = openAlerts(t);
  t.after(close);
  const first = reconcile([finding("block 1"), finding("block 1"), finding("block 2")], 10);
  assert.deepEqual(
    first.raised.map(({ code, subject, raisedAt, severity }) => [code, subject, raisedAt, severity]),
    [
      ["INVALID_BLOCK", "block 1", 10, "critical"],
      ["INVALID_BLOCK", "block 2", 10, "critical"],
    ],
  );
  const second = reconcile([finding("block 1", { more: true }), finding("block 2")], 20);
  assert.deepEqual(second, { raised: [], resolved: [] });
  assert.deepEqual(alerts.open()[0]?.details, { more: true });
  const third = reconcile([finding("block 2")], 30);
  assert.deepEqual(
    third.resolved.map(({ subject, resolvedAt, deadline }) => [subject, resolvedAt, deadline]),
    [["block 1", 30, 900]],
  );
  const again = reconcile([finding("block 1"), finding("block 2")], 40);
  assert.deepEqual(
    again.raised.map(({ id, subject }) => [id, subject]),
    [[3, "block 1"]],
  );
});

test("alerts survive a restart and are read in pages", (t) => {
  const directory = temporaryDirectory(t);
  const before = openAlerts(t, directory);
  before.reconcile(
    ["a", "b", "c"].map((subject) => finding(subject)),
    1,
  );
  before.reconcile([finding("b")], 2);
  before.close();
  const { alerts, reconcile, close } = openAlerts(t, directory);
  t.after(close);
  assert.deepEqual(reconcile([finding("b")], 3), { raised: [], resolved: [] });
  const subjects = (page: readonly { subject: string }[]) => page.map(({ subject }) => subject);
  assert.deepEqual(subjects(alerts.page(0, 2, false)), ["a", "b"]);
  assert.deepEqual(subjects(alerts.page(2, 2, false)), ["c"]);
  assert.deepEqual(subjects(alerts.page(0, 9, true)), ["b"]);
});
