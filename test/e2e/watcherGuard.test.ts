import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { type Address, createWalletClient, http, parseEventLogs, parseGwei, toHex } from "viem";
import type { LocalAccount } from "viem/accounts";
import { createClient } from "../../client/client.ts";
import { type GuardKit, makeGuardKit, serializeGuardKit } from "../../client/guardKit.ts";
import { encodeSpend } from "../../protocol/evidence.ts";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import { type BareOperator, startBareOperator } from "../support/bareOperator.ts";
import { spendOf } from "../support/inFlight.ts";
import { type L1, startL1 } from "../support/l1.ts";
import { until } from "../support/rpc.ts";
import { type Ending, temporaryDirectory } from "../support/temporaryDirectory.ts";
import { EXIT, PERIOD, startWatchedChain, type WatchedChain } from "../support/watchedChain.ts";
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

/** Enough for a challenge, which must be able to give its beneficiary more gas than it uses, and too little for two. */
const CHALLENGE_GAS = 300_000n;

describe("the watcher guards", () => {
  let l1: L1;
  let chain: WatchedChain;

  before(async () => {
    l1 = await startL1();
  });
  after(() => l1.close());
  beforeEach(async () => {
    chain = await startWatchedChain(l1);
  });

  const eventsOf = async <
    N extends "ExitChallenged" | "NonCanonicalChallenged" | "NonCanonicalResponded" | "PiggybackChallenged",
  >(
    eventName: N,
  ) =>
    parseEventLogs({
      abi: rootChainAbi,
      eventName,
      logs: await l1.client.getLogs({ address: chain.contract, fromBlock: 0n }),
    });

  const watch = (
    test: Ending,
    operator: BareOperator,
    options: Readonly<Record<string, unknown>> = {},
    account?: LocalAccount,
  ): Promise<TestWatcher> =>
    startTestWatcher(test, l1, chain.contract, { sources: [operator.url], ...options }, account);

  const reasonsOf = async ({ url }: TestWatcher) =>
    ((await (await fetch(`${url}/health`)).json()) as { reasons: string[] }).reasons;

  const clientOf = (operator: BareOperator, account: LocalAccount) =>
    createClient({
      domain: chain.domain,
      l1: l1.client,
      operatorUrl: operator.url,
      wallet: createWalletClient({ account, transport: http(l1.url) }),
    });

  const leaveKit = (directory: string, name: string, kit: GuardKit) =>
    writeFile(path.join(directory, name), JSON.stringify(serializeGuardKit(kit)));

  it("challenges the exit of a spent output, once, and is paid its bond", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const source = await chain.deposit(100n);
    const watcher = await watch(test, operator, {}, chain.carol);
    await operator.commit([(await chain.payment(source, chain.bob)).raw]);
    await untilVerified(watcher, 1n);
    const before = await l1.client.getBalance({ address: chain.carol.address });
    await chain.exit(source);
    await until(
      "the challenge",
      () => chain.exitStateOf(source),
      (state) => state === EXIT.challenged,
    );
    await untilResolved(watcher, "INVALID_STANDARD_EXIT");
    await untilMove(watcher, "challengeExit", "settled");
    assert.ok((await l1.client.getBalance({ address: chain.carol.address })) > before);
    assert.deepEqual(
      (await alertsOf(watcher)).map(({ code, subject, details }) => [code, subject, details.reason]),
      [["INVALID_STANDARD_EXIT", "exit d0", "spent"]],
    );
  });

  it("is not misled by a bad block that holds a payment with another's signature", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const source = await chain.deposit(100n);
    const [first, second] = [await chain.payment(source, chain.bob), await chain.payment(source, chain.carol)];
    const forged = await chain.payment(source, chain.carol, chain.dave);
    assert.equal(forged.txId, second.txId);
    await operator.commit([forged.raw]);
    const watcher = await watch(test, operator, {}, chain.carol);
    await untilAlert(watcher, "INVALID_BLOCK");
    const shown = [await chain.source(source)];
    await chain.game.start(chain.alice, first, shown, [0]);
    await chain.game.start(chain.alice, second, shown);
    const contests = async () => (await eventsOf("NonCanonicalChallenged")).map(({ args }) => args);
    const [contest] = await until("the contest", contests, ({ length }) => length > 0);
    assert.deepEqual([contest?.txId, contest?.competitorId], [first.txId, second.txId]);
  });

  it("leaves an honest exit alone, and processes it when it has matured", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const source = await chain.deposit(100n);
    const watcher = await watch(test, operator, {}, chain.carol);
    await chain.exit(source);
    await chain.game.pass(PERIOD + 3_600 * 2);
    await until(
      "the payout",
      () => chain.exitStateOf(source),
      (state) => state === EXIT.paid,
    );
    await untilMove(watcher, "process", "settled");
    assert.deepEqual([...new Set((await alertsOf(watcher)).map(({ code }) => code))], ["EXIT_READY"]);
  });

  it("stands beside another watcher: one challenge is paid for, and both come to rest", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const source = await chain.deposit(100n);
    const watchers = [await watch(test, operator, {}, chain.carol), await watch(test, operator, {}, chain.dave)];
    await operator.commit([(await chain.payment(source, chain.bob)).raw]);
    for (const watcher of watchers) await untilVerified(watcher, 1n);
    await chain.exit(source);
    await until(
      "the challenge",
      () => chain.exitStateOf(source),
      (state) => state === EXIT.challenged,
    );
    for (const watcher of watchers) {
      await untilResolved(watcher, "INVALID_STANDARD_EXIT");
      const resting = async () => (await movesOf(watcher)).filter(({ outcome }) => outcome === "sent");
      await until("rest", resting, (moves) => moves.length === 0);
      assert.deepEqual(await reasonsOf(watcher), []);
    }
    const challenges = await eventsOf("ExitChallenged");
    assert.equal(challenges.length, 1);
  });

  it("contests the flight of a transaction whose input an included one spends", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const source = await chain.deposit(100n);
    const watcher = await watch(test, operator, {}, chain.carol);
    const [included, late] = [await chain.payment(source, chain.bob), await chain.payment(source, chain.alice)];
    await operator.commit([included.raw]);
    await untilVerified(watcher, 1n);
    await chain.game.start(chain.alice, late, [await chain.source(source)], [0, 8]);
    await untilMove(watcher, "contest", "settled");
    await untilMove(watcher, "challengePiece", "settled");
    await untilResolved(watcher, "NON_CANONICAL_IN_FLIGHT_EXIT");
    await untilResolved(watcher, "INVALID_INPUT_PIGGYBACK");
    const [contest] = await eventsOf("NonCanonicalChallenged");
    assert.equal(contest?.args.beneficiary, chain.carol.address);
    assert.equal((await eventsOf("PiggybackChallenged")).length, 1);
  });

  it("answers a wrong canonicity challenge with the transaction's inclusion", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const source = await chain.deposit(100n);
    const watcher = await watch(test, operator, {}, chain.carol);
    const [included, competitor] = [await chain.payment(source, chain.bob), await chain.payment(source, chain.alice)];
    await operator.commit([included.raw]);
    await untilVerified(watcher, 1n);
    const terms = await chain.game.start(chain.bob, included, [await chain.source(source)], [8]);
    await chain.game.contest(chain.dave, included, terms, 0, spendOf(competitor));
    await untilMove(watcher, "respond", "settled");
    await untilResolved(watcher, "WRONG_CANONICITY_CHALLENGE");
    const [answer] = await eventsOf("NonCanonicalResponded");
    assert.equal(answer?.args.responder, chain.carol.address);
  });

  it("takes a spent output out of an in-flight exit", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const source = await chain.deposit(100n);
    const watcher = await watch(test, operator, {}, chain.carol);
    const first = await chain.payment(source, chain.bob);
    const received = chain.outputAt(first, chain.bob, 100n, 1n, 0);
    await operator.commit([first.raw, (await chain.payment(received, chain.alice, chain.bob)).raw]);
    await untilVerified(watcher, 1n);
    await chain.game.start(chain.bob, first, [await chain.source(source)], [8]);
    await untilMove(watcher, "challengePiece", "settled");
    await untilResolved(watcher, "INVALID_OUTPUT_PIGGYBACK");
    const [removed] = await eventsOf("PiggybackChallenged");
    assert.deepEqual([removed?.args.piece, removed?.args.beneficiary], [8, chain.carol.address]);
  });

  it("knows spends that are in no block, once it is told of them", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const source = await chain.deposit(100n);
    const watcher = await watch(test, operator, {}, chain.carol);
    const told = await chain.payment(source, chain.bob);
    assert.equal(await watcher.rpc("plasma_keepTransaction", toHex(told.raw)), true);
    await chain.exit(source);
    await until(
      "the challenge",
      () => chain.exitStateOf(source),
      (state) => state === EXIT.challenged,
    );
  });

  it("points out a block that spends twice, keeps its spends as evidence, and goes on", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const [source, other] = [await chain.deposit(100n), await chain.deposit(50n)];
    const watcher = await watch(test, operator, {}, chain.carol);
    await operator.commit([(await chain.payment(source, chain.bob)).raw]);
    await operator.commit([
      (await chain.payment(other, chain.bob)).raw,
      (await chain.payment(source, chain.alice)).raw,
    ]);
    const { subject, details } = await untilAlert(watcher, "INVALID_BLOCK");
    assert.deepEqual([subject, details.rule, details.txIndex], ["block 2", "TX_INPUT_SPENT", 1]);
    await chain.exit(other);
    await until(
      "the challenge",
      () => chain.exitStateOf(other),
      (state) => state === EXIT.challenged,
    );
    const verification = (await watcher.rpc("plasma_getVerification")) as { validBlock: string };
    assert.equal(verification.validBlock, "0x1");
  });

  it("says which other rules a block breaks", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const source = await chain.deposit(100n);
    const watcher = await watch(test, operator);
    await operator.commit([(await chain.payment(source, chain.bob)).raw], { txCount: 2 });
    const { details } = await untilAlert(watcher, "WRONG_COUNT_OR_PARENT");
    assert.equal(details.rule, "BLOCK_TX_COUNT_MISMATCH");
  });

  it("calls a block withheld after an eighth of the exit period, until it is shown", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const source = await chain.deposit(100n);
    operator.withheld.add(1n);
    const watcher = await watch(test, operator);
    await operator.commit([(await chain.payment(source, chain.bob)).raw]);
    const missing = async () => ((await watcher.rpc("plasma_getVerification")) as { missing: string[] }).missing;
    await until("the block is missed", missing, (blocks) => blocks.length === 1);
    await chain.game.pass(PERIOD / 8 - 60);
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.deepEqual(await alertsOf(watcher), []);
    await chain.game.pass(120);
    assert.equal((await untilAlert(watcher, "WITHHELD_BLOCK")).subject, "block 1");
    operator.withheld.clear();
    await untilVerified(watcher, 1n);
    await untilResolved(watcher, "WITHHELD_BLOCK");
  });

  it("tells guarded owners of in-flight exits that they can join", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const source = await chain.deposit(100n);
    const watcher = await watch(test, operator, { owners: chain.bob.address });
    const flight = await chain.payment(source, chain.bob);
    const terms = await chain.game.start(chain.alice, flight, [await chain.source(source)], [0]);
    const { details, deadline } = await untilAlert(watcher, "PIGGYBACK_OPEN");
    assert.deepEqual([details.pieces, deadline], ["output 0", Number(terms.startedAt) + PERIOD / 2]);
    await chain.game.piggyback(chain.bob, flight, terms, [8]);
    await untilResolved(watcher, "PIGGYBACK_OPEN");
  });

  it("joins the in-flight exits of its account with all of its pieces, if it is told to", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const source = await chain.deposit(100n);
    const watcher = await watch(test, operator, { exitOwn: true }, chain.bob);
    const flight = await chain.payment(source, chain.bob);
    await chain.game.start(chain.alice, flight, [await chain.source(source)], [0]);
    await untilMove(watcher, "piggyback", "settled");
    await untilResolved(watcher, "PIGGYBACK_OPEN");
  });

  it("stands down from a challenge when another is mined before its own", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const source = await chain.deposit(100n);
    const spend = await chain.payment(source, chain.bob);
    const watcher = await watch(test, operator, {}, chain.carol);
    await chain.exit(source);
    test.after(() => l1.client.setAutomine(true));
    await l1.client.setAutomine(false);
    await watcher.rpc("plasma_keepTransaction", toHex(spend.raw));
    await untilMove(watcher, "challengeExit", "sent");
    // Dave pays more, and a block has room for one of the two.
    const { gasLimit } = await l1.client.getBlock();
    test.after(() => l1.client.setBlockGasLimit({ gasLimit }));
    await l1.client.setBlockGasLimit({ gasLimit: CHALLENGE_GAS });
    const maxPriorityFeePerGas = parseGwei("100");
    await l1.client.writeContract({
      address: chain.contract,
      abi: rootChainAbi,
      functionName: "challengeExit",
      args: [encodeSpend(spendOf(spend)), chain.dave.address],
      account: chain.dave,
      chain: null,
      gas: CHALLENGE_GAS,
      maxPriorityFeePerGas,
      maxFeePerGas: 2n * maxPriorityFeePerGas,
    });
    await l1.client.mine({ blocks: 1 });
    await untilMove(watcher, "challengeExit", "stood down");
    await l1.client.mine({ blocks: 1 });
    const { transactions: mined } = await l1.client.getBlock({ includeTransactions: true });
    assert.deepEqual(
      mined.map(({ from, to, input }) => [from, to, input]),
      [[chain.carol.address.toLowerCase(), chain.carol.address.toLowerCase(), "0x"]],
    );
  });

  it("guards the owners whose kits it has: challenges with their payments, starts exits that they permit", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const kits = temporaryDirectory(test);
    const options = { kits, exitKits: true, exitDelaySeconds: 600 };
    const watcher = await watch(test, operator, options, chain.carol);
    const [promised, kept] = [await chain.deposit(100n), await chain.deposit(50n)];
    await operator.commit([]);
    const leave = (name: string, kit: GuardKit) => leaveKit(kits, name, kit);
    const payment = await chain.payment(promised, chain.bob);
    const inputs = [await chain.exitProof(promised)];
    const saved = { raw: toHex(payment.raw), inputs };
    await leave("bob.json", await makeGuardKit(clientOf(operator, chain.bob), { transactions: [saved], exits: [] }));
    await chain.exit(promised);
    await until(
      "the challenge",
      () => chain.exitStateOf(promised),
      (state) => state === EXIT.challenged,
    );

    const { timestamp } = await l1.client.getBlock();
    const starter = chain.carol.address.toLowerCase() as Address;
    const exits = [{ proof: await chain.exitProof(kept), starter, deadline: Number(timestamp) + PERIOD }];
    await leave("alice.json", await makeGuardKit(clientOf(operator, chain.alice), { transactions: [], exits }));
    await operator.commit([(await chain.mint(chain.bob, 1n)).raw]);
    await untilAlert(watcher, "INVALID_BLOCK");
    await chain.game.pass(900);
    await until(
      "the exit",
      () => chain.exitStateOf(kept),
      (state) => state === EXIT.liveAuthorized,
    );

    await writeFile(path.join(kits, "mallory.json"), "{}");
    await until(
      "bad health",
      () => reasonsOf(watcher),
      (now) => now.includes("KIT_INVALID"),
    );
  });

  it("says in time that a kit's permission ends, until there is a new one", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const kits = temporaryDirectory(test);
    const watcher = await watch(test, operator, { kits, exitKits: true }, chain.carol);
    const kept = await chain.deposit(50n);
    await operator.commit([]);
    await untilVerified(watcher, 1n);
    const proof = await chain.exitProof(kept);
    const starter = chain.carol.address.toLowerCase() as Address;
    const permit = async (name: string, seconds: number) => {
      const deadline = Number((await l1.client.getBlock()).timestamp) + seconds;
      const exits = [{ proof, starter, deadline }];
      await leaveKit(kits, name, await makeGuardKit(clientOf(operator, chain.alice), { transactions: [], exits }));
    };
    await permit("first.json", PERIOD / 4 + 3_600);
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.deepEqual(await reasonsOf(watcher), []);
    await chain.game.pass(7_200);
    await until(
      "the end is near",
      () => reasonsOf(watcher),
      (now) => now.includes("KIT_EXPIRED"),
    );
    await permit("second.json", PERIOD);
    await until(
      "a new permission",
      () => reasonsOf(watcher),
      (now) => now.length === 0,
    );
    await chain.game.pass(PERIOD);
    await until(
      "both have ended",
      () => reasonsOf(watcher),
      (now) => now.includes("KIT_EXPIRED"),
    );
  });

  it("ends an in-flight exit that nobody takes part in", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const source = await chain.deposit(100n);
    const watcher = await watch(test, operator, {}, chain.carol);
    await chain.game.start(chain.alice, await chain.payment(source, chain.bob), [await chain.source(source)]);
    await chain.game.pass(PERIOD / 2);
    await untilMove(watcher, "delete", "settled");
    await untilResolved(watcher, "EXIT_READY");
  });

  it("pays out what is in flight, standard and in order, with what its store has", async (test) => {
    const operator = await startBareOperator(test, l1, chain.contract);
    const [source, other] = [await chain.deposit(100n), await chain.deposit(50n)];
    const watcher = await watch(test, operator, {}, chain.carol);
    const flight = await chain.payment(source, chain.bob);
    await chain.exit(other);
    const terms = await chain.game.start(chain.alice, flight, [await chain.source(source)], [0]);
    await chain.game.piggyback(chain.bob, flight, terms, [8]);
    const before = await l1.client.getBalance({ address: chain.bob.address });
    await chain.game.pass(PERIOD + 7_200);
    await until(
      "the payout",
      () => chain.exitStateOf(other),
      (state) => state === EXIT.paid,
    );
    await untilMove(watcher, "process", "settled");
    await untilResolved(watcher, "EXIT_READY");
    assert.equal((await l1.client.getBalance({ address: chain.bob.address })) - before, 100n + terms.bond);
  });
});
