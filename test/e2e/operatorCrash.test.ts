import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Address, type Hex, toHex } from "viem";
import type { SealedBlock } from "../../protocol/block.ts";
import { executeBlock } from "../../protocol/blockExecution.ts";
import { fromHex } from "../../protocol/bytes.ts";
import { depositOutput, depositOutputId, depositPositionOf } from "../../protocol/deposit.ts";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import { createOverlay, type LedgerView } from "../../protocol/ledger.ts";
import type { Domain } from "../../protocol/typedData.ts";
import { createNativeCrypto } from "../../runtime/nativeCrypto.ts";
import { NO_CONDITIONS } from "../support/conditions.ts";
import {
  deployRootChain,
  depositEth,
  FIRST_USER,
  type L1,
  OPERATOR,
  startL1,
  TEST_EXIT_PERIOD,
} from "../support/l1.ts";
import { type SignedPayment, type Spendable, signPayment } from "../support/payer.ts";
import { seededRandom } from "../support/random.ts";
import { rpcTo, until } from "../support/rpc.ts";
import { type ServiceProcess, startOperatorProcess } from "../support/serviceProcess.ts";
import { temporaryDirectory } from "../support/temporaryDirectory.ts";

const KILLS = 25;
const USERS = 8;
const DEPOSIT = 10n ** 18n;
const RECEIVER = "0x00000000000000000000000000000000000000aa";

interface Receipt {
  readonly txId: Hex;
  readonly blockNumber: Hex;
  readonly txIndex: number;
}

interface BlockJson {
  readonly number: Hex;
  readonly root: Hex;
  readonly txCount: number;
  readonly sealedAt: number;
  readonly depositCount: number;
  readonly depositHash: Hex;
}

/** What L1 tells of a block. */
type CommittedBlock = Omit<SealedBlock, "depositHash">;

/** Somebody who pays again and again, each time with the change of the payment before. */
interface User {
  source: Spendable;
  /** Sent, and neither acknowledged nor refused: the service died meanwhile. */
  unanswered: SignedPayment | undefined;
}

