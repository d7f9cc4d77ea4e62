import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { type Address, createWalletClient, http, toHex } from "viem";
import type { HDAccount, LocalAccount } from "viem/accounts";
import { createClient } from "../../client/client.ts";
import { findInFlightExit } from "../../client/inFlightExits.ts";
import { processExits } from "../../client/processExits.ts";
import { startExit } from "../../client/startExit.ts";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import { ETH, type Output } from "../../protocol/output.ts";
import type { ExitProof } from "../../protocol/proof.ts";
import { type BareOperator, startBareOperator } from "../support/bareOperator.ts";
import { type Flight, signFlight } from "../support/inFlight.ts";
import { type L1, startL1 } from "../support/l1.ts";
import { pay, spend } from "../support/ledger.ts";
import { until } from "../support/rpc.ts";
import type { Ending } from "../support/temporaryDirectory.ts";
import { EXIT, type Known, PERIOD, startWatchedChain, type WatchedChain } from "../support/watchedChain.ts";
import {
  alertsOf,
  movesOf,
  startTestWatcher,
  type TestWatcher,
  untilAlert,
  untilMove,
  untilVerified,
} from "../support/watcher.ts";

describe("when the chain has gone bad, the watcher takes its account's money to L1", () => {
  let l1: L1;
  let chain: WatchedChain;

  before(async () => {
    l1 = await startL1();
  });
  after(() => l1.close());
  beforeEach(async () => {
    chain = await startWatchedChain(l1);
  });

  /** Seconds of L1 time. */
  const DELAY = 600;

  const watch = (test: Ending, operator: BareOperator, account: LocalAccount): Promise<TestWatcher> =>
    startTestWatcher(
      test,
      l1,
      chain.contract,
      { sources: [operator.url], exitOwn: true, exitDelaySeconds: DELAY },
      account,
    );

  const payTo = ({ address }: LocalAccount, amount: bigint) => pay(address.toLowerCase() as Address, amount);

  /** A transaction of these outputs into those. */
  const transfer = (sources: readonly Known[], outputs: readonly Output[], signers: readonly HDAccount[]) =>
    signFlight(
      chain.domain,
      spend(sources, outputs),
      sources.map(({ preimage }) => preimage),
      signers,
    );

  const clientOf = (operator: BareOperator, account: LocalAccount) =>
    createClient({
      domain: chain.domain,
      l1: l1.client,
      operatorUrl: operator.url,
      wallet: createWalletClient({ account, transport: http(l1.url) }),
    });

  /** Proof of the only output of an entry in a committed block. */
  const proofOf = (
    operator: BareOperator,
    { body, witness }: Flight,
    { position, outputId, output }: Known,
  ): ExitProof => {
    const inclusion = operator.inclusion(position >> 40n, Number((position >> 8n) & 0xffffffffn));
    return { version: 1, kind: "transaction", ...chain.domain, position, outputId, output, body, witness, inclusion };
  };

  const potOf = async () => {
    const read = { address: chain.contract, abi: rootChainAbi, functionName: "pot", args: [ETH] } as const;
    return (await l1.client.readContract(read))[0];
  };

  /** Kinds and subjects of the moves of a watcher. */
  const made = async (watcher: TestWatcher) =>
    (await movesOf(watcher)).map(({ kind, subject }) => `${kind} ${subject}`);

  /** Waits until a watcher has executed the last valid block and knows the bad one, and until it may act. */
  const goBad = async (operator: BareOperator, entries: readonly Uint8Array[], ...watchers: TestWatcher[]) => {
    await operator.commit(entries);
    for (const watcher of watchers) await untilAlert(watcher, "INVALID_BLOCK");
    for (const watcher of watchers) assert.deepEqual(await movesOf(watcher), []);
    await chain.game.pass(DELAY + 300);
  };

  it("by standard exits, oldest first, and not before", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const [first, second] = [await chain.deposit(100n), await chain.deposit(50n)];
    await operator.commit([]);
    const watcher = await watch(test, operator, chain.alice);
    await untilVerified(watcher, 1n);
    await goBad(operator, [(await chain.mint(chain.bob, 1n)).raw], watcher);
    await until(
      "the exits",
      () => movesOf(watcher),
      (moves) => moves.length === 2,
    );
    await until(
      "both",
      () => Promise.all([first, second].map((output) => chain.exitStateOf(output))),
      (states) => states.every((state) => state === EXIT.live),
    );
    assert.deepEqual(await made(watcher), ["startExit exit d0", "startExit exit d1"]);
  });

  it("by the in-flight exit of what a bad block spends: sender and receiver are paid before the invention (I5)", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const [spent, kept] = [await chain.deposit(100n), await chain.deposit(50n)];
    await operator.commit([]);
    const [ofAlice, ofBob] = [await watch(test, operator, chain.alice), await watch(test, operator, chain.bob)];
    for (const watcher of [ofAlice, ofBob]) await untilVerified(watcher, 1n);
    const invention = await chain.mint(chain.dave, 150n);
    const invented = chain.outputAt(invention, chain.dave, 150n, 2n, 0);
    const payment = await transfer([spent], [payTo(chain.bob, 60n), payTo(chain.alice, 40n)], [chain.alice]);
    await operator.commit([invention.raw, payment.raw]);
    await startExit(clientOf(operator, chain.dave), proofOf(operator, invention, invented));
    for (const watcher of [ofAlice, ofBob]) await untilAlert(watcher, "INVALID_BLOCK");
    assert.deepEqual(await movesOf(ofAlice), []);
    await chain.game.pass(DELAY + 300);

    await untilMove(ofAlice, "startInFlightExit", "settled");
    await untilMove(ofAlice, "startExit", "settled");
    await untilMove(ofBob, "piggyback", "settled");
    const inFlight = async () => findInFlightExit(clientOf(operator, chain.dave), payment.txId);
    const { pieces } = await inFlight();
    assert.deepEqual(
      pieces.map(({ number, state }) => [number, state]),
      [
        [0, "live"],
        [8, "live"],
        [9, "live"],
      ],
    );
    assert.deepEqual(await made(ofAlice), [`startInFlightExit in-flight ${payment.txId}`, "startExit exit d1"]);
    assert.deepEqual(await made(ofBob), [`piggyback in-flight ${payment.txId}`]);

    await chain.game.pass(2 * PERIOD + 7_200);
    await until("the payouts", potOf, (pot) => pot === 0n);
    assert.equal(await chain.exitStateOf(kept), EXIT.paid);
    assert.equal((await inFlight()).verdict, "canonical");
    assert.equal(await chain.exitStateOf(invented), EXIT.live);
    const { paid } = await processExits(clientOf(operator, chain.dave), { token: ETH, max: 5 });
    assert.deepEqual(
      paid.map(({ outputId, amount }) => [outputId, amount]),
      [[invented.outputId, 0n]],
    );
    for (const watcher of [ofAlice, ofBob]) {
      const moves = await movesOf(watcher);
      assert.deepEqual(
        moves.filter(({ kind }) => ["challengeExit", "challengePiece", "contest", "respond"].includes(kind)),
        [],
      );
      const critical = (await alertsOf(watcher)).filter(({ severity }) => severity === "critical");
      assert.deepEqual(
        critical.map(({ code, subject }) => [code, subject]),
        [
          ["INVALID_BLOCK", "block 2"],
          ["INVALID_STANDARD_EXIT", "exit 2:0:0"],
        ],
      );
    }
  });

  it("by one in-flight exit for all that a transaction in no block spends, with inputs of others too", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const [given, first, second] = [await chain.deposit(10n), await chain.deposit(20n), await chain.deposit(30n)];
    const gift = await chain.payment(given, chain.bob);
    await operator.commit([gift.raw]);
    const watcher = await watch(test, operator, chain.alice);
    await untilVerified(watcher, 1n);
    const ofBob = chain.outputAt(gift, chain.bob, 10n, 1n, 0);
    const swap = await transfer(
      [second, ofBob, first],
      [payTo(chain.alice, 10n), payTo(chain.bob, 50n)],
      [chain.alice, chain.bob],
    );
    assert.equal(await watcher.rpc("plasma_keepTransaction", toHex(swap.raw)), true);
    await goBad(operator, [(await chain.mint(chain.dave, 1n)).raw], watcher);
    await untilMove(watcher, "startInFlightExit", "settled");
    const { pieces } = await findInFlightExit(clientOf(operator, chain.alice), swap.txId);
    assert.deepEqual(
      pieces.map(({ number, state }) => [number, state]),
      [
        [0, "live"],
        [1, "absent"],
        [2, "live"],
        [8, "live"],
        [9, "absent"],
      ],
    );
    assert.deepEqual(await made(watcher), [`startInFlightExit in-flight ${swap.txId}`]);
  });

  it("by a standard exit where the spend in the bad block is forged, and not where its other input was invented", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const [coveted, mixed] = [await chain.deposit(100n), await chain.deposit(50n)];
    await operator.commit([]);
    const watcher = await watch(test, operator, chain.alice);
    await untilVerified(watcher, 1n);
    const invention = await chain.mint(chain.alice, 7n);
    const invented = chain.outputAt(invention, chain.alice, 7n, 2n, 0);
    const forged = await chain.payment(coveted, chain.dave, chain.dave);
    const mixture = await transfer([mixed, invented], [payTo(chain.bob, 57n)], [chain.alice]);
    await goBad(operator, [invention.raw, forged.raw, mixture.raw], watcher);
    await untilMove(watcher, "startExit", "settled");
    assert.deepEqual(await made(watcher), ["startExit exit d0"]);
  });

  it("but not with a piece that is spent already", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const source = await chain.deposit(100n);
    await operator.commit([]);
    const [ofAlice, ofBob] = [await watch(test, operator, chain.alice), await watch(test, operator, chain.bob)];
    for (const watcher of [ofAlice, ofBob]) await untilVerified(watcher, 1n);
    const payment = await chain.payment(source, chain.bob);
    const received = chain.outputAt(payment, chain.bob, 100n, 2n, 1);
    const onward = await chain.payment(received, chain.carol, chain.bob);
    await goBad(operator, [(await chain.mint(chain.dave, 1n)).raw, payment.raw, onward.raw], ofAlice, ofBob);
    await untilMove(ofAlice, "startInFlightExit", "settled");
    await chain.game.pass(PERIOD + 7_200);
    await until(
      "the end of the exit",
      () => findInFlightExit(clientOf(operator, chain.alice), payment.txId),
      ({ status }) => status === "canonical",
    );
    const told = [...(await alertsOf(ofAlice)), ...(await alertsOf(ofBob))].map(({ code }) => code);
    assert.deepEqual([...new Set(told)].sort(), ["EXIT_READY", "INVALID_BLOCK"]);
    assert.deepEqual(
      (await movesOf(ofBob)).filter(({ kind }) => kind !== "process"),
      [],
    );
  });
});
