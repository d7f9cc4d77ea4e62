import assert from "node:assert/strict";
import path from "node:path";
import { after, before, beforeEach, describe, it, type TestContext } from "node:test";
import { type Address, encodePacked, type Hex } from "viem";
import type { LocalAccount } from "viem/accounts";
import { type Deposit, depositOriginId, depositOutputId, nextDepositHash } from "../../../protocol/deposit.ts";
import { encodeDepositSource } from "../../../protocol/evidence.ts";
import { flagOf } from "../../../protocol/exit.ts";
import { rootChainAbi } from "../../../protocol/generated/rootChain.ts";
import { ZERO_HASH } from "../../../protocol/hashing.ts";
import { decodeInFlightWord, IN_NO_BLOCK, inFlightEntryId } from "../../../protocol/inFlight.ts";
import type { ExitState } from "../../../protocol/ledger.ts";
import { ETH, outputIdOf } from "../../../protocol/output.ts";
import { depositPosition } from "../../../protocol/position.ts";
import type { Domain } from "../../../protocol/typedData.ts";
import { createL1Follower } from "../../../runtime/l1Follower.ts";
import { createLedgerStore } from "../../../runtime/ledgerStore.ts";
import { createLogger } from "../../../runtime/logger.ts";
import { createMetrics } from "../../../runtime/metrics.ts";
import { createNativeCrypto } from "../../../runtime/nativeCrypto.ts";
import { followedAbi } from "../../../runtime/rootChainEvent.ts";
import { createRootChainState } from "../../../runtime/rootChainState.ts";
import { openStore } from "../../../runtime/store.ts";
import { createInFlightPlayer, type Flight, type InFlightPlayer, signFlight, spendOf } from "../../support/inFlight.ts";
import { deployRootChain, depositEth, FIRST_USER, type L1, startDepositExit, startL1 } from "../../support/l1.ts";
import { pay, spend } from "../../support/ledger.ts";
import { temporaryDirectory } from "../../support/temporaryDirectory.ts";

const PERIOD = 1_680;
const crypto = await createNativeCrypto();
const lowercase = ({ address }: LocalAccount) => address.toLowerCase() as Address;

