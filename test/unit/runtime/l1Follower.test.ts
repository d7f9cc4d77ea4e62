import assert from "node:assert/strict";
import path from "node:path";
import { after, before, beforeEach, describe, it, type TestContext } from "node:test";
import { type Address, keccak256 } from "viem";
import { toHex } from "../../../protocol/bytes.ts";
import { conditionAddress } from "../../../protocol/condition.ts";
import { conditionsAbi } from "../../../protocol/generated/conditions.ts";
import { rootChainAbi } from "../../../protocol/generated/rootChain.ts";
import { ZERO_HASH } from "../../../protocol/hashing.ts";
import { createL1Follower, type Finality } from "../../../runtime/l1Follower.ts";
import { createLedgerStore } from "../../../runtime/ledgerStore.ts";
import { createLogger } from "../../../runtime/logger.ts";
import { createMetrics } from "../../../runtime/metrics.ts";
import { createNativeCrypto } from "../../../runtime/nativeCrypto.ts";
import { followedAbi } from "../../../runtime/rootChainEvent.ts";
import { createRootChainState } from "../../../runtime/rootChainState.ts";
import { openStore } from "../../../runtime/store.ts";
import { PASSWORD } from "../../support/conditions.ts";
import { deployRootChain, depositEth, FIRST_USER, type L1, OPERATOR, startL1 } from "../../support/l1.ts";
import { temporaryDirectory } from "../../support/temporaryDirectory.ts";

