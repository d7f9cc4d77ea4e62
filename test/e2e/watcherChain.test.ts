import assert from "node:assert/strict";
import path from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { type Address, type Hex, parseEventLogs, toHex } from "viem";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import { openChainState } from "../support/chainState.ts";
import { deployRootChain, FIRST_USER, type L1, startDepositExit, startL1 } from "../support/l1.ts";
import { fund, type ReceiptJson, settle, startTestOperator, type TestOperator } from "../support/operator.ts";
import { type Spendable, signPayment } from "../support/payer.ts";
import { rpcTo, until } from "../support/rpc.ts";
import { startWatcherProcess } from "../support/serviceProcess.ts";
import { type Ending, temporaryDirectory } from "../support/temporaryDirectory.ts";
import {
  alertsOf,
  startTestWatcher,
  untilResolved,
  untilVerified,
  type VerificationJson,
  watcherConfig,
} from "../support/watcher.ts";

const RECEIVER = "0x00000000000000000000000000000000000000aa";

describe("watcher and the chain", () => {
  let l1: L1;
  let contract: Address;

  before(async () => {
    l1 = await startL1();
  });
  after(() => l1.close());
  beforeEach(async () => {
    contract = await deployRootChain(l1);
  });

  const pay = async (operator: Pick<TestOperator, "rpc">, source: Spendable, fee = 0n) => {
    const domain = { chainId: 31337n, contract };
    const payment = await signPayment(domain, l1.account(FIRST_USER), source, { to: RECEIVER, amount: 1n, fee });
    const receipt = (await operator.rpc("plasma_sendTransaction", payment.raw)) as ReceiptJson;
    return payment.changeAt(BigInt(receipt.blockNumber), receipt.txIndex);
  };

  /** Pays `count` times, each in a block of its own. */
  const payInBlocks = async (operator: TestOperator, source: Spendable, count: number) => {
    let change = source;
    for (let made = 0; made < count; made++) {
      change = await pay(operator, change, 1n);
      await settle(operator);
    }
    return change;
  };

  /** The watcher as a process that can be killed. */
  const startProcess = async (test: Ending, dataDir: string, operator: TestOperator, key?: Hex) => {
    const config = watcherConfig(l1, contract, dataDir, { sources: [operator.url] });
    const { maxFeePerGasGwei, maxCostEth, maxDailyCostEth, fromBlock, ...options } = config;
    const child = await startWatcherProcess(options, key);
    test.after(() => child.end("SIGKILL"));
    return { ...child, rpc: rpcTo(child.url) };
  };

  it("reaches the operator's state from the operator's blocks, and another watcher from its own (I11)", async (test) => {
    const operator = await startTestOperator(test, l1, contract);
    await payInBlocks(operator, await fund(operator, l1, FIRST_USER, 1_000n), 3);
    const watcher = await startTestWatcher(test, l1, contract, { sources: [operator.url] });
    await untilVerified(watcher, 3n);
    await operator.stop();
    const second = await startTestWatcher(test, l1, contract, { sources: [operator.url, watcher.url] });
    await untilVerified(second, 3n);
    assert.deepEqual(await alertsOf(second), []);
    const outputs = (await second.rpc("plasma_getOutputs", { address: RECEIVER })) as { outputs: unknown[] };
    assert.equal(outputs.outputs.length, 3);
    await Promise.all([watcher.stop(), second.stop()]);
    const state = await openChainState(operator.config.dataDir, "operator", contract);
    for (const { config } of [watcher, second]) {
      assert.deepEqual(await openChainState(config.dataDir, "watcher", contract), state);
    }
  });

  it("goes on where it was when it is killed", async (test) => {
    const operator = await startTestOperator(test, l1, contract);
    const change = await payInBlocks(operator, await fund(operator, l1, FIRST_USER, 1_000n), 2);
    const dataDir = path.join(temporaryDirectory(test), "watcher");
    const start = () => startProcess(test, dataDir, operator);
    const first = await start();
    await untilVerified(first, 1n);
    await first.end("SIGKILL");
    await payInBlocks(operator, change, 2);
    const second = await start();
    const { validBlock } = (await second.rpc("plasma_getVerification")) as VerificationJson;
    assert.ok(BigInt(validBlock) >= 1n);
    await untilVerified(second, 4n);
    await second.end("SIGTERM");
    await operator.stop();
    const state = await openChainState(operator.config.dataDir, "operator", contract);
    assert.deepEqual(await openChainState(dataDir, "watcher", contract), state);
  });

  it("brings its challenge to L1 although it is killed and L1's node forgets", async (test) => {
    const operator = await startTestOperator(test, l1, contract);
    const source = await fund(operator, l1, FIRST_USER, 1_000n);
    await pay(operator, source);
    await settle(operator);
    const dataDir = path.join(temporaryDirectory(test), "watcher");
    const guard = l1.account(FIRST_USER + 1);
    const start = () => startProcess(test, dataDir, operator, toHex(guard.getHdKey().privateKey as Uint8Array));
    const first = await start();
    await untilVerified(first, 1n);
    await startDepositExit(l1, contract, l1.account(FIRST_USER), source);
    test.after(() => l1.client.setAutomine(true));
    await l1.client.setAutomine(false);
    const sent = () => l1.client.getTransactionCount({ address: guard.address, blockTag: "pending" });
    await until("the challenge in the mempool", sent, (count) => count === 1);
    await first.end("SIGKILL");
    const { transactions } = await l1.client.getBlock({ blockTag: "pending" });
    for (const hash of transactions) await l1.client.dropTransaction({ hash });
    assert.equal(await sent(), 0);
    const second = await start();
    await until("the challenge again", sent, (count) => count === 1);
    await l1.client.mine({ blocks: 1 });
    const logs = await l1.client.getLogs({ address: contract, fromBlock: 0n });
    const challenges = parseEventLogs({ abi: rootChainAbi, eventName: "ExitChallenged", logs });
    assert.deepEqual(
      challenges.map(({ args }) => args.beneficiary),
      [guard.address],
    );
    await untilResolved(second, "INVALID_STANDARD_EXIT");
  });

  it("takes back what an L1 reorg takes away, and what is committed again is not another root", async (test) => {
    const operator = await startTestOperator(test, l1, contract, { finality: 8 });
    const watcher = await startTestWatcher(test, l1, contract, { sources: [operator.url], finality: 8 });
    const funding = fund(operator, l1, FIRST_USER, 1_000n);
    const deposits = { address: contract, abi: rootChainAbi, functionName: "depositCount" } as const;
    await until(
      "the deposit on L1",
      () => l1.client.readContract(deposits),
      (count) => BigInt(count) === 1n,
    );
    await l1.client.mine({ blocks: 10 });
    const source = await funding;
    const snapshot = await l1.client.snapshot();
    await payInBlocks(operator, source, 2);
    await untilVerified(watcher, 2n);
    await l1.client.revert({ id: snapshot });
    // More than the reorg took away, so that whoever has seen a head this high has seen the reorg.
    await l1.client.mine({ blocks: 20 });
    await settle(operator);
    const head = await l1.client.getBlockNumber({ cacheTime: 0 });
    const status = () => watcher.rpc("plasma_status") as Promise<{ l1Head: { number: string } }>;
    await until("the watcher at the head", status, ({ l1Head }) => BigInt(l1Head.number) >= head);
    await untilVerified(watcher, 2n);
    assert.deepEqual(await alertsOf(watcher), []);
    await Promise.all([watcher.stop(), operator.stop()]);
    const state = await openChainState(operator.config.dataDir, "operator", contract);
    assert.deepEqual(await openChainState(watcher.config.dataDir, "watcher", contract), state);
  });
});
