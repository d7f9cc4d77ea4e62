import assert from "node:assert/strict";
import path from "node:path";
import { after, afterEach, before, beforeEach, describe, it, type TestContext } from "node:test";
import { type Address, encodeFunctionData, type Hex, parseEther, parseGwei } from "viem";
import { rootChainAbi } from "../../../protocol/generated/rootChain.ts";
import { createIntentStore } from "../../../runtime/intentStore.ts";
import { createL1Sender, type SenderPolicy } from "../../../runtime/l1Sender.ts";
import { createLogger } from "../../../runtime/logger.ts";
import { createMetrics } from "../../../runtime/metrics.ts";
import { openStore } from "../../../runtime/store.ts";
import { deployRootChain, FIRST_USER, type L1, OWNER, startL1 } from "../../support/l1.ts";
import { temporaryDirectory } from "../../support/temporaryDirectory.ts";

const RECEIVER = "0x00000000000000000000000000000000000000bb";
const POLICY: SenderPolicy = {
  maxFeePerGas: parseGwei("500"),
  maxCostPerTransaction: parseEther("1"),
  maxCostPerDay: parseEther("10"),
  replaceAfterMs: 60_000,
  urgentSeconds: 3600,
};

describe("L1 sender", () => {
  let l1: L1;
  let now: number;

  before(async () => {
    l1 = await startL1();
  });
  after(() => l1.close());
  beforeEach(async () => {
    now = Date.now();
    await l1.client.setAutomine(false);
  });
  afterEach(async () => {
    await l1.client.setAutomine(true);
    await l1.client.mine({ blocks: 1 });
  });

  const head = () => l1.client.getBlockNumber({ cacheTime: 0 });
  const mine = () => l1.client.mine({ blocks: 1 });
  const account = () => l1.account(FIRST_USER);
  const received = () => l1.client.getBalance({ address: RECEIVER });
  const pool = async () => (await l1.client.getBlock({ blockTag: "pending" })).transactions as Hex[];
  const transfer = (key: string, value: bigint) => ({ key, to: RECEIVER as Address, data: "0x" as Hex, value });

  /** A sender over the store in `directory`, as after a restart when there was one before. */
  const startSender = (directory: string, policy: Partial<SenderPolicy> = {}) => {
    const store = openStore(path.join(directory, "store.sqlite"), {
      kind: "operator",
      chainId: 31337n,
      contract: RECEIVER,
    });
    const modules = { client: l1.client, chainId: 31337n, account: account(), logger: createLogger("silent") };
    const sender = createL1Sender(
      { ...POLICY, ...policy },
      { ...modules, store, metrics: createMetrics(), clock: () => now },
    );
    return { sender, store, intents: createIntentStore(store) };
  };

  const started = async (test: TestContext, policy?: Partial<SenderPolicy>) => {
    const running = startSender(temporaryDirectory(test), policy);
    test.after(() => running.store.close());
    return running;
  };

  it("sends a key once and follows it to the end", async (test) => {
    const { sender } = await started(test);
    const before = await received();
    await sender.submit(transfer("one", 5n));
    await sender.submit(transfer("one", 5n));
    assert.equal(sender.statusOf("one"), "pending");
    await mine();
    await sender.tick(0n);
    assert.equal(sender.statusOf("one"), "mined");
    await sender.tick(await head());
    assert.equal(sender.statusOf("one"), "settled");
    await sender.submit(transfer("one", 5n));
    await mine();
    assert.equal((await received()) - before, 5n);
    await assert.rejects(sender.submit({ ...transfer("one", 5n), data: "0x01" }), { code: "SENDER_KEY_REUSED" });
  });

  it("gives calls that wait together nonces of their own", async (test) => {
    const { sender } = await started(test);
    const before = await received();
    for (let index = 0; index < 3; index++) await sender.submit(transfer(`call ${index}`, 1n));
    await mine();
    assert.equal((await received()) - before, 3n);
  });

  it("replaces what is not mined for at least a tenth more, and only one version is mined", async (test) => {
    const { sender, intents } = await started(test);
    const before = await received();
    await sender.submit(transfer("slow", 7n));
    const id = intents.open()[0]?.id as number;
    for (let replacement = 1; replacement <= 3; replacement++) {
      now += POLICY.replaceAfterMs - 1;
      await sender.tick(0n);
      assert.equal(intents.attempts(id).length, replacement);
      now += 1;
      await sender.tick(0n);
      assert.equal(intents.attempts(id).length, replacement + 1);
      assert.deepEqual(await pool(), [intents.newestAttempt(id)?.hash]);
    }
    const offers = intents.attempts(id).toReversed();
    for (const [index, offer] of offers.slice(1).entries()) {
      const last = offers[index] as typeof offer;
      assert.ok(offer.maxFeePerGas * 10n >= last.maxFeePerGas * 11n);
      assert.ok(offer.maxPriorityFeePerGas * 10n >= last.maxPriorityFeePerGas * 11n);
    }
    await mine();
    await sender.tick(await head());
    assert.equal(sender.statusOf("slow"), "settled");
    assert.equal((await received()) - before, 7n);
  });

  it("hurries when a deadline is near", async (test) => {
    const { sender, intents } = await started(test);
    await sender.submit({ ...transfer("urgent", 1n), deadline: Math.floor(now / 1000) + POLICY.urgentSeconds - 1 });
    const [{ id } = { id: 0 }] = intents.open();
    const first = intents.newestAttempt(id);
    now += POLICY.replaceAfterMs / 4;
    await sender.tick(0n);
    const second = intents.newestAttempt(id);
    assert.ok((second?.maxFeePerGas ?? 0n) >= 2n * (first?.maxFeePerGas ?? 0n));
  });

  it("sends again after a restart what the node has lost", async (test) => {
    const directory = temporaryDirectory(test);
    const first = startSender(directory);
    await first.sender.submit(transfer("lost", 3n));
    first.store.close();
    for (const hash of await pool()) await l1.client.dropTransaction({ hash });
    const before = await received();
    const { sender, store } = startSender(directory);
    test.after(() => store.close());
    await sender.tick(0n);
    await mine();
    await sender.tick(await head());
    assert.equal(sender.statusOf("lost"), "settled");
    assert.equal((await received()) - before, 3n);
  });

  it("takes a new nonce when another program used its own", async (test) => {
    const { sender } = await started(test);
    const before = await received();
    await sender.submit(transfer("displaced", 4n));
    for (const hash of await pool()) await l1.client.dropTransaction({ hash });
    await l1.client.sendTransaction({ account: account(), to: RECEIVER, value: 100n, chain: null });
    await mine();
    await sender.tick(await head());
    await mine();
    await sender.tick(await head());
    assert.equal(sender.statusOf("displaced"), "settled");
    assert.equal((await received()) - before, 104n);
  });

  it("sends again what a reorg took out of its block", async (test) => {
    const { sender } = await started(test);
    const before = await received();
    const snapshot = await l1.client.snapshot();
    await sender.submit(transfer("reorged", 2n));
    await mine();
    await sender.tick(0n);
    assert.equal(sender.statusOf("reorged"), "mined");
    await l1.client.revert({ id: snapshot });
    for (const hash of await pool()) await l1.client.dropTransaction({ hash });
    assert.equal(await received(), before);
    await sender.tick(0n);
    assert.equal(sender.statusOf("reorged"), "pending");
    await mine();
    await sender.tick(await head());
    assert.equal(sender.statusOf("reorged"), "settled");
    assert.equal((await received()) - before, 2n);
  });

  it("keeps within its ceilings and sends nothing beyond them", async (test) => {
    const ceilings: Partial<SenderPolicy>[] = [
      { maxFeePerGas: 1n },
      { maxCostPerTransaction: 1000n },
      { maxCostPerDay: 1000n },
    ];
    for (const ceiling of ceilings) {
      const { sender } = await started(test, ceiling);
      await assert.rejects(sender.submit(transfer("dear", 1n)), { code: "SENDER_CEILING" });
      assert.equal(sender.statusOf("dear"), undefined);
    }
    assert.deepEqual(await pool(), []);
  });

  it("says when its account cannot pay, and sends once it can", async (test) => {
    const { sender } = await started(test);
    const { address } = account();
    const balance = await l1.client.getBalance({ address });
    const before = await received();
    await l1.client.setBalance({ address, value: parseGwei("1") });
    await assert.rejects(sender.submit(transfer("poor", 1n)), { code: "SENDER_FUNDS_LOW" });
    await assert.rejects(sender.submit(transfer("poorer", balance)), { code: "SENDER_FUNDS_LOW" });
    assert.equal(sender.statusOf("poor"), undefined);
    await l1.client.setBalance({ address, value: balance });
    await sender.submit(transfer("poor", 1n));
    await mine();
    assert.equal((await received()) - before, 1n);
  });

  it("goes on offering what it may when its ceiling lets it offer no more", async (test) => {
    const directory = temporaryDirectory(test);
    const first = startSender(directory);
    const before = await received();
    await first.sender.submit(transfer("capped", 6n));
    const { maxFeePerGas = 0n } = first.intents.newestAttempt(first.intents.open()[0]?.id ?? 0) ?? {};
    first.store.close();
    for (const hash of await pool()) await l1.client.dropTransaction({ hash });
    const { sender, store } = startSender(directory, { maxFeePerGas });
    test.after(() => store.close());
    now += POLICY.replaceAfterMs;
    await assert.rejects(sender.tick(0n), { code: "SENDER_CEILING" });
    await mine();
    await sender.tick(await head());
    assert.equal(sender.statusOf("capped"), "settled");
    assert.equal((await received()) - before, 6n);
  });

  it("knows its newest offer, whatever the clock did", async (test) => {
    const { sender, intents } = await started(test);
    await sender.submit(transfer("clock", 1n));
    const id = intents.open()[0]?.id as number;
    const first = intents.newestAttempt(id);
    assert.ok(first);
    intents.addAttempt(id, { ...first, hash: `0x${"11".repeat(32)}`, sentAt: first.sentAt - 3_600_000 });
    assert.equal(intents.newestAttempt(id)?.hash, `0x${"11".repeat(32)}`);
  });

  it("counts what it spent and what is under way against the ceiling of a day", async (test) => {
    const { sender: probe, intents } = await started(test);
    await probe.submit(transfer("probe", 1n));
    const [intent] = intents.open();
    const worst = (intent?.gas ?? 0n) * (intents.newestAttempt(intent?.id ?? 0)?.maxFeePerGas ?? 0n);
    await mine();
    const { sender } = await started(test, { maxCostPerDay: (worst * 3n) / 2n });
    await sender.submit(transfer("first", 1n));
    await assert.rejects(sender.submit(transfer("second", 1n)), { code: "SENDER_CEILING" });
    await mine();
    await sender.tick(await head());
    now += 25 * 3600 * 1000;
    await sender.submit(transfer("second", 1n));
  });

  it("does not send what the contract would refuse", async (test) => {
    await l1.client.setAutomine(true);
    const contract = await deployRootChain(l1);
    const { sender } = await started(test);
    const data = encodeFunctionData({
      abi: rootChainAbi,
      functionName: "setOperator",
      args: [l1.account(OWNER).address],
    });
    await assert.rejects(sender.submit({ key: "refused", to: contract, data }), { code: "SENDER_WOULD_REVERT" });
    assert.equal(sender.statusOf("refused"), undefined);
  });

  it("takes back a call that is no longer wanted, and frees its key", async (test) => {
    const { sender, intents } = await started(test);
    const before = await received();
    await sender.submit(transfer("vain", 7n));
    const id = intents.open()[0]?.id as number;
    assert.deepEqual(sender.pendingKeys(), ["vain"]);
    await sender.standDown("vain");
    assert.deepEqual([sender.pendingKeys(), sender.statusOf("vain")], [[], undefined]);
    assert.deepEqual(await pool(), [intents.newestAttempt(id)?.hash]);
    await mine();
    await sender.tick(await head());
    assert.deepEqual([intents.open(), await received()], [[], before]);
    await sender.submit(transfer("vain", 7n));
    await mine();
    assert.equal((await received()) - before, 7n);
  });

  it("leaves alone what is mined already", async (test) => {
    const { sender } = await started(test);
    const before = await received();
    await sender.submit(transfer("done", 3n));
    await mine();
    await sender.standDown("done");
    await sender.tick(await head());
    assert.deepEqual([sender.statusOf("done"), await received()], ["settled", before + 3n]);
  });

  it("hurries with what stands before an urgent call", async (test) => {
    const { sender, intents } = await started(test);
    await sender.submit(transfer("patient", 1n));
    const [patient] = intents.open();
    await sender.submit({ ...transfer("urgent", 1n), deadline: Math.floor(now / 1000) + 60 });
    now += POLICY.replaceAfterMs / 4;
    await sender.tick(0n);
    assert.equal(intents.attempts(patient?.id as number).length, 2);
    await mine();
  });

  it("sends with the gas that a call asks for", async (test) => {
    const { sender, intents } = await started(test);
    await sender.submit({ ...transfer("gas", 1n), gas: 90_000n });
    assert.equal(intents.open()[0]?.gas, 90_000n);
    await mine();
  });
});
