import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it, type TestContext } from "node:test";
import { type Address, createWalletClient, type Hex, http, parseEventLogs, toHex } from "viem";
import type { HDAccount } from "viem/accounts";
import { createClient } from "../../client/client.ts";
import { findInFlightExit } from "../../client/inFlightExits.ts";
import { rebuildOperator } from "../../operator/rebuild.ts";
import { fromHex } from "../../protocol/bytes.ts";
import type { UnsignedSpend } from "../../protocol/conditions/guardedOutput.ts";
import {
  claimHashTimeLock,
  type HashTimeLock,
  hashOfSecret,
  hashTimeLockOutput,
  refundHashTimeLock,
} from "../../protocol/conditions/hashTimeLock.ts";
import {
  type MultiSignature,
  multiSignatureOutput,
  spendMultiSignature,
} from "../../protocol/conditions/multiSignature.ts";
import { encodeProofSource } from "../../protocol/evidence.ts";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import type { LedgerOutput } from "../../protocol/ledger.ts";
import { ETH, type Output, outputIdOf } from "../../protocol/output.ts";
import { encodePosition } from "../../protocol/position.ts";
import type { ExitProof } from "../../protocol/proof.ts";
import { blockService } from "../../runtime/blockSource.ts";
import { createLogger } from "../../runtime/logger.ts";
import { startBareOperator } from "../support/bareOperator.ts";
import { openChainState } from "../support/chainState.ts";
import { locked, PASSWORD, unlock } from "../support/conditions.ts";
import { type Flight, signFlight } from "../support/inFlight.ts";
import { deployRootChain, FIRST_USER, type L1, OPERATOR, startL1 } from "../support/l1.ts";
import { startL1Proxy } from "../support/l1Proxy.ts";
import { pay, spend } from "../support/ledger.ts";
import {
  fund,
  type OutputJson,
  operatorConfig,
  type ReceiptJson,
  settle,
  startTestOperator,
  type TestOperator,
} from "../support/operator.ts";
import { registerCode, registerShipped } from "../support/registration.ts";
import { rpcTo, until } from "../support/rpc.ts";
import { startOperatorProcess } from "../support/serviceProcess.ts";
import { temporaryDirectory } from "../support/temporaryDirectory.ts";
import { type Known, startWatchedChain, type WatchedChain } from "../support/watchedChain.ts";
import {
  alertsOf,
  movesOf,
  startTestWatcher,
  type TestWatcher,
  untilAlert,
  untilMove,
  untilResolved,
  untilVerified,
} from "../support/watcher.ts";

const SECRET: Hex = `0x${"5e".repeat(32)}`;
const WRONG: Hex = `0x${"00".repeat(32)}`;
const LATE = 2 ** 39;

const addressOf = ({ address }: { readonly address: Address }) => address.toLowerCase() as Address;

/** The same claim with a secret that does not open the lock. */
const withWrongSecret = ({ transaction, reveals }: UnsignedSpend): UnsignedSpend => ({
  transaction,
  reveals: reveals.map((reveal) => ({ ...reveal, args: fromHex(WRONG) })),
});

