import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { type Address, concatHex, numberToHex, toHex } from "viem";
import { rebuildOperator } from "../../operator/rebuild.ts";
import { encodeSource } from "../../protocol/evidence.ts";
import { encodeFeeClaim } from "../../protocol/feeClaim.ts";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import { ETH } from "../../protocol/output.ts";
import { WATCHER_API } from "../../protocol/watcherApi.ts";
import { blockService } from "../../runtime/blockSource.ts";
import { createLogger } from "../../runtime/logger.ts";
import { startBareOperator } from "../support/bareOperator.ts";
import { type L1, startL1 } from "../support/l1.ts";
import { startL1Proxy } from "../support/l1Proxy.ts";
import { operatorConfig } from "../support/operator.ts";
import { until } from "../support/rpc.ts";
import { type Ending, temporaryDirectory } from "../support/temporaryDirectory.ts";
import { EXIT, PERIOD, startWatchedChain, type WatchedChain } from "../support/watchedChain.ts";
import { alertsOf, startTestWatcher, untilAlert, untilResolved, untilVerified } from "../support/watcher.ts";

describe("the watcher tells", () => {
  let l1: L1;
  let chain: WatchedChain;

  before(async () => {
    l1 = await startL1();
  });
  after(() => l1.close());
  beforeEach(async () => {
    chain = await startWatchedChain(l1);
  });

  const watch = (test: Ending, source: string, options: Readonly<Record<string, unknown>> = {}) =>
    startTestWatcher(test, l1, chain.contract, { sources: [source], ...options });

  it("of a fee claim that the block has no fees for", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    await chain.deposit(100n);
    const watcher = await watch(test, operator.url);
    const owner = chain.bob.address.toLowerCase() as Address;
    await operator.commit([encodeFeeClaim({ blockNumber: 1n, token: ETH, owner, amount: 7n })]);
    const { subject, details } = await untilAlert(watcher, "WRONG_FEE_CLAIM");
    assert.deepEqual([subject, details.rule, details.txIndex], ["block 1", "FEE_CLAIM_TOO_HIGH", 0]);
  });

  it("of another root after a reorg, and uses what the replaced block had held", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const [source, other] = [await chain.deposit(100n), await chain.deposit(50n)];
    await l1.client.mine({ blocks: 8 });
    const watcher = await startTestWatcher(
      test,
      l1,
      chain.contract,
      { sources: [operator.url], finality: 6 },
      chain.carol,
    );
    const first = await operator.commit([]);
    const snapshot = await l1.client.snapshot();
    await operator.commit([(await chain.payment(source, chain.bob)).raw]);
    await untilVerified(watcher, 2n);
    await l1.client.revert({ id: snapshot });
    operator.goBack(first);
    await operator.commit([(await chain.payment(other, chain.bob)).raw]);
    assert.equal((await untilAlert(watcher, "CHANGED_ROOT")).subject, "block 2");
    await until(
      "the other block",
      () =>
        watcher.rpc("plasma_getTransactions", { address: chain.bob.address }) as Promise<{ transactions: unknown[] }>,
      ({ transactions }) => transactions.length === 1,
    );
    await chain.exit(source);
    await until(
      "the challenge",
      () => chain.exitStateOf(source),
      (state) => state === EXIT.challenged,
    );
  });

  it("of a block that was committed late", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    await chain.deposit(100n);
    const watcher = await watch(test, operator.url);
    const { timestamp } = await l1.client.getBlock();
    await operator.commit([], { sealedAt: Number(timestamp) - PERIOD / 8 - 60 });
    await untilAlert(watcher, "COMMITS_STALLED");
    await operator.commit([]);
    await untilResolved(watcher, "COMMITS_STALLED");
  });

  it("of L1 only when it does not answer again and again, and then that it is back", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const proxy = await startL1Proxy(test, l1.url);
    const watcher = await watch(test, operator.url, { l1Url: proxy.url });
    proxy.isDown = true;
    const reasons = async () =>
      ((await (await fetch(`${watcher.url}/health`)).json()) as { reasons: string[] }).reasons;
    await until("bad health", reasons, (now) => now.includes("L1_UNREACHABLE"));
    assert.deepEqual(await alertsOf(watcher), []);
    assert.equal((await untilAlert(watcher, "L1_UNAVAILABLE")).details.reason, "L1_UNREACHABLE");
    proxy.isDown = false;
    await untilResolved(watcher, "L1_UNAVAILABLE");
    assert.deepEqual(await reasons(), []);
  });

  it("of a wrong exit that nobody challenges in time, and of what the contract then lacks", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    await chain.deposit(100n);
    const watcher = await watch(test, operator.url);
    const minted = await chain.mint(chain.bob, 40n);
    await operator.commit([minted.raw]);
    await untilAlert(watcher, "INVALID_BLOCK");
    const stolen = chain.outputAt(minted, chain.bob, 40n, 1n, 0);
    const rootChain = { address: chain.contract, abi: rootChainAbi, account: chain.bob, chain: null } as const;
    const { baseFeePerGas } = await l1.client.getBlock();
    const bond = await l1.client.readContract({
      ...rootChain,
      functionName: "minimumBond",
      args: [2n * (baseFeePerGas ?? 0n)],
    });
    const hint = { entries: [], walkLimit: 200n };
    await l1.client.writeContract({
      ...rootChain,
      functionName: "startExit",
      args: [encodeSource({ body: minted.body, inclusion: operator.inclusion(1n, 0) }), 0, hint, "0x"],
      value: bond,
    });
    const { details } = await untilAlert(watcher, "INVALID_STANDARD_EXIT");
    assert.equal(details.reason, "badBlock");
    await chain.game.pass(2 * PERIOD + 7_200);
    const opening = concatHex([stolen.preimage.originId, "0x00", chain.bob.address, numberToHex(40n, { size: 16 })]);
    await chain.game.process(chain.bob, [], opening);
    assert.equal(await chain.exitStateOf(stolen), EXIT.paid);
    const poor = await untilAlert(watcher, "CONTRACT_POOR");
    assert.deepEqual([poor.details.pot, poor.details.owed, poor.details.missing], ["60", "100", "40"]);
  });

  it("when the time for a challenge is running out, without a key", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const source = await chain.deposit(100n);
    const watcher = await watch(test, operator.url);
    await operator.commit([(await chain.payment(source, chain.bob)).raw]);
    await untilVerified(watcher, 1n);
    await chain.exit(source);
    const { deadline } = await untilAlert(watcher, "INVALID_STANDARD_EXIT");
    await chain.game.pass((PERIOD * 6) / 8);
    await chain.game.pass(PERIOD / 8 + 3_600);
    assert.equal((await untilAlert(watcher, "CHALLENGE_RUNNING_OUT")).deadline, deadline);
  });

  it("others what it has: blocks that are valid and that are not, spends, and all that an operator needs", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const source = await chain.deposit(100n);
    const watcher = await watch(test, operator.url);
    const [spend, twice] = [await chain.payment(source, chain.bob), await chain.payment(source, chain.carol)];
    await operator.commit([spend.raw]);
    await untilVerified(watcher, 1n);
    const config = operatorConfig(l1, chain.contract, temporaryDirectory(test));
    assert.equal(await rebuildOperator(config, blockService(watcher.url), createLogger("silent")), 1n);

    await operator.commit([twice.raw]);
    await untilAlert(watcher, "INVALID_BLOCK");
    const second = await watch(test, watcher.url);
    assert.equal((await untilAlert(second, "INVALID_BLOCK")).details.rule, "TX_INPUT_SPENT");
    const spends = WATCHER_API.plasma_getSpends.result.parse(await second.rpc("plasma_getSpends", source.outputId));
    assert.deepEqual(
      spends.map(({ txId, blockNumber, inclusion }) => [txId, blockNumber, inclusion?.header.number]),
      [
        [spend.txId, 1n, 1n],
        [twice.txId, 2n, 2n],
      ],
    );
    const block = WATCHER_API.plasma_getBlock.result.parse(await second.rpc("plasma_getBlock", "0x2"));
    assert.deepEqual([block?.txCount, block?.status], [1, "committed"]);
    const loose = { number: "0x2", limit: 1 };
    assert.deepEqual(await second.rpc("plasma_getBlockTransactions", loose), { entries: [toHex(twice.raw)] });
  });

  it("what it is: its methods are documented, and it takes no payments", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const source = await chain.deposit(100n);
    const watcher = await watch(test, operator.url);
    const document = (await watcher.rpc("rpc.discover")) as { methods: { name: string }[] };
    assert.deepEqual(
      document.methods.map(({ name }) => name),
      Object.keys(WATCHER_API),
    );
    const payment = await chain.payment(source, chain.bob);
    await assert.rejects(watcher.rpc("plasma_sendTransaction", toHex(payment.raw)), { code: "NOT_READY" });
    const unknown = await chain.mint(chain.bob, 1n);
    assert.equal(await watcher.rpc("plasma_keepTransaction", toHex(unknown.raw)), false);
    const forged = await chain.payment(source, chain.bob, chain.bob);
    await assert.rejects(watcher.rpc("plasma_keepTransaction", toHex(forged.raw)), { code: "TX_SIGNERS_MISMATCH" });
  });
});
