import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { type Address, type Hex, parseEventLogs, toHex } from "viem";
import type { HDAccount, LocalAccount } from "viem/accounts";
import { depositOriginId, depositOutputId, depositPositionOf } from "../../protocol/deposit.ts";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import { ZERO_HASH } from "../../protocol/hashing.ts";
import type { LedgerOutput } from "../../protocol/ledger.ts";
import { ETH, outputIdOf } from "../../protocol/output.ts";
import { encodePosition } from "../../protocol/position.ts";
import type { Signer } from "../../protocol/signature.ts";
import type { OutputPreimage } from "../../protocol/spend.ts";
import type { Transaction } from "../../protocol/transaction.ts";
import type { Domain } from "../../protocol/typedData.ts";
import { type BareOperator, startBareOperator } from "../support/bareOperator.ts";
import {
  createInFlightPlayer,
  type Flight,
  type InFlightPlayer,
  inputProofOf,
  signFlight,
  spendOf,
} from "../support/inFlight.ts";
import { deployRootChain, depositEth, FIRST_USER, type L1, startDepositExit, startL1 } from "../support/l1.ts";
import { pay, spend } from "../support/ledger.ts";
import { until } from "../support/rpc.ts";
import type { Ending } from "../support/temporaryDirectory.ts";
import {
  alertsOf,
  movesOf,
  startTestWatcher,
  type TestWatcher,
  untilAlert,
  untilResolved,
  untilVerified,
} from "../support/watcher.ts";

const PERIOD = 7 * 24 * 3600;

/** An output with what its id commits to. */
interface Known extends LedgerOutput {
  readonly preimage: OutputPreimage;
}

