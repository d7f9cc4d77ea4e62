import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { type Address, type Hex, toHex } from "viem";
import { rebuildOperator } from "../../operator/rebuild.ts";
import { encodeBlock } from "../../protocol/block.ts";
import { fromHex } from "../../protocol/bytes.ts";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import type { Domain } from "../../protocol/typedData.ts";
import { blockDirectory, blockService } from "../../runtime/blockSource.ts";
import { createLogger } from "../../runtime/logger.ts";
import {
  deployRootChain,
  depositEth,
  FIRST_USER,
  type L1,
  OPERATOR,
  startDepositExit,
  startL1,
} from "../support/l1.ts";
import {
  fund,
  type OutputJson,
  operatorConfig,
  type ReceiptJson,
  settle,
  startTestOperator,
  type TestOperator,
} from "../support/operator.ts";
import { type Spendable, signPayment } from "../support/payer.ts";
import { rpcTo, until } from "../support/rpc.ts";
import { startOperatorProcess } from "../support/serviceProcess.ts";
import { temporaryDirectory } from "../support/temporaryDirectory.ts";

const RECEIVER = "0x00000000000000000000000000000000000000aa";

describe("operator and its chain", () => {
  let l1: L1;
  let contract: Address;
  let domain: Domain;

  before(async () => {
    l1 = await startL1();
  });
  after(() => l1.close());
  beforeEach(async () => {
    contract = await deployRootChain(l1);
    domain = { chainId: 31337n, contract };
  });

  const user = () => l1.account(FIRST_USER);

  const pay = async (operator: Pick<TestOperator, "rpc">, source: Spendable, amount = 1n) => {
    const payment = await signPayment(domain, user(), source, { to: RECEIVER, amount });
    const receipt = (await operator.rpc("plasma_sendTransaction", payment.raw)) as ReceiptJson;
    return { payment, receipt, change: payment.changeAt(BigInt(receipt.blockNumber), receipt.txIndex) };
  };

  const outputsOf = async ({ rpc }: Pick<TestOperator, "rpc">) =>
    ((await rpc("plasma_getOutputs", { address: user().address })) as { outputs: OutputJson[] }).outputs;

  /** The user's only deposit, as soon as it may be spent. */
  const depositOf = async (operator: Pick<TestOperator, "rpc">): Promise<Spendable> => {
    const [deposit] = await until(
      "the deposit",
      () => outputsOf(operator),
      ([output]) => output?.status === "committed",
    );
    assert.ok(deposit);
    return { position: BigInt(deposit.position), outputId: deposit.outputId, amount: BigInt(deposit.amount) };
  };

  const committed = async () => {
    const events = await l1.client.getContractEvents({
      address: contract,
      abi: rootChainAbi,
      eventName: "BlockSubmitted",
      fromBlock: 0n,
      strict: true,
    });
    return events.map(({ args }) => ({ number: args.number, root: args.root }));
  };

  it("goes on in the middle of a block after a restart", async (test) => {
    const overrides = { dataDir: temporaryDirectory(test), blockIntervalMs: 3_600_000 };
    const first = await startTestOperator(test, l1, contract, overrides);
    const source = await fund(first, l1, FIRST_USER, 100n);
    const before = await pay(first, source);
    await first.stop();
    const second = await startTestOperator(test, l1, contract, { ...overrides, blockIntervalMs: 500 });
    const after = await pay(second, before.change);
    assert.deepEqual(
      [before.receipt, after.receipt].map(({ blockNumber, txIndex }) => [blockNumber, txIndex]),
      [
        ["0x1", 0],
        ["0x1", 1],
      ],
    );
    await settle(second);
    assert.equal((await committed()).length, 1);
  });

  it("sends the same blocks again when a reorg took their commits (I6)", async (test) => {
    await depositEth(l1, contract, user(), 1_000n);
    await l1.client.mine({ blocks: 10 });
    const operator = await startTestOperator(test, l1, contract, { finality: 8 });
    const snapshot = await l1.client.snapshot();
    const first = await pay(operator, await depositOf(operator));
    await settle(operator);
    const { change } = await pay(operator, first.change);
    await settle(operator);
    const before = await committed();
    assert.equal(before.length, 2);

    await l1.client.revert({ id: snapshot });
    await l1.client.mine({ blocks: 3 });
    assert.deepEqual(await committed(), []);
    await until("the commits", committed, (blocks) => blocks.length === 2);
    assert.deepEqual(await committed(), before);
    await pay(operator, change);
    await until("the next commit", committed, (blocks) => blocks.length === 3);
  });

  it("locks an output from the first sight of its exit, and lets it go when a reorg took the exit (R28)", async (test) => {
    const operator = await startTestOperator(test, l1, contract, { finality: 20 });
    await depositEth(l1, contract, user(), 500n);
    await l1.client.mine({ blocks: 25 });
    const source = await depositOf(operator);
    const statusIs = (status: string) =>
      until(
        status,
        () => outputsOf(operator),
        ([output]) => output?.status === status,
      );

    const snapshot = await l1.client.snapshot();
    await startDepositExit(l1, contract, user(), source);
    await statusIs("exiting");
    await assert.rejects(pay(operator, source), { code: "TX_INPUT_EXITING" });
    await l1.client.revert({ id: snapshot });
    await l1.client.mine({ blocks: 3 });
    await statusIs("committed");
    await pay(operator, source);
  });

  it("is rebuilt from another service's blocks, from files, and from nothing else", async (test) => {
    const original = await startTestOperator(test, l1, contract);
    let source = await fund(original, l1, FIRST_USER, 10_000n);
    for (let index = 0; index < 6; index++) {
      ({ change: source } = await pay(original, source, BigInt(index + 1)));
      if (index % 2 === 1) await settle(original);
    }
    const blocks = await committed();
    assert.ok(blocks.length >= 3);
    const archive = temporaryDirectory(test);
    const entriesOf = async (number: bigint) => {
      const { entries } = (await original.rpc("plasma_getBlockTransactions", { number: toHex(number) })) as {
        entries: Hex[];
      };
      return entries.map((entry) => fromHex(entry));
    };
    for (const { number } of blocks)
      await writeFile(path.join(archive, `${number}.block`), encodeBlock(await entriesOf(number)));

    const logger = createLogger("silent");
    const emptyConfig = () => operatorConfig(l1, contract, temporaryDirectory(test));
    const fromService = emptyConfig();
    const fromFiles = emptyConfig();
    assert.equal(await rebuildOperator(fromService, blockService(original.url), logger), BigInt(blocks.length));
    assert.equal(await rebuildOperator(fromFiles, blockDirectory(archive), logger), BigInt(blocks.length));
    await assert.rejects(rebuildOperator(fromFiles, blockDirectory(archive), logger), {
      code: "REBUILD_STORE_NOT_EMPTY",
    });
    await assert.rejects(rebuildOperator(emptyConfig(), blockService("http://127.0.0.1:1"), logger), {
      code: "REBUILD_BLOCK_UNAVAILABLE",
    });
    const garbage = temporaryDirectory(test);
    for (const { number } of blocks) await writeFile(path.join(garbage, `${number}.block`), "no block");
    await assert.rejects(rebuildOperator(emptyConfig(), blockDirectory(garbage), logger), {
      code: "REBUILD_BLOCK_INVALID",
    });
    await assert.rejects(rebuildOperator(emptyConfig(), blockDirectory("/does/not/exist"), logger), {
      code: "REBUILD_BLOCK_UNAVAILABLE",
    });
    await writeFile(
      path.join(archive, "2.block"),
      encodeBlock((await entriesOf(2n)).toReversed().concat(await entriesOf(1n))),
    );
    await assert.rejects(rebuildOperator(emptyConfig(), blockDirectory(archive), logger), {
      code: "REBUILD_BLOCK_INVALID",
    });

    const balance = await original.rpc("plasma_getBalance", user().address);
    await original.stop();
    const reader = await startTestOperator(test, l1, contract, { dataDir: fromFiles.dataDir, readOnly: true });
    const rebuilt = await startTestOperator(test, l1, contract, { dataDir: fromService.dataDir });
    for (const { rpc } of [reader, rebuilt]) assert.deepEqual(await rpc("plasma_getBalance", user().address), balance);
    await pay(rebuilt, source);
    await settle(rebuilt);
    const numbers = (await committed()).map(({ number }) => number);
    assert.deepEqual(
      numbers,
      numbers.map((_number, index) => BigInt(index + 1)),
    );
  });

  it("stops accepting when the disk is full, and has everything that it acknowledged after a restart", {
    timeout: 60_000,
  }, async (test) => {
    const dataDir = temporaryDirectory(test);
    const options = {
      dataDir,
      l1Url: l1.url,
      contract,
      port: 0,
      blockIntervalMs: 200,
      l1PollMs: 40,
      logLevel: "silent",
    };
    const rate = { ratePerSecond: 1e6, rateBurst: 1e6 };
    await depositEth(l1, contract, user(), 10_000n);
    const key = toHex(l1.account(OPERATOR).getHdKey().privateKey as Uint8Array);
    const small = await startOperatorProcess({ ...options, ...rate }, key, { maxFileKilobytes: 1_500 });
    const rpc = rpcTo(small.url);
    let source = await depositOf({ rpc });
    const acknowledged: ReceiptJson[] = [];
    const fill = async () => {
      for (;;) {
        const { receipt, change } = await pay({ rpc }, source);
        acknowledged.push(receipt);
        source = change;
      }
    };
    await assert.rejects(fill(), { code: "STORE_UNAVAILABLE" });
    const health = await fetch(`${small.url}/health`);
    assert.deepEqual(
      [health.status, ((await health.json()) as { reasons: string[] }).reasons.includes("STORE_DISK_FULL")],
      [503, true],
    );
    await small.end("SIGTERM");

    const restarted = await startTestOperator(test, l1, contract, { dataDir });
    for (const { txId, blockNumber, txIndex } of acknowledged) {
      const found = (await restarted.rpc("plasma_getTransaction", txId)) as ReceiptJson | null;
      assert.deepEqual([found?.blockNumber, found?.txIndex], [blockNumber, txIndex]);
    }
    test.diagnostic(`${acknowledged.length} acknowledged before the disk was full, 0 lost`);
    await settle(restarted);
  });

  it("serves a chain without its key when told to only read", async (test) => {
    const reader = await startTestOperator(test, l1, contract, { readOnly: true });
    const source = await fund(reader, l1, FIRST_USER, 10n);
    await assert.rejects(pay(reader, source), { code: "NOT_READY" });
  });
});