describe("L1 follower", () => {
  let l1: L1;
  let contract: Address;
  let registry: Address;
  let fromBlock: bigint;

  before(async () => {
    l1 = await startL1();
  });
  after(() => l1.close());
  beforeEach(async () => {
    contract = await deployRootChain(l1);
    const at = await l1.client.readContract({ address: contract, abi: rootChainAbi, functionName: "conditions" });
    registry = at.toLowerCase() as Address;
    fromBlock = await l1.client.getBlockNumber({ cacheTime: 0 });
  });

  const user = () => l1.account(FIRST_USER);
  const deposit = (amount: bigint) => depositEth(l1, contract, user(), amount);

  /** A follower of the contract over the store in `directory`. */
  const follow = async (directory: string, finality: Finality, maxRange = 1000, client = l1.client) => {
    const store = openStore(path.join(directory, "store.sqlite"), { kind: "operator", chainId: 31337n, contract });
    const ledger = createLedgerStore(store);
    const rootChain = createRootChainState(store, ledger, (await createNativeCrypto()).keccak256);
    const options = { abi: followedAbi, contracts: [contract, registry], fromBlock, finality, maxRange, pollMs: 10 };
    const modules = { client, handler: rootChain, logger: createLogger("silent"), metrics: createMetrics() };
    const follower = createL1Follower(options, { ...modules, store });
    const amounts = () =>
      Array.from({ length: 100 }, (_, index) => rootChain.deposit(index)).flatMap((found) => found?.amount ?? []);
    return { store, ledger, rootChain, follower, amounts };
  };

  const opened = async (test: TestContext, finality: Finality, maxRange?: number) => {
    const chain = await follow(temporaryDirectory(test), finality, maxRange);
    test.after(() => chain.store.close());
    return chain;
  };

  const submitBlock = async (number: bigint, sealedAt: number) => {
    const { request } = await l1.client.simulateContract({
      address: contract,
      abi: rootChainAbi,
      functionName: "submitBlocks",
      args: [
        {
          number: 0n,
          parentHash: ZERO_HASH,
          root: ZERO_HASH,
          txCount: 0,
          timestamp: 0,
          sealedAt: 0,
          depositCount: 0,
          depositHash: ZERO_HASH,
        },
        [{ number, root: ZERO_HASH, txCount: 0, sealedAt, depositCount: 0 }],
        ZERO_HASH,
      ],
      account: l1.account(OPERATOR),
    });
    await l1.client.writeContract({ ...request, chain: null });
  };

  it("delivers every event once and in order, in small ranges and over restarts", async (test) => {
    const directory = temporaryDirectory(test);
    for (const maxRange of [1, 2, 3, 1000]) {
      for (let index = 0; index < 3; index++) await deposit(BigInt(maxRange * 10 + index + 1));
      await l1.client.mine({ blocks: 5 });
      const { store, follower, amounts, rootChain } = await follow(directory, "finalized", maxRange);
      await follower.catchUp();
      await follower.catchUp();
      assert.equal(follower.head()?.number, await l1.client.getBlockNumber({ cacheTime: 0 }));
      assert.equal(rootChain.finalDeposits().count, amounts().length);
      store.close();
    }
    const { store, amounts } = await follow(directory, "finalized");
    assert.deepEqual(amounts(), [11n, 12n, 13n, 21n, 22n, 23n, 31n, 32n, 33n, 10_001n, 10_002n, 10_003n]);
    store.close();
  });

  it("is not ahead of the node's head, though a block is mined and final at once while it looks", async (test) => {
    const client = {
      ...l1.client,
      async getBlock(query: { blockTag: "latest" }) {
        const block = await l1.client.getBlock(query);
        if (query.blockTag === "latest") await l1.client.mine({ blocks: 1 });
        return block;
      },
    } as typeof l1.client;
    const { store, follower } = await follow(temporaryDirectory(test), "finalized", 1000, client);
    test.after(() => store.close());
    for (let round = 0; round < 3; round++) {
      await follower.catchUp();
      assert.ok(follower.nodeHead() >= (follower.head()?.number ?? 0n));
    }
  });

  it("hashes the deposits as the contract does (R4)", async (test) => {
    const { follower, rootChain } = await opened(test, "finalized");
    await deposit(5n);
    await deposit(6n);
    await follower.catchUp();
    const onL1 = await l1.client.readContract({
      address: contract,
      abi: rootChainAbi,
      functionName: "depositHashes",
      args: [1n],
    });
    assert.deepEqual(rootChain.finalDeposits(), { count: 2, hash: onL1 });
  });

  it("lets a deposit be spent only when it is final", async (test) => {
    const { follower, ledger, rootChain, amounts } = await opened(test, 3);
    await deposit(7n);
    await follower.catchUp();
    await l1.client.mine({ blocks: 2 });
    await follower.catchUp();
    assert.deepEqual(
      [
        amounts(),
        rootChain.finalDeposits().count,
        rootChain.unconfirmedDeposits(user().address.toLowerCase() as Address).length,
      ],
      [[7n], 0, 1],
    );
    await l1.client.mine({ blocks: 1 });
    await follower.catchUp();
    assert.deepEqual(
      [rootChain.finalDeposits().count, rootChain.unconfirmedDeposits(user().address.toLowerCase() as Address).length],
      [1, 0],
    );
    const owner = user().address.toLowerCase() as Address;
    assert.deepEqual(
      ledger.unspentOutputs(owner, -1n, 10).map(({ output }) => output.amount),
      [7n],
    );
  });

  it("takes back deposits and commits of blocks that a reorg replaced", async (test) => {
    const { follower, rootChain, amounts } = await opened(test, 50);
    await deposit(1n);
    const snapshot = await l1.client.snapshot();
    const { timestamp } = await l1.client.getBlock();
    await deposit(2n);
    await submitBlock(1n, Number(timestamp));
    await follower.catchUp();
    assert.deepEqual([amounts(), rootChain.newestCommitted()], [[1n, 2n], 1n]);

    await l1.client.revert({ id: snapshot });
    await deposit(3n);
    await deposit(4n);
    await l1.client.mine({ blocks: 3 });
    await follower.catchUp();
    assert.deepEqual([amounts(), rootChain.newestCommitted()], [[1n, 3n, 4n], 0n]);
    await submitBlock(1n, Number(timestamp));
    await follower.catchUp();
    assert.equal(rootChain.newestCommitted(), 1n);
  });

  /** Registers code as a condition; returns its address. */
  const register = async (code: Uint8Array): Promise<Address> => {
    const call = { address: registry, abi: conditionsAbi, functionName: "register", args: [toHex(code)] } as const;
    const { request } = await l1.client.simulateContract({ ...call, account: user() });
    await l1.client.writeContract({ ...request, chain: null });
    return conditionAddress(registry, code);
  };

  it("knows the conditions that are registered, and since when (R9)", async (test) => {
    const { follower, rootChain } = await opened(test, 2);
    const condition = await register(PASSWORD);
    await follower.catchUp();
    const record = { codeHash: keccak256(PASSWORD), newestBlock: 0n };
    assert.deepEqual(rootChain.condition(condition), { ...record, final: false });
    assert.equal(rootChain.condition(contract), undefined);
    await submitBlock(1n, Number((await l1.client.getBlock()).timestamp));
    const another = Uint8Array.of(...PASSWORD, 0);
    const later = await register(another);
    await follower.catchUp();
    assert.deepEqual(rootChain.condition(condition), { ...record, final: true });
    assert.deepEqual(rootChain.condition(later), { codeHash: keccak256(another), newestBlock: 1n, final: false });
  });

  it("takes back conditions of blocks that a reorg replaced", async (test) => {
    const { follower, rootChain } = await opened(test, 50);
    const kept = await register(PASSWORD);
    const snapshot = await l1.client.snapshot();
    const gone = await register(Uint8Array.of(...PASSWORD, 0));
    await follower.catchUp();
    assert.ok(rootChain.condition(gone));
    await l1.client.revert({ id: snapshot });
    await l1.client.mine({ blocks: 3 });
    await follower.catchUp();
    assert.equal(rootChain.condition(gone), undefined);
    assert.ok(rootChain.condition(kept));
  });

  it("follows a reorg to a shorter chain", async (test) => {
    const { follower, amounts } = await opened(test, 50);
    await deposit(1n);
    const snapshot = await l1.client.snapshot();
    for (let index = 0; index < 5; index++) await deposit(2n);
    await follower.catchUp();
    await l1.client.revert({ id: snapshot });
    await deposit(9n);
    await follower.catchUp();
    assert.deepEqual(amounts(), [1n, 9n]);
  });

  it("refuses a reorg of what counted as final", async (test) => {
    const { follower, amounts } = await opened(test, 2);
    const snapshot = await l1.client.snapshot();
    await deposit(1n);
    await l1.client.mine({ blocks: 6 });
    await follower.catchUp();
    await l1.client.revert({ id: snapshot });
    await l1.client.mine({ blocks: 9 });
    await assert.rejects(follower.catchUp(), { code: "L1_REORG_TOO_DEEP" });
    assert.deepEqual(amounts(), [1n]);
  });

  it("waits for a node that is behind, instead of calling it a reorg", async (test) => {
    const { follower, amounts } = await opened(test, 2);
    const snapshot = await l1.client.snapshot();
    await deposit(1n);
    await l1.client.mine({ blocks: 6 });
    await follower.catchUp();
    await l1.client.revert({ id: snapshot });
    await assert.rejects(follower.catchUp(), { code: "L1_UNREACHABLE" });
    assert.deepEqual(amounts(), [1n]);
  });

  it("says so when the node is away", async (test) => {
    const other = await startL1();
    const directory = temporaryDirectory(test);
    const otherContract = await deployRootChain(other);
    const store = openStore(path.join(directory, "s"), { kind: "watcher", chainId: 31337n, contract: otherContract });
    test.after(() => store.close());
    const rootChain = createRootChainState(store, createLedgerStore(store), (await createNativeCrypto()).keccak256);
    const follower = createL1Follower(
      { abi: followedAbi, contracts: [otherContract], fromBlock: 0n, finality: "safe", maxRange: 10, pollMs: 10 },
      { client: other.client, store, handler: rootChain, logger: createLogger("silent"), metrics: createMetrics() },
    );
    await follower.catchUp();
    await other.close();
    await assert.rejects(follower.catchUp(), { code: "L1_UNREACHABLE" });
  });
});