describe("in-flight exits as L1 tells them", () => {
  let l1: L1;
  let contract: Address;
  let domain: Domain;
  let fromBlock: bigint;
  let game: InFlightPlayer;
  let deposits: Deposit[];
  /** T spends alice's and bob's deposits and pays both; S spends alice's to bob. */
  let flight: Flight;
  let competitor: Flight;

  before(async () => {
    l1 = await startL1();
  });
  after(() => l1.close());

  const alice = () => l1.account(FIRST_USER);
  const bob = () => l1.account(FIRST_USER + 1);
  const carol = () => l1.account(FIRST_USER + 2);

  const outputOf = ({ owner, amount }: Deposit) => pay(owner, amount);
  const idOf = (index: number) => depositOutputId(deposits[index] as Deposit);
  const positionOf = (index: number) => depositPosition(index, 0n);
  const input = (index: number) => ({
    position: positionOf(index),
    outputId: idOf(index),
    output: outputOf(deposits[index] as Deposit),
  });
  const preimage = (index: number) => ({
    originId: depositOriginId(index, 0n),
    outputIndex: 0,
    output: outputOf(deposits[index] as Deposit),
  });
  const sources = () => {
    let hash: Hex = ZERO_HASH;
    return [0, 1].map((index) => {
      const previousDepositHash = hash;
      hash = nextDepositHash(hash, idOf(index));
      return encodeDepositSource({ output: outputOf(deposits[index] as Deposit), previousDepositHash });
    });
  };
  const paid = (index: number) => outputIdOf(flight.txId, index, pay(lowercase(index === 0 ? alice() : bob()), 5n));
  /** Opens the standard exit of a deposit for processing. */
  const openingOf = (index: number) => {
    const { originId, output } = preimage(index);
    return encodePacked(["bytes32", "uint8", "address", "uint128"], [originId, 0, output.owner, output.amount]);
  };
  const ids = () => [idOf(0), idOf(1), paid(0), paid(1)];

  beforeEach(async () => {
    contract = await deployRootChain(l1, PERIOD);
    domain = { chainId: 31337n, contract };
    fromBlock = await l1.client.getBlockNumber({ cacheTime: 0 });
    game = createInFlightPlayer(l1, contract);
    deposits = [];
    for (const [index, account] of [alice(), bob()].entries()) {
      await depositEth(l1, contract, account, 5n);
      deposits.push({ index, block: 0n, owner: lowercase(account), token: ETH, amount: 5n });
    }
    const outputs = [pay(lowercase(alice()), 5n), pay(lowercase(bob()), 5n)];
    const both = [preimage(0), preimage(1)];
    flight = await signFlight(domain, spend([input(0), input(1)], outputs), both, [alice(), bob()]);
    const away = spend([input(0)], [pay(lowercase(bob()), 5n)]);
    competitor = await signFlight(domain, away, [preimage(0)], [alice()]);
  });

  const opened = (test: TestContext) => {
    const store = openStore(path.join(temporaryDirectory(test), "store"), { kind: "watcher", ...domain });
    test.after(() => store.close());
    const rootChain = createRootChainState(store, createLedgerStore(store), crypto.keccak256);
    const follower = createL1Follower(
      { abi: followedAbi, contracts: [contract], fromBlock, finality: 200, maxRange: 1_000, pollMs: 10 },
      { client: l1.client, store, handler: rootChain, logger: createLogger("silent"), metrics: createMetrics() },
    );
    return { store, rootChain, follower };
  };

  /** The exit as the service has it, once it is as the contract has it. */
  const followed = async ({ rootChain, follower }: ReturnType<typeof opened>) => {
    await follower.catchUp();
    const exit = rootChain.inFlightExits.get(flight.txId);
    assert.ok(exit);
    const [word, oldest, bondOwner] = await l1.client.readContract({
      address: contract,
      abi: rootChainAbi,
      functionName: "inFlightExitOf",
      args: [flight.txId],
    });
    const state = decodeInFlightWord(word);
    assert.equal(state === undefined, exit.status !== "open");
    if (state !== undefined) {
      const { pieces, contested, settled, verdict } = exit;
      assert.deepEqual({ pieces, contested, settled, verdict }, state);
      assert.equal(exit.oldest ?? 0n, oldest);
      assert.equal(exit.bondOwner, oldest === 0n ? exit.terms.starter : bondOwner.toLowerCase());
    }
    for (const outputId of ids()) {
      const flag = await l1.client.readContract({
        address: contract,
        abi: rootChainAbi,
        functionName: "flagOf",
        args: [outputId],
      });
      assert.equal(flag, flagOf(rootChain.exitOf(outputId)?.finalised));
    }
    return exit;
  };

  const kindsOf = (state: ExitState | undefined) => state?.open.map(({ kind }) => kind);

  it("follows a contested game to the end, as the contract has it at every move (R11, R14)", async (test) => {
    const chain = opened(test);
    const terms = await game.start(alice(), flight, sources(), [0, 8]);
    const started = await followed(chain);
    assert.deepEqual(started.pieces, [0, 8]);
    assert.deepEqual(started.terms, { ...terms, starter: lowercase(alice()) });
    assert.deepEqual(
      [started.body, started.witness, started.inputs, started.entryId],
      [flight.body, flight.witness, flight.inputs, inFlightEntryId(flight.txId, terms.startedAt)],
    );
    const { rootChain } = chain;
    const open = { txId: flight.txId, startedAt: terms.startedAt };
    assert.deepEqual(rootChain.exitOf(idOf(1)), { finalised: undefined, open: [{ kind: "input", ...open }] });
    assert.deepEqual(rootChain.exitOf(paid(0)), { finalised: undefined, open: [{ kind: "output", ...open }] });
    assert.equal(rootChain.exitOf(paid(1)), undefined, "an output takes part only from its piggyback on");

    await game.piggyback(bob(), flight, terms, [1, 9]);
    assert.deepEqual((await followed(chain)).pieces, [0, 1, 8, 9]);
    assert.deepEqual(kindsOf(rootChain.exitOf(paid(1))), ["output"]);
    await game.contest(carol(), flight, terms, 0, spendOf(competitor));
    const contested = await followed(chain);
    assert.deepEqual(
      [contested.contested, contested.oldest, contested.competitorId, contested.bondOwner],
      [true, IN_NO_BLOCK, competitor.txId, lowercase(carol())],
    );
    await game.challengePiece(carol(), flight, terms, 0, spendOf(competitor));
    assert.deepEqual((await followed(chain)).pieces, [1, 8, 9]);
    assert.deepEqual(kindsOf(rootChain.exitOf(idOf(0))), ["input"], "an input stays locked without its piece");

    await game.pass(2 * PERIOD);
    await game.process(carol(), [[flight, terms]]);
    const ended = await followed(chain);
    assert.deepEqual([ended.status, ended.verdict], ["ended", "not canonical"]);
    assert.deepEqual(
      ids().map((outputId) => rootChain.exitOf(outputId)),
      [undefined, { finalised: { kind: "paid" }, open: [] }, undefined, undefined],
    );
    assert.deepEqual([rootChain.inFlightExits.countOpen(), rootChain.inFlightExits.open(0, 10)], [0, []]);
    assert.deepEqual(
      rootChain.inFlightExits.spendsOf(idOf(0)).map(({ txId }) => txId),
      [flight.txId],
      "spends are kept for ever",
    );
  });

  it("flags all inputs with the canonical verdict, and follows the settled exit after it (R10, R13)", async (test) => {
    const chain = opened(test);
    const terms = await game.start(alice(), flight, sources(), [8]);
    await game.pass(2 * PERIOD);
    await game.process(carol(), [[flight, terms]]);
    assert.equal((await followed(chain)).verdict, "canonical");
    const spent = { finalised: { kind: "spent" as const, txId: flight.txId }, open: [] };
    const { rootChain } = chain;
    assert.deepEqual([rootChain.exitOf(idOf(0)), rootChain.exitOf(idOf(1))], [spent, spent]);
    assert.deepEqual(rootChain.exitOf(paid(0))?.finalised, { kind: "paid" });

    const again = await game.start(bob(), flight, sources(), [9]);
    const settled = await followed(chain);
    assert.deepEqual([settled.settled, settled.status, settled.terms.startedAt], [true, "open", again.startedAt]);
    await game.pass(2 * PERIOD);
    await game.process(carol(), [[flight, again]]);
    await followed(chain);
    assert.deepEqual(rootChain.exitOf(paid(1))?.finalised, { kind: "paid" });
  });

  it("lets everything go when an exit is deleted", async (test) => {
    const chain = opened(test);
    const terms = await game.start(alice(), flight, sources(), []);
    await game.contest(carol(), flight, terms, 0, spendOf(competitor));
    await game.pass(PERIOD / 2);
    await followed(chain);
    assert.deepEqual(kindsOf(chain.rootChain.exitOf(idOf(0))), ["input"]);
    await game.remove(carol(), flight, terms);
    assert.equal((await followed(chain)).status, "deleted");
    assert.deepEqual(ids().map(chain.rootChain.exitOf), [undefined, undefined, undefined, undefined]);
  });

  it("tells for every place in the L1 log what was so there, and goes back to it in a reorg", async (test) => {
    // Alice's own exit first in the queue of its token, but started after that of T, which finalises its output.
    const terms = await game.start(alice(), flight, sources(), [0, 8]);
    await game.pass(PERIOD / 21);
    await startDepositExit(l1, contract, alice(), { position: positionOf(0), amount: 5n });
    await startDepositExit(l1, contract, bob(), { position: positionOf(1), amount: 5n });
    await game.piggyback(bob(), flight, terms, [9]);
    await game.challengePiece(carol(), flight, terms, 0, spendOf(competitor));
    await game.pass(2 * PERIOD);
    await game.process(carol(), [[flight, terms]], `${openingOf(0)}${openingOf(1).slice(2)}`);
    const second = await game.start(bob(), flight, sources());
    await game.pass(PERIOD / 2);
    await game.remove(carol(), flight, second);

    const whole = opened(test);
    await followed(whole);
    assert.deepEqual(whole.rootChain.exitOf(idOf(0)), { finalised: { kind: "spent", txId: flight.txId }, open: [] });
    const events = await l1.client.getContractEvents({ address: contract, abi: rootChainAbi, fromBlock, strict: true });
    for (const name of ["Decided", "Ended", "Deleted"])
      assert.ok(events.some(({ eventName }) => eventName === `InFlightExit${name}`));
    assert.equal(events.filter(({ eventName }) => eventName === "ExitDropped").length, 2);

    const statesOf = ({ rootChain }: ReturnType<typeof opened>) => ids().map(rootChain.exitOf);
    const part = opened(test);
    const afterBlock = new Map<bigint, unknown>();
    const everythingOf = (chain: ReturnType<typeof opened>) => [
      statesOf(chain),
      chain.rootChain.inFlightExits.get(flight.txId),
      chain.rootChain.countOpenExits(),
    ];
    for (const event of events) {
      const place = { block: event.blockNumber, logIndex: event.logIndex };
      assert.deepEqual(
        ids().map((outputId) => whole.rootChain.exitBefore(outputId, place)),
        statesOf(part),
      );
      const { timestamp } = await l1.client.getBlock({ blockNumber: event.blockNumber });
      part.store.transaction(() => part.rootChain.onEvent(event, Number(timestamp)));
      afterBlock.set(event.blockNumber, everythingOf(part));
    }
    for (const [block, state] of [...afterBlock].toReversed()) {
      part.store.transaction(() => part.rootChain.onRollback(block));
      assert.deepEqual(everythingOf(part), state);
    }
  });

  it("forgets in a reorg what L1 has forgotten", async (test) => {
    const chain = opened(test);
    await chain.follower.catchUp();
    const snapshot = await l1.client.snapshot();
    await game.start(alice(), flight, sources(), [0, 8]);
    await followed(chain);
    await l1.client.revert({ id: snapshot });
    await l1.client.mine({ blocks: 2 });
    await chain.follower.catchUp();
    assert.deepEqual(ids().map(chain.rootChain.exitOf), [undefined, undefined, undefined, undefined]);
    assert.equal(chain.rootChain.inFlightExits.get(flight.txId), undefined);
    await game.start(alice(), flight, sources(), [8]);
    assert.deepEqual((await followed(chain)).pieces, [8]);
  });
});