describe("operator killed at any moment", () => {
  let l1: L1;
  let contract: Address;
  let domain: Domain;
  const key = () => toHex(l1.account(OPERATOR).getHdKey().privateKey as Uint8Array);
  const optionsFor = (dataDir: string) => ({
    dataDir,
    l1Url: l1.url,
    contract,
    port: 0,
    blockIntervalMs: 120,
    l1PollMs: 40,
    verifierThreads: 1,
    ratePerSecond: 1e6,
    rateBurst: 1e6,
    logLevel: "error",
  });
  const start = (dataDir: string): Promise<ServiceProcess> => startOperatorProcess(optionsFor(dataDir), key());

  before(async () => {
    process.env.NODE_COMPILE_CACHE = temporaryDirectory({ after }); // restarts are what this test waits for
    l1 = await startL1();
    contract = await deployRootChain(l1);
    domain = { chainId: 31337n, contract };
    for (let user = 0; user < USERS; user++) await depositEth(l1, contract, l1.account(FIRST_USER + user), DEPOSIT);
  });
  after(() => l1.close());

  const firstOutput = async (url: string, owner: Address): Promise<Spendable> => {
    const { outputs } = (await rpcTo(url)("plasma_getOutputs", { address: owner })) as {
      outputs: { position: Hex; outputId: Hex; amount: Hex }[];
    };
    const output = outputs[0] as (typeof outputs)[number];
    return { position: BigInt(output.position), outputId: output.outputId, amount: BigInt(output.amount) };
  };

  it("keeps every acknowledged transaction at its promised place (I10) and every root (I6)", {
    timeout: 300_000,
  }, async (test) => {
    const dataDir = temporaryDirectory(test);
    const random = seededRandom(20_240_601);
    const acknowledged = new Map<Hex, Receipt & { readonly raw: Hex }>();
    const roots = new Map<Hex, Hex>();
    const counts = { kills: 0, unanswered: 0, unansweredKept: 0, checked: 0, resubmitted: 0 };

    let operator = await start(dataDir);
    const users: User[] = [];
    for (let user = 0; user < USERS; user++) {
      const source = await firstOutput(operator.url, l1.account(FIRST_USER + user).address);
      users.push({ source, unanswered: undefined });
    }

    const remember = (user: User, payment: SignedPayment, receipt: Receipt) => {
      const earlier = acknowledged.get(payment.txId);
      if (earlier !== undefined)
        assert.deepEqual([receipt.blockNumber, receipt.txIndex], [earlier.blockNumber, earlier.txIndex]);
      acknowledged.set(payment.txId, { ...receipt, raw: payment.raw });
      user.source = payment.changeAt(BigInt(receipt.blockNumber), receipt.txIndex);
      user.unanswered = undefined;
    };

    /** Pays until the service is gone. */
    const stream = async (index: number, alive: () => boolean) => {
      const user = users[index] as User;
      const rpc = rpcTo(operator.url);
      for (let fee = 0n; alive(); fee = (fee + 1n) % 3n) {
        const payment =
          user.unanswered ??
          (await signPayment(domain, l1.account(FIRST_USER + index), user.source, { to: RECEIVER, amount: 1n, fee }));
        user.unanswered = payment;
        try {
          remember(user, payment, await rpc("plasma_sendTransaction", payment.raw));
        } catch (error) {
          if (alive()) throw error;
        }
      }
    };

    const readBlock = (number: Hex | "latest") =>
      rpcTo(operator.url)("plasma_getBlock", number) as Promise<BlockJson | null>;

    /** Every root that was ever seen is still the root of its block. */
    const checkRoots = async () => {
      const latest = await readBlock("latest");
      for (const [number, root] of [...roots].slice(-10)) assert.equal((await readBlock(number))?.root, root);
      if (latest !== null) roots.set(latest.number, latest.root);
    };

    const checkPlaces = async (receipts: readonly Receipt[]) => {
      const ask = ({ txId }: Receipt) => rpcTo(operator.url)("plasma_getTransaction", txId) as Promise<Receipt | null>;
      for (const [index, found] of (await Promise.all(receipts.map(ask))).entries()) {
        const { txId, blockNumber, txIndex } = receipts[index] as Receipt;
        assert.deepEqual([found?.blockNumber, found?.txIndex], [blockNumber, txIndex], `transaction ${txId}`);
        counts.checked += 1;
      }
    };

    for (let kill = 0; kill < KILLS; kill++) {
      let alive = true;
      const streams = users.map((_user, index) => stream(index, () => alive));
      await new Promise((resolve) => setTimeout(resolve, 20 + random(400)));
      await checkRoots();
      alive = false;
      await operator.end("SIGKILL");
      await Promise.all(streams);
      counts.kills += 1;
      const unanswered = users.filter((user) => user.unanswered !== undefined);
      counts.unanswered += unanswered.length;

      operator = await start(dataDir);
      await checkRoots();
      await checkPlaces([...acknowledged.values()].slice(-50));
      for (const { unanswered: payment } of unanswered) {
        const found = await rpcTo(operator.url)("plasma_getTransaction", payment?.txId);
        if (found !== null) counts.unansweredKept += 1;
      }
    }

    const promised = [...acknowledged.values()];
    for (let from = 0; from < promised.length; from += 500) {
      const page = promised.slice(from, from + 500);
      const raws = page.map(({ raw }) => raw);
      const again = (await rpcTo(operator.url)("plasma_sendTransactions", raws)) as Receipt[];
      const places = (receipts: Receipt[]) => receipts.map(({ blockNumber, txIndex }) => [blockNumber, txIndex]);
      assert.deepEqual(places(again), places(page));
      counts.resubmitted += again.length;
    }

    // All is committed, and what is on L1 re-executes to the same roots and holds every promise.
    const status = () =>
      rpcTo(operator.url)("plasma_status") as Promise<
        Record<"latestBlock" | "committedBlock", Hex> & { pendingTransactions: number }
      >;
    const { committedBlock } = await until(
      "the last commit",
      status,
      (now) => now.pendingTransactions === 0 && now.committedBlock === now.latestBlock,
    );
    const blocks = await committedBlocks();
    assert.deepEqual(
      blocks.map(({ number }) => number),
      blocks.map((_block, index) => BigInt(index + 1)),
    );
    assert.equal(blocks.length, Number(committedBlock));
    const places = await executeAll(blocks, operator.url);
    for (const { txId, blockNumber, txIndex } of acknowledged.values()) {
      assert.equal(places.get(txId), `${BigInt(blockNumber)}:${txIndex}`);
    }
    for (const [number, root] of roots) assert.equal(blocks[Number(number) - 1]?.root, root);
    await operator.end("SIGTERM");

    assert.ok(acknowledged.size > KILLS);
    test.diagnostic(
      `${counts.kills} kills, ${acknowledged.size} acknowledged, 0 lost; ${counts.checked} places checked, ${counts.resubmitted} sent again; ` +
        `${counts.unanswered} unanswered, of which ${counts.unansweredKept} had been taken; ${blocks.length} blocks on L1`,
    );
  });

  it("commits the root that it had sealed before it was killed, once (I6)", { timeout: 60_000 }, async (test) => {
    const ownContract = await deployRootChain(l1);
    const user = l1.account(FIRST_USER);
    await depositEth(l1, ownContract, user, DEPOSIT);
    contract = ownContract;
    domain = { chainId: 31337n, contract };
    const dataDir = temporaryDirectory(test);
    let operator = await start(dataDir);
    await l1.client.setAutomine(false);
    const source = await firstOutput(operator.url, user.address);
    const payment = await signPayment(domain, user, source, { to: RECEIVER, amount: 1n });
    const receipt = (await rpcTo(operator.url)("plasma_sendTransaction", payment.raw)) as Receipt;
    const latest = () => rpcTo(operator.url)("plasma_getBlock", "latest") as Promise<BlockJson | null>;
    const sealed = await until("the seal", latest, (block) => block !== null);
    await operator.end("SIGKILL");
    assert.equal((await committedBlocks()).length, 0);

    operator = await start(dataDir);
    assert.deepEqual(await latest(), sealed);
    await l1.client.setAutomine(true);
    await l1.client.mine({ blocks: 1 });
    await until("the commit", committedBlocks, (blocks) => blocks.length > 0);
    const found = (await rpcTo(operator.url)("plasma_getTransaction", payment.txId)) as Receipt;
    assert.deepEqual([found.blockNumber, found.txIndex], [receipt.blockNumber, receipt.txIndex]);
    await operator.end("SIGTERM");
    assert.deepEqual(
      (await committedBlocks()).map(({ root }) => root),
      [sealed?.root],
    );
  });

  const committedBlocks = async (): Promise<CommittedBlock[]> => {
    const events = await l1.client.getContractEvents({
      address: contract,
      abi: rootChainAbi,
      eventName: "BlockSubmitted",
      fromBlock: 0n,
      strict: true,
    });
    return events.map(({ args }) => args);
  };

  /** Executes every committed block from the bytes that the service gives, and tells where each transaction stands. */
  const executeAll = async (blocks: readonly CommittedBlock[], url: string): Promise<Map<Hex, string>> => {
    const deposits = await l1.client.getContractEvents({
      address: contract,
      abi: rootChainAbi,
      eventName: "Deposited",
      fromBlock: 0n,
      strict: true,
    });
    const deposited = deposits.map(({ args }) => ({
      index: Number(args.index),
      block: args.newestBlock,
      owner: args.owner.toLowerCase() as Address,
      token: args.token.toLowerCase() as Address,
      amount: args.amount,
    }));
    const outputs = new Map(
      deposited.map((deposit) => [
        depositPositionOf(deposit),
        { outputId: depositOutputId(deposit), output: depositOutput(deposit) },
      ]),
    );
    const nothing: LedgerView = {
      output: (position) => outputs.get(position),
      isSpent: () => false,
      hasTransaction: () => false,
      exitOf: () => undefined,
      conditions: NO_CONDITIONS,
    };
    const ledger = createOverlay(nothing);
    const places = new Map<Hex, string>();
    const crypto = await createNativeCrypto();
    let parent = { number: 0n, sealedAt: 0, depositCount: 0 };
    for (const block of blocks) {
      const { entries: raws } = (await rpcTo(url)("plasma_getBlockTransactions", {
        number: toHex(block.number),
        limit: 1000,
      })) as { entries: Hex[] };
      const { entries } = executeBlock(
        block,
        raws.map((raw) => fromHex(raw)),
        { domain, parent, minExitPeriod: TEST_EXIT_PERIOD },
        ledger,
        crypto,
      );
      for (const entry of entries) {
        ledger.apply(entry);
        places.set(entry.txId, `${block.number}:${entry.txIndex}`);
      }
      parent = block;
    }
    return places;
  };
});