describe("an operator on a chain with conditions", () => {
  let l1: L1;
  let contract: Address;
  let multiSignature: Address;
  let hashTimeLock: Address;
  let alice: HDAccount;
  let bob: HDAccount;
  let owners: MultiSignature;
  let lock: HashTimeLock;

  before(async () => {
    l1 = await startL1();
    [alice, bob] = [l1.account(FIRST_USER), l1.account(FIRST_USER + 1)];
    owners = { threshold: 2, owners: [addressOf(alice), addressOf(bob)].sort() };
    lock = { hash: hashOfSecret(SECRET), receiver: addressOf(bob), timeout: LATE };
  });
  after(() => l1.close());
  beforeEach(async () => {
    contract = await deployRootChain(l1);
    multiSignature = await registerShipped(l1, contract, "multiSignature");
    hashTimeLock = await registerShipped(l1, contract, "hashTimeLock");
  });

  const signed = ({ transaction, reveals }: UnsignedSpend, ...signers: HDAccount[]) =>
    signFlight({ chainId: 31337n, contract }, transaction, [], signers, reveals);

  /** Alice puts 100 under a hash time-lock for bob and 200 under both signatures, and keeps the rest. */
  const lockMoney = async (operator: Pick<TestOperator, "rpc" | "config">) => {
    const source = await fund(operator, l1, FIRST_USER, 1_000n);
    const outputs: Output[] = [
      hashTimeLockOutput(hashTimeLock, lock, { sender: addressOf(alice), token: ETH, amount: 100n }),
      multiSignatureOutput(multiSignature, owners, { token: ETH, amount: 200n }),
      pay(addressOf(alice), 700n),
    ];
    const transaction = {
      ...spend([{ ...source, output: pay(addressOf(alice), 1_000n) }], outputs),
      validBefore: LATE,
    };
    const flight = await signed({ transaction, reveals: [] }, alice);
    const receipt = (await operator.rpc("plasma_sendTransaction", toHex(flight.raw))) as ReceiptJson;
    const [locked, shared] = outputs.map((output, outputIndex): LedgerOutput => {
      const place = { block: BigInt(receipt.blockNumber), txIndex: receipt.txIndex, outputIndex };
      return { position: encodePosition(place), outputId: outputIdOf(flight.txId, outputIndex, output), output };
    }) as [LedgerOutput, LedgerOutput, LedgerOutput];
    const claim = claimHashTimeLock(locked, hashTimeLock, lock, { secret: SECRET, fee: 0n });
    const payOut = spendMultiSignature(shared, multiSignature, owners, [pay(addressOf(bob), 200n)]);
    return { locked, shared, claim, payOut };
  };

  const send = async ({ rpc }: Pick<TestOperator, "rpc">, { raw }: Flight) =>
    (await rpc("plasma_sendTransaction", toHex(raw))) as ReceiptJson;

  it("takes the spends that they allow and no others, before and after a restart; watcher and rebuilt operator agree", async (test) => {
    const dataDir = temporaryDirectory(test);
    const operator = await startTestOperator(test, l1, contract, { dataDir });
    const { locked, claim, payOut } = await lockMoney(operator);
    await settle(operator);

    const { outputs } = (await operator.rpc("plasma_getOutputs", { address: alice.address })) as {
      outputs: (OutputJson & { condition: Hex })[];
    };
    assert.deepEqual(
      outputs.map(({ amount, condition }) => [BigInt(amount), condition]),
      [
        [100n, locked.output.condition],
        [700n, pay(addressOf(alice), 1n).condition],
      ],
    );
    assert.deepEqual(await operator.rpc("plasma_getBalance", alice.address), [
      { token: ETH, confirmed: "0x2bc", pending: "0x0" },
    ]);

    const refused = async (code: string, flight: Flight, by: Pick<TestOperator, "rpc"> = operator) =>
      assert.rejects(send(by, flight), { code });
    await refused("TX_CONDITION_REFUSED", await signed(withWrongSecret(claim), bob));
    await refused("TX_CONDITION_REFUSED", await signed(claim, alice));
    await refused("TX_CONDITION_UNREVEALED", await signed({ ...claim, reveals: [] }, bob));
    await refused("TX_CONDITION_REFUSED", await signed(payOut, bob));
    const refund = refundHashTimeLock(locked, hashTimeLock, lock, { fee: 0n });
    await refused("TX_NOT_YET_VALID", await signed(refund, alice));
    const claimed = await signed(claim, bob);
    const receipt = await send(operator, claimed);
    await settle(operator);
    await operator.stop();

    const again = await startTestOperator(test, l1, contract, { dataDir });
    assert.deepEqual(await send(again, claimed), { ...receipt, status: "committed" });
    await refused("TX_CONDITION_REFUSED", await signed(payOut, bob), again);
    await send(again, await signed(payOut, alice, bob));
    await settle(again);

    const watcher = await startTestWatcher(test, l1, contract, { sources: [again.url] });
    const { committedBlock } = (await again.rpc("plasma_status")) as { committedBlock: Hex };
    await untilVerified(watcher, BigInt(committedBlock));
    assert.deepEqual(await alertsOf(watcher), []);
    const rebuilt = operatorConfig(l1, contract, temporaryDirectory(test));
    await rebuildOperator(rebuilt, blockService(watcher.url), createLogger("silent"));
    for (const { stop } of [again, watcher]) await stop();
    const state = await openChainState(dataDir, "operator", contract);
    assert.deepEqual(await openChainState(watcher.config.dataDir, "watcher", contract), state);
    assert.deepEqual(await openChainState(rebuilt.dataDir, "operator", contract), state);
  });

  it("keeps what it has acknowledged of them when it is killed (I10)", async (test) => {
    const { maxFeePerGasGwei, maxCommitCostEth, maxDailyCostEth, fromBlock, ...options } = operatorConfig(
      l1,
      contract,
      temporaryDirectory(test),
      { blockIntervalMs: 3_600_000, logLevel: "error" },
    );
    const key = toHex(l1.account(OPERATOR).getHdKey().privateKey as Uint8Array);
    const start = async () => {
      const child = await startOperatorProcess(options, key);
      test.after(() => child.end("SIGKILL"));
      return { ...child, rpc: rpcTo(child.url), config: operatorConfig(l1, contract, options.dataDir) };
    };
    const operator = await start();
    const { claim, payOut } = await lockMoney(operator);
    const [claimed, paidOut] = [await signed(claim, bob), await signed(payOut, alice, bob)];
    const receipts = [await send(operator, claimed), await send(operator, paidOut)];
    await operator.end("SIGKILL");
    const recovered = await start();
    assert.deepEqual([await send(recovered, claimed), await send(recovered, paidOut)], receipts);
    assert.deepEqual(
      receipts.map(({ blockNumber, txIndex }) => [blockNumber, txIndex]),
      [
        ["0x1", 1],
        ["0x1", 2],
      ],
    );
  });
});

