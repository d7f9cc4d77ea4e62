import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { ETH, outputIdOf, PLAIN } from "../../../protocol/output.ts";
import { createLedgerStore } from "../../../runtime/ledgerStore.ts";
import { openStore } from "../../../runtime/store.ts";
import { DOMAIN, pay } from "../../support/ledger.ts";
import { alice } from "../../support/sampleBlock.ts";
import { temporaryDirectory } from "../../support/temporaryDirectory.ts";

test("outputs are kept with their condition, or without one", (context) => {
  const store = openStore(path.join(temporaryDirectory(context), "store"), { kind: "watcher", ...DOMAIN });
  context.after(() => store.close());
  const ledgerStore = createLedgerStore(store);
  const plain = pay(alice.address, 1n);
  const guarded = { ...plain, condition: `0x${"c0".repeat(32)}` as const };
  // A conditional output may have no owner at all (R17).
  const outputs = [plain, guarded, { ...guarded, owner: ETH }];
  const created = outputs.map((output, index) => ({
    position: BigInt(index),
    outputId: outputIdOf(PLAIN, index, output),
    output,
  }));
  store.transaction(() => created.forEach(ledgerStore.addOutput));
  for (const expected of created) {
    const stored = { ...expected, spender: undefined };
    assert.deepEqual(ledgerStore.output(expected.position), stored);
    assert.deepEqual(ledgerStore.findOutput(expected.outputId), stored);
  }
  const owned = ledgerStore.unspentOutputs(alice.address, -1n, 10);
  assert.deepEqual(
    owned.map(({ output }) => output.condition),
    [PLAIN, guarded.condition],
  );
});
