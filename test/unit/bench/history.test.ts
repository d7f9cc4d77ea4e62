import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import type { Address } from "viem";
import { createHistory } from "../../../bench/scale/history.ts";
import type { Sample } from "../../../bench/scale/pastPayments.ts";
import { createNativeSigner } from "../../../bench/support/nativeSigner.ts";
import type { OpenedEntry } from "../../../protocol/blockEntry.ts";
import { executeOpenedBlock, openBlock } from "../../../protocol/blockExecution.ts";
import { ETH, outputIdsOf } from "../../../protocol/output.ts";
import { blockOf, encodePosition } from "../../../protocol/position.ts";
import { createLedgerStore } from "../../../runtime/ledgerStore.ts";
import { createNativeCrypto } from "../../../runtime/nativeCrypto.ts";
import { openStore } from "../../../runtime/store.ts";
import { createTestLedger, DOMAIN } from "../../support/ledger.ts";
import { temporaryDirectory } from "../../support/temporaryDirectory.ts";

/** Those before the first measurement are block 1, the others block 2. */
const PAYMENTS_BEFORE = [2_000, 6_000];
const OUTPUTS = 3_000;
const SAMPLES = 200;

test("a history keeps every rule but that of signatures, and leaves what the measurements spend", async (t) => {
  const crypto = await createNativeCrypto();
  const ledger = createTestLedger();
  const deposit = ledger.deposit(0, 0n, `0x${"22".repeat(20)}`, 10n ** 19n);
  const directory = temporaryDirectory(t);
  const setup = { domain: DOMAIN, deposit, outputs: OUTPUTS, paymentsBefore: PAYMENTS_BEFORE, samples: SAMPLES };
  const history = createHistory(directory, setup, crypto);
  const samples: Sample[] = [];
  for (const [index, payments] of PAYMENTS_BEFORE.entries()) {
    samples.push(...(await history.growTo(payments, 1_700_000_000 + index, () => {})).samples);
  }

  const store = openStore(path.join(directory, "store.sqlite"), { kind: "operator", ...DOMAIN });
  t.after(() => store.close());
  const ledgerStore = createLedgerStore(store);
  const owners = new Map<bigint, Address>([[deposit.position, deposit.output.owner]]);
  /** The entry, as if the owners of its inputs had signed it. */
  const signedByOwners = (block: bigint, entry: OpenedEntry): OpenedEntry => {
    if (entry.content.kind !== "transaction") return assert.fail("a history has no fee claims");
    const { inputs, outputs } = entry.content.signed.transaction;
    const signers = inputs.map(({ position }) => owners.get(position) as Address).sort();
    for (const [outputIndex, { owner }] of outputs.entries()) {
      owners.set(encodePosition({ block, txIndex: entry.txIndex, outputIndex }), owner);
    }
    const outputIds = outputIdsOf(entry.txId, outputs, crypto.keccak256);
    return { ...entry, content: { ...entry.content, verified: { signers, outputIds } } };
  };

  let parent = { number: 0n, sealedAt: 0, depositCount: 0 };
  let unspent = 1;
  for (let block = ledgerStore.block(1n); block !== undefined; block = ledgerStore.block(block.number + 1n)) {
    const { number, txCount } = block;
    const raws = ledgerStore.entries(number, 0, txCount).map(({ raw }) => raw);
    const opened = openBlock(block, raws, DOMAIN, crypto);
    const entries = opened.entries.map((entry) => signedByOwners(number, entry));
    const context = { domain: DOMAIN, parent, minExitPeriod: 1 };
    const executed = executeOpenedBlock(block, { ...opened, entries }, context, ledger, crypto);
    assert.equal(executed.fees.get(ETH) ?? 0n, 0n);
    for (const change of executed.entries) {
      ledger.apply(change);
      unspent += change.created.length - change.spent.length;
    }
    parent = block;
  }
  assert.equal(parent.number, 2n);
  assert.equal(unspent, 1 + OUTPUTS);

  const blocksOf = (measurement: number) =>
    samples.filter((sample) => sample.measurement === measurement).map(({ position }) => blockOf(position));
  const [first, second] = [blocksOf(0), blocksOf(1)];
  assert.deepEqual([first.length, second.length], [SAMPLES, SAMPLES]);
  assert.ok(first.every((block) => block === 1n));
  const shareOfFirstBlock = second.filter((block) => block === 1n).length / SAMPLES;
  assert.ok(Math.abs(shareOfFirstBlock - 1 / 3) < 0.02, `${shareOfFirstBlock} of the samples are of the first third`);
  for (const { position, outputId, output, privateKey } of samples) {
    assert.deepEqual(ledgerStore.output(position), { position, outputId, output, spender: undefined });
    assert.equal(output.owner, createNativeSigner(privateKey).address);
  }
});