describe("a watcher on a chain with conditions", () => {
  let l1: L1;
  let chain: WatchedChain;
  let multiSignature: Address;
  let hashTimeLock: Address;
  let owners: MultiSignature;
  let lock: HashTimeLock;

  before(async () => {
    l1 = await startL1();
  });
  after(() => l1.close());
  beforeEach(async () => {
    chain = await startWatchedChain(l1);
    multiSignature = await registerShipped(l1, chain.contract, "multiSignature");
    hashTimeLock = await registerShipped(l1, chain.contract, "hashTimeLock");
    owners = { threshold: 2, owners: [addressOf(chain.alice), addressOf(chain.bob)].sort() };
    lock = { hash: hashOfSecret(SECRET), receiver: addressOf(chain.bob), timeout: 1 };
  });

  const signed = ({ transaction, reveals }: UnsignedSpend, sources: readonly Known[], ...signers: HDAccount[]) =>
    signFlight(
      chain.domain,
      transaction,
      sources.map(({ preimage }) => preimage),
      signers,
      reveals,
    );

  const outputOf = ({ txId, transaction }: Flight, block: bigint, txIndex: number, outputIndex: number): Known => {
    const output = transaction.outputs[outputIndex] as Output;
    return {
      position: encodePosition({ block, txIndex, outputIndex }),
      outputId: outputIdOf(txId, outputIndex, output),
      output,
      preimage: { originId: txId, outputIndex, output },
    };
  };

  /** A transaction of alice's, the first of a block, that locks 100 for bob and shares 200 with him; she is the refund address of both. */
  const lockMoney = async (block = 1n) => {
    const source = await chain.deposit(300n);
    const sender = addressOf(chain.alice);
    const outputs = [
      hashTimeLockOutput(hashTimeLock, lock, { sender, token: ETH, amount: 100n }),
      multiSignatureOutput(multiSignature, owners, { token: ETH, amount: 200n, refundTo: sender }),
    ];
    const transaction = spend([source], outputs, { validBefore: LATE });
    const flight = await signed({ transaction, reveals: [] }, [source], chain.alice);
    const [locked, shared] = [outputOf(flight, block, 0, 0), outputOf(flight, block, 0, 1)];
    return {
      source,
      flight,
      locked,
      shared,
      claim: claimHashTimeLock(locked, hashTimeLock, lock, { secret: SECRET, fee: 0n }),
      refund: await signed(refundHashTimeLock(locked, hashTimeLock, lock, { fee: 0n }), [locked], chain.alice),
      payOut: await signed(
        spendMultiSignature(shared, multiSignature, owners, [pay(sender, 150n), pay(addressOf(chain.bob), 50n)]),
        [shared],
        chain.alice,
        chain.bob,
      ),
    };
  };

  const watch = (test: TestContext, source: string, account: HDAccount): Promise<TestWatcher> =>
    startTestWatcher(test, l1, chain.contract, { sources: [source], exitOwn: true, exitDelaySeconds: 600 }, account);

  const flightOf = (url: string, txId: Hex) =>
    findInFlightExit(
      createClient({
        domain: chain.domain,
        l1: l1.client,
        operatorUrl: url,
        wallet: createWalletClient({ account: chain.dave, transport: http(l1.url) }),
      }),
      txId,
    );

  it("finds a spend that a condition refuses, and leaves by the spends that its owner has shown it", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const { flight, claim, locked, refund, payOut } = await lockMoney();
    await operator.commit([flight.raw]);
    const [watcher, other] = [
      await watch(test, operator.url, chain.alice),
      await watch(test, operator.url, chain.carol),
    ];
    for (const each of [watcher, other]) await untilVerified(each, 1n);
    const stolen = await signed(withWrongSecret(claim), [locked], chain.bob);
    await operator.commit([stolen.raw]);
    for (const each of [watcher, other]) {
      const { details } = await untilAlert(each, "INVALID_BLOCK");
      assert.deepEqual([details.rule, details.txIndex], ["TX_CONDITION_REFUSED", 0]);
    }
    await assert.rejects(watcher.rpc("plasma_keepTransaction", toHex(stolen.raw)), { code: "TX_CONDITION_REFUSED" });
    await untilAlert(watcher, "SPEND_NEEDED");
    const needed = async () =>
      (await alertsOf(watcher)).flatMap((alert) => (alert.code === "SPEND_NEEDED" ? [alert.subject] : []));
    assert.deepEqual(await needed(), ["output 1:0:0", "output 1:0:1"]);

    for (const { raw } of [refund, payOut]) assert.equal(await watcher.rpc("plasma_keepTransaction", toHex(raw)), true);
    await untilResolved(watcher, "SPEND_NEEDED");
    assert.deepEqual(await movesOf(watcher), []);
    await chain.game.pass(900);
    await until(
      "both exits",
      () => movesOf(watcher),
      (moves) => moves.filter(({ outcome }) => outcome === "settled").length === 2,
    );
    assert.deepEqual(
      (await movesOf(watcher)).map(({ kind, subject }) => `${kind} ${subject}`),
      [`startInFlightExit in-flight ${refund.txId}`, `startInFlightExit in-flight ${payOut.txId}`],
    );
    for (const { txId } of [refund, payOut]) {
      const { pieces, contested } = await flightOf(operator.url, txId);
      const live = pieces.flatMap(({ number, state }) => (state === "live" ? [number] : []));
      assert.deepEqual([live, contested], [[0, 8], false]);
    }
    // The refused spend stands in a block, and is no competitor of the refund.
    assert.deepEqual(await movesOf(other), []);
  });

  it("takes the owner's spend of what anybody may spend, however many strangers' it has", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const password = await registerCode(l1, chain.contract, PASSWORD);
    const source = await chain.deposit(10n);
    const outputs = [locked(password, "word", 10n, addressOf(chain.alice))];
    const flight = await signed({ transaction: spend([source], outputs), reveals: [] }, [source], chain.alice);
    await operator.commit([flight.raw]);
    const watcher = await startTestWatcher(test, l1, chain.contract, { sources: [operator.url] });
    await untilVerified(watcher, 1n);
    const output = outputOf(flight, 1n, 0, 0);
    const keep = async (number: number, ...signers: HDAccount[]) => {
      const transaction = spend([output], [pay(addressOf(chain.bob), BigInt(number))]);
      const { raw } = await signed({ transaction, reveals: [unlock(password, 0, "word")] }, [output], ...signers);
      return watcher.rpc("plasma_keepTransaction", toHex(raw));
    };
    for (let number = 1; number <= 8; number++) assert.equal(await keep(number), true);
    await assert.rejects(keep(9), { code: "OVERLOADED" });
    assert.equal(await keep(9, chain.alice), true);
  });

  it("waits with a block until L1 gives the code that it asks, and says so", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const { flight, claim, locked } = await lockMoney(2n);
    await operator.commit([]);
    await operator.commit([flight.raw, (await signed(claim, [locked], chain.bob)).raw]);
    const proxy = await startL1Proxy(test, l1.url);
    proxy.deafTo = hashTimeLock;
    const watcher = await startTestWatcher(test, proxy, chain.contract, { sources: [operator.url] });
    const reasons = async () =>
      ((await (await fetch(`${watcher.url}/health`)).json()) as { reasons: string[] }).reasons;
    await until("the reason", reasons, (found) => found.includes("CONDITION_UNAVAILABLE"));
    await untilVerified(watcher, 1n);
    proxy.deafTo = undefined;
    await untilVerified(watcher, 2n);
    await until("the end of it", reasons, (found) => !found.includes("CONDITION_UNAVAILABLE"));
    assert.deepEqual(await alertsOf(watcher), []);
  });

  it("shows a right spend against a refund, and takes out the output of what stands in a block", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const { source, flight, claim, locked, refund } = await lockMoney();
    const claimed = await signed(claim, [locked], chain.bob);
    await operator.commit([flight.raw]);
    await operator.commit([claimed.raw]);
    const watcher = await watch(test, operator.url, chain.carol);
    await untilVerified(watcher, 2n);
    const { body, witness } = flight;
    const inclusion = operator.inclusion(1n, 0);
    const proof: ExitProof = { version: 1, kind: "transaction", ...chain.domain, ...locked, body, witness, inclusion };
    await chain.game.start(chain.alice, refund, [encodeProofSource(proof)], [0]);
    await chain.game.start(chain.alice, flight, [await chain.source(source)], [8]);
    await untilMove(watcher, "contest", "settled");
    await untilMove(watcher, "challengePiece", "settled");
    await untilMove(watcher, "challengeIncluded", "settled");
    const logs = await l1.client.getLogs({ address: chain.contract, fromBlock: 0n });
    const [contested] = parseEventLogs({ abi: rootChainAbi, eventName: "NonCanonicalChallenged", logs });
    assert.deepEqual([contested?.args.txId, contested?.args.competitorId], [refund.txId, claimed.txId]);
    for (const { txId } of [refund, flight]) {
      const { pieces } = await flightOf(operator.url, txId);
      assert.ok(pieces.every(({ state }) => state !== "live"));
    }
  });
});