describe("the watcher guards", () => {
  let l1: L1;
  let contract: Address;
  let domain: Domain;
  let game: InFlightPlayer;

  before(async () => {
    l1 = await startL1();
  });
  after(() => l1.close());
  beforeEach(async () => {
    contract = await deployRootChain(l1, PERIOD);
    domain = { chainId: 31337n, contract };
    game = createInFlightPlayer(l1, contract);
  });

  const alice = () => l1.account(FIRST_USER);
  const bob = () => l1.account(FIRST_USER + 1);
  const guard = () => l1.account(FIRST_USER + 2);
  const rival = () => l1.account(FIRST_USER + 3);
  const addressOf = ({ address }: Signer) => address.toLowerCase() as Address;

  /** A deposit of alice's; `index` counts all deposits of the contract. */
  const deposited = async (index: number, amount: bigint): Promise<Known> => {
    await depositEth(l1, contract, alice(), amount);
    const deposit = { index, block: 0n, owner: addressOf(alice()), token: ETH, amount };
    const output = pay(addressOf(alice()), amount);
    const preimage = { originId: depositOriginId(index, 0n), outputIndex: 0, output };
    return { position: depositPositionOf(deposit), outputId: depositOutputId(deposit), output, preimage };
  };

  /** The whole of an output for one receiver. */
  const payment = (source: Known, to: Signer, by: HDAccount = alice(), rest: Partial<Transaction> = {}) =>
    signFlight(domain, spend([source], [pay(addressOf(to), source.output.amount)], rest), [source.preimage], [by]);

  /** The only output of a transaction at a place. */
  const outputAt = ({ txId }: Flight, to: Signer, amount: bigint, block: bigint, txIndex: number): Known => {
    const output = pay(addressOf(to), amount);
    return {
      position: encodePosition({ block, txIndex, outputIndex: 0 }),
      outputId: outputIdOf(txId, 0, output),
      output,
      preimage: { originId: txId, outputIndex: 0, output },
    };
  };

  const depositProof = (source: Known) =>
    inputProofOf({
      version: 1,
      kind: "deposit",
      ...domain,
      position: source.position,
      outputId: source.outputId,
      output: source.output,
      index: 0,
      block: 0n,
      previousDepositHash: ZERO_HASH,
    });

  const exitStateOf = async (outputId: Hex) => {
    const read = { address: contract, abi: rootChainAbi, functionName: "exitOf", args: [outputId] } as const;
    return (await l1.client.readContract(read)).state;
  };

  const eventsOf = async <
    N extends "ExitChallenged" | "NonCanonicalChallenged" | "NonCanonicalResponded" | "PiggybackChallenged",
  >(
    eventName: N,
  ) =>
    parseEventLogs({
      abi: rootChainAbi,
      eventName,
      logs: await l1.client.getLogs({ address: contract, fromBlock: 0n }),
    });

  const watch = (
    test: Ending,
    operator: BareOperator,
    options: Readonly<Record<string, unknown>> = {},
    account?: LocalAccount,
  ): Promise<TestWatcher> => startTestWatcher(test, l1, contract, { sources: [operator.url], ...options }, account);

  const untilMove = (watcher: TestWatcher, kind: string, outcome: string) =>
    until(
      `${kind} ${outcome}`,
      () => movesOf(watcher),
      (moves) => moves.some((move) => move.kind === kind && move.outcome === outcome),
    );

  it("challenges the exit of a spent output, once, and is paid its bond", async (test) => {
    const operator = await startBareOperator(test, l1, contract);
    const source = await deposited(0, 100n);
    const watcher = await watch(test, operator, {}, guard());
    await operator.commit([(await payment(source, bob())).raw]);
    await untilVerified(watcher, 1n);
    const before = await l1.client.getBalance({ address: guard().address });
    await startDepositExit(l1, contract, alice(), { position: source.position, amount: 100n });
    await until(
      "the challenge",
      () => exitStateOf(source.outputId),
      (state) => state === 3,
    );
    await untilResolved(watcher, "INVALID_STANDARD_EXIT");
    await untilMove(watcher, "challengeExit", "settled");
    assert.ok((await l1.client.getBalance({ address: guard().address })) > before);
    assert.deepEqual(
      (await alertsOf(watcher)).map(({ code, subject, details }) => [code, subject, details.reason]),
      [["INVALID_STANDARD_EXIT", "exit d0", "spent"]],
    );
  });

  it("leaves an honest exit alone, and processes it when it has matured", async (test) => {
    const operator = await startBareOperator(test, l1, contract);
    const source = await deposited(0, 100n);
    const watcher = await watch(test, operator, {}, guard());
    await startDepositExit(l1, contract, alice(), { position: source.position, amount: 100n });
    await game.pass(PERIOD + 3_600 * 2);
    await until(
      "the payout",
      () => exitStateOf(source.outputId),
      (state) => state === 4,
    );
    await untilMove(watcher, "process", "settled");
    assert.deepEqual([...new Set((await alertsOf(watcher)).map(({ code }) => code))], ["EXIT_READY"]);
  });

  it("stands beside another watcher: one challenge is paid for, and both come to rest", async (test) => {
    const operator = await startBareOperator(test, l1, contract);
    const source = await deposited(0, 100n);
    const watchers = [await watch(test, operator, {}, guard()), await watch(test, operator, {}, rival())];
    await operator.commit([(await payment(source, bob())).raw]);
    for (const watcher of watchers) await untilVerified(watcher, 1n);
    await startDepositExit(l1, contract, alice(), { position: source.position, amount: 100n });
    await until(
      "the challenge",
      () => exitStateOf(source.outputId),
      (state) => state === 3,
    );
    for (const watcher of watchers) {
      await untilResolved(watcher, "INVALID_STANDARD_EXIT");
      const resting = async () => (await movesOf(watcher)).filter(({ outcome }) => outcome === "sent");
      await until("rest", resting, (moves) => moves.length === 0);
      assert.deepEqual(((await (await fetch(`${watcher.url}/health`)).json()) as { reasons: unknown }).reasons, []);
    }
    const challenges = await eventsOf("ExitChallenged");
    assert.equal(challenges.length, 1);
  });

  it("contests the flight of a transaction whose input an included one spends", async (test) => {
    const operator = await startBareOperator(test, l1, contract);
    const source = await deposited(0, 100n);
    const watcher = await watch(test, operator, {}, guard());
    const [included, late] = [await payment(source, bob()), await payment(source, alice())];
    await operator.commit([included.raw]);
    await untilVerified(watcher, 1n);
    await game.start(alice(), late, [depositProof(source)], [0, 8]);
    await untilMove(watcher, "contest", "settled");
    await untilMove(watcher, "challengePiece", "settled");
    await untilResolved(watcher, "NON_CANONICAL_IN_FLIGHT_EXIT");
    await untilResolved(watcher, "INVALID_INPUT_PIGGYBACK");
    const [contest] = await eventsOf("NonCanonicalChallenged");
    assert.equal(contest?.args.beneficiary, guard().address);
    assert.equal((await eventsOf("PiggybackChallenged")).length, 1);
  });

  it("answers a wrong canonicity challenge with the transaction's inclusion", async (test) => {
    const operator = await startBareOperator(test, l1, contract);
    const source = await deposited(0, 100n);
    const watcher = await watch(test, operator, {}, guard());
    const [included, competitor] = [await payment(source, bob()), await payment(source, alice())];
    await operator.commit([included.raw]);
    await untilVerified(watcher, 1n);
    const terms = await game.start(bob(), included, [depositProof(source)], [8]);
    await game.contest(rival(), included, terms, 0, spendOf(competitor));
    await untilMove(watcher, "respond", "settled");
    await untilResolved(watcher, "WRONG_CANONICITY_CHALLENGE");
    const [answer] = await eventsOf("NonCanonicalResponded");
    assert.equal(answer?.args.responder, guard().address);
  });

  it("takes a spent output out of an in-flight exit", async (test) => {
    const operator = await startBareOperator(test, l1, contract);
    const source = await deposited(0, 100n);
    const watcher = await watch(test, operator, {}, guard());
    const first = await payment(source, bob());
    const received = outputAt(first, bob(), 100n, 1n, 0);
    await operator.commit([first.raw, (await payment(received, alice(), bob())).raw]);
    await untilVerified(watcher, 1n);
    await game.start(bob(), first, [depositProof(source)], [8]);
    await untilMove(watcher, "challengePiece", "settled");
    await untilResolved(watcher, "INVALID_OUTPUT_PIGGYBACK");
    const [removed] = await eventsOf("PiggybackChallenged");
    assert.deepEqual([removed?.args.piece, removed?.args.beneficiary], [8, guard().address]);
  });

  it("knows spends that are in no block, once it is told of them", async (test) => {
    const operator = await startBareOperator(test, l1, contract);
    const source = await deposited(0, 100n);
    const watcher = await watch(test, operator, {}, guard());
    const told = await payment(source, bob());
    assert.equal(await watcher.rpc("plasma_keepTransaction", toHex(told.raw)), true);
    await startDepositExit(l1, contract, alice(), { position: source.position, amount: 100n });
    await until(
      "the challenge",
      () => exitStateOf(source.outputId),
      (state) => state === 3,
    );
  });

  it("points out a block that spends twice, keeps its spends as evidence, and goes on", async (test) => {
    const operator = await startBareOperator(test, l1, contract);
    const [source, other] = [await deposited(0, 100n), await deposited(1, 50n)];
    const watcher = await watch(test, operator, {}, guard());
    await operator.commit([(await payment(source, bob())).raw]);
    await operator.commit([(await payment(other, bob())).raw, (await payment(source, alice())).raw]);
    const { subject, details } = await untilAlert(watcher, "INVALID_BLOCK");
    assert.deepEqual([subject, details.rule, details.txIndex], ["block 2", "TX_INPUT_SPENT", 1]);
    await startDepositExit(l1, contract, alice(), { position: other.position, amount: 50n });
    await until(
      "the challenge",
      () => exitStateOf(other.outputId),
      (state) => state === 3,
    );
    const verification = (await watcher.rpc("plasma_getVerification")) as { validBlock: string };
    assert.equal(verification.validBlock, "0x1");
  });

  it("says which other rules a block breaks", async (test) => {
    const operator = await startBareOperator(test, l1, contract);
    const source = await deposited(0, 100n);
    const watcher = await watch(test, operator);
    await operator.commit([(await payment(source, bob())).raw], { txCount: 2 });
    const { details } = await untilAlert(watcher, "WRONG_COUNT_OR_PARENT");
    assert.equal(details.rule, "BLOCK_TX_COUNT_MISMATCH");
  });

  it("calls a block withheld after an eighth of the exit period, until it is shown", async (test) => {
    const operator = await startBareOperator(test, l1, contract);
    const source = await deposited(0, 100n);
    operator.withheld.add(1n);
    const watcher = await watch(test, operator);
    await operator.commit([(await payment(source, bob())).raw]);
    const missing = async () => ((await watcher.rpc("plasma_getVerification")) as { missing: string[] }).missing;
    await until("the block is missed", missing, (blocks) => blocks.length === 1);
    await game.pass(PERIOD / 8 - 60);
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.deepEqual(await alertsOf(watcher), []);
    await game.pass(120);
    assert.equal((await untilAlert(watcher, "WITHHELD_BLOCK")).subject, "block 1");
    operator.withheld.clear();
    await untilVerified(watcher, 1n);
    await untilResolved(watcher, "WITHHELD_BLOCK");
  });

  it("takes its owner's outputs to L1 when the chain has gone bad, oldest first, and not before", async (test) => {
    const operator = await startBareOperator(test, l1, contract);
    const [first, second] = [await deposited(0, 100n), await deposited(1, 50n)];
    await operator.commit([]);
    const minted = signFlight(
      domain,
      spend([{ ...first, outputId: `0x${"11".repeat(32)}` }], [pay(addressOf(bob()), 1n)]),
      [],
      [alice()],
    );
    const watcher = await watch(test, operator, { exitOwn: true, exitDelaySeconds: 600 }, alice());
    await untilVerified(watcher, 1n);
    await operator.commit([(await minted).raw]);
    await untilAlert(watcher, "INVALID_BLOCK");
    assert.deepEqual(await movesOf(watcher), []);
    await game.pass(900);
    await until(
      "the exits",
      () => movesOf(watcher),
      (moves) => moves.length === 2,
    );
    await until(
      "both",
      () => Promise.all([first, second].map(({ outputId }) => exitStateOf(outputId))),
      (states) => states.every((state) => state === 1),
    );
    assert.deepEqual(
      (await movesOf(watcher)).map(({ kind, subject }) => [kind, subject]),
      [
        ["startExit", "exit d0"],
        ["startExit", "exit d1"],
      ],
    );
  });

  it("tells guarded owners of in-flight exits that they can join", async (test) => {
    const operator = await startBareOperator(test, l1, contract);
    const source = await deposited(0, 100n);
    const watcher = await watch(test, operator, { owners: addressOf(bob()) });
    const flight = await payment(source, bob());
    const terms = await game.start(alice(), flight, [depositProof(source)], [0]);
    const { details, deadline } = await untilAlert(watcher, "PIGGYBACK_OPEN");
    assert.deepEqual([details.pieces, deadline], ["output 0", Number(terms.startedAt) + PERIOD / 2]);
    await game.piggyback(bob(), flight, terms, [8]);
    await untilResolved(watcher, "PIGGYBACK_OPEN");
  });
});
