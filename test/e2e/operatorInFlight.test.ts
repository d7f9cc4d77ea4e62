import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Address, Hex } from "viem";
import { rebuildOperator } from "../../operator/rebuild.ts";
import { API_METHODS, SUBSCRIPTION_RESULTS } from "../../protocol/api.ts";
import { GENESIS } from "../../protocol/block.ts";
import { toHex } from "../../protocol/bytes.ts";
import { depositOriginId } from "../../protocol/deposit.ts";
import { encodeProofSource } from "../../protocol/evidence.ts";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import { portableCrypto } from "../../protocol/hashing.ts";
import { inFlightEntryId } from "../../protocol/inFlight.ts";
import type { LedgerOutput } from "../../protocol/ledger.ts";
import { leafHash } from "../../protocol/merkle.ts";
import { outputIdOf } from "../../protocol/output.ts";
import { depositPosition, encodePosition } from "../../protocol/position.ts";
import type { Signer } from "../../protocol/signature.ts";
import type { OutputPreimage } from "../../protocol/spend.ts";
import { verifySpend } from "../../protocol/spend.ts";
import type { Transaction } from "../../protocol/transaction.ts";
import type { Domain } from "../../protocol/typedData.ts";
import { createLogger } from "../../runtime/logger.ts";
import { NO_CONDITIONS } from "../support/conditions.ts";
import { createInFlightPlayer, type Flight, type InFlightPlayer, signFlight } from "../support/inFlight.ts";
import {
  deployRootChain,
  depositEth,
  FIRST_USER,
  type L1,
  OPERATOR,
  startDepositExit,
  startL1,
} from "../support/l1.ts";
import { pay, spend } from "../support/ledger.ts";
import {
  fund,
  operatorConfig,
  type ReceiptJson,
  settle,
  startTestOperator,
  type TestOperator,
} from "../support/operator.ts";
import { until } from "../support/rpc.ts";
import { temporaryDirectory } from "../support/temporaryDirectory.ts";

const PERIOD = 7 * 24 * 3600;
const SLOW = { blockIntervalMs: 3_600_000 };

/** An output with what its owner shows of it on L1. */
interface Known {
  readonly output: LedgerOutput;
  readonly preimage: OutputPreimage;
  readonly source: Hex;
}

describe("operator and in-flight exits (R28)", () => {
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
  const addressOf = ({ address }: Signer) => address.toLowerCase() as Address;

  /** A new deposit of alice's, made before the first block. */
  const deposited = async (operator: TestOperator, amount = 100n): Promise<Known> => {
    const { position } = await fund(operator, l1, FIRST_USER, amount);
    return known(operator, position);
  };

  /** A deposit that the operator knows. */
  const known = async (operator: TestOperator, position: bigint): Promise<Known> => {
    const shown = API_METHODS.plasma_getProof.result.parse(
      await operator.rpc("plasma_getProof", toHexQuantity(position)),
    );
    assert.ok(shown.kind === "deposit" && shown.block === 0n);
    const { output, outputId } = shown;
    return {
      output: { position, outputId, output },
      preimage: { originId: depositOriginId(shown.index, shown.block), outputIndex: 0, output },
      source: encodeProofSource(shown),
    };
  };

  const toHexQuantity = (value: bigint) => `0x${value.toString(16)}`;

  /** Alice pays from one output; what `amounts` leave is the fee. */
  const payment = (source: Known, amounts: readonly bigint[], rest: Partial<Transaction> = {}) =>
    signFlight(
      domain,
      spend(
        [source.output],
        [pay(addressOf(bob()), amounts[0] ?? 0n), ...amounts.slice(1).map((amount) => pay(addressOf(alice()), amount))],
        rest,
      ),
      [source.preimage],
      [alice()],
    );

  const send = (operator: TestOperator, { raw }: Flight): Promise<ReceiptJson> =>
    operator.rpc("plasma_sendTransaction", toHex(raw));
  const start = (flight: Flight, { source }: Known, pieces: readonly number[] = [], starter = alice()) =>
    game.start(starter, flight, [source], pieces);

  const statusOf = async (operator: TestOperator, position: bigint) =>
    ((await operator.rpc("plasma_getOutput", toHexQuantity(position))) as { status: string } | null)?.status;
  const statusIs = (operator: TestOperator, position: bigint, status: string) =>
    until(
      status,
      () => statusOf(operator, position),
      (found) => found === status,
    );
  const exitsOf = async (operator: TestOperator) =>
    API_METHODS.plasma_getInFlightExits.result.parse(await operator.rpc("plasma_getInFlightExits", { limit: 1 }));
  const exitOf = async (operator: TestOperator, { txId }: Flight) =>
    API_METHODS.plasma_getInFlightExit.result.parse(await operator.rpc("plasma_getInFlightExit", txId));
  const spendsOf = async (operator: TestOperator, { output }: Known) =>
    API_METHODS.plasma_getSpends.result.parse(await operator.rpc("plasma_getSpends", output.outputId));
  const seesExit = (operator: TestOperator, flight: Flight) =>
    until(
      "the in-flight exit",
      () => exitOf(operator, flight),
      (exit) => exit !== null,
    );
  const newestCommitted = () =>
    l1.client.readContract({ address: contract, abi: rootChainAbi, functionName: "newestBlock" });
  /** Until the operator has followed L1 to its head. */
  const inStep = async (operator: TestOperator) => {
    const head = await l1.client.getBlockNumber({ cacheTime: 0 });
    const l1Head = async () =>
      BigInt(((await operator.rpc("plasma_status")) as { l1Head: { number: string } }).l1Head.number);
    await until("the head", l1Head, (number) => number >= head);
  };

  it("includes a transaction that it sees in flight", async (test) => {
    const operator = await startTestOperator(test, l1, contract);
    const source = await deposited(operator);
    const flight = await payment(source, [60n, 40n]);
    const terms = await start(flight, source, [0]);
    const found = () => operator.rpc("plasma_getTransaction", flight.txId) as Promise<{ status: string } | null>;
    await until("the inclusion", found, (transaction) => transaction?.status === "committed");
    const exit = await exitOf(operator, flight);
    assert.deepEqual(exit, {
      txId: flight.txId,
      entryId: inFlightEntryId(flight.txId, terms.startedAt),
      terms: { ...terms, starter: addressOf(alice()) },
      body: flight.body,
      witness: flight.witness,
      inputs: [source.preimage],
      pieces: [0],
      contested: false,
      settled: false,
      verdict: "none",
      oldest: null,
      competitorId: null,
      bondOwner: addressOf(alice()),
      status: "open",
      startTxHash: exit?.startTxHash,
    });
  });

  it("leaves a transaction in flight whose input is spent in the chain, and shows both spends", async (test) => {
    const operator = await startTestOperator(test, l1, contract, SLOW);
    const source = await deposited(operator);
    const [flight, rival] = [await payment(source, [100n]), await payment(source, [1n, 99n])];
    await send(operator, rival);
    await start(flight, source);
    await seesExit(operator, flight);
    await inStep(operator);
    assert.equal(await operator.rpc("plasma_getTransaction", flight.txId), null);
    const spends = await spendsOf(operator, source);
    assert.deepEqual(
      spends.map(({ txId, blockNumber, txIndex }) => [txId, blockNumber, txIndex]),
      [
        [rival.txId, 1n, 0],
        [flight.txId, null, null],
      ],
    );
    const now = Number((await l1.client.getBlock()).timestamp);
    for (const shown of spends)
      assert.equal(verifySpend(shown, source.output, { domain, now, conditions: NO_CONDITIONS }).txId, shown.txId);
  });

  it("locks the inputs for other transactions until the exit is gone, by a reorg or its deletion", async (test) => {
    // It takes a fee that the transaction in flight does not pay, so it does not include it.
    const operator = await startTestOperator(test, l1, contract, { fees: [{ amount: "1" }], finality: 30 });
    await depositEth(l1, contract, alice(), 100n);
    await l1.client.mine({ blocks: 40 });
    await statusIs(operator, depositPosition(0, 0n), "committed");
    const source = await known(operator, depositPosition(0, 0n));
    const [flight, rival] = [await payment(source, [100n]), await payment(source, [99n])];
    const { position } = source.output;

    const snapshot = await l1.client.snapshot();
    await start(flight, source);
    await statusIs(operator, position, "exiting");
    await assert.rejects(send(operator, rival), { code: "TX_INPUT_EXITING" });
    await l1.client.revert({ id: snapshot });
    await l1.client.mine({ blocks: 2 });
    await statusIs(operator, position, "committed");
    assert.equal(await exitOf(operator, flight), null);

    const terms = await start(flight, source);
    await statusIs(operator, position, "exiting");
    assert.equal((await exitsOf(operator)).inFlightExits.length, 1);
    await game.pass(PERIOD / 2);
    await game.remove(bob(), flight, terms);
    await statusIs(operator, position, "committed");
    assert.deepEqual(
      [await exitsOf(operator), (await exitOf(operator, flight))?.status],
      [{ inFlightExits: [] }, "deleted"],
    );
    await send(operator, rival);
  });

  it("locks an output of a transaction in flight only when it is piggybacked", async (test) => {
    const operator = await startTestOperator(test, l1, contract);
    const source = await deposited(operator);
    const flight = await payment(source, [10n, 60n, 30n]);
    const receipt = await send(operator, flight);
    await settle(operator);
    const terms = await start(flight, source, [9]);
    await seesExit(operator, flight);

    const place = { block: BigInt(receipt.blockNumber), txIndex: receipt.txIndex };
    const change = ([outputIndex, amount]: readonly [number, bigint]): Known => {
      const output = pay(addressOf(alice()), amount);
      return {
        output: {
          position: encodePosition({ ...place, outputIndex }),
          outputId: outputIdOf(flight.txId, outputIndex, output),
          output,
        },
        preimage: { originId: flight.txId, outputIndex, output },
        source: source.source,
      };
    };
    const [leaving, staying] = [change([1, 60n]), change([2, 30n])];
    await statusIs(operator, leaving.output.position, "exiting");
    const [out, on] = [await payment(leaving, [60n]), await payment(staying, [30n])];
    await assert.rejects(send(operator, out), { code: "TX_INPUT_EXITING" });
    await send(operator, on);
    await game.piggyback(bob(), flight, terms, [8]);
    await statusIs(operator, encodePosition({ ...place, outputIndex: 0 }), "exiting");
  });

  it("keeps the place of a spend that it promised before the exit (I10)", async (test) => {
    const dataDir = temporaryDirectory(test);
    const operator = await startTestOperator(test, l1, contract, { ...SLOW, dataDir });
    const [first, second] = [await deposited(operator), await deposited(operator, 101n)];
    const promised = [await payment(first, [1n, 99n]), await payment(second, [1n, 100n])];
    for (const flight of promised) await send(operator, flight);
    const flight = await payment(first, [100n]);
    await start(flight, first);
    await startDepositExit(l1, contract, alice(), { position: second.output.position, amount: 101n });
    await seesExit(operator, flight);
    await operator.stop();
    const restarted = await startTestOperator(test, l1, contract, { dataDir });
    await settle(restarted);
    assert.equal(await newestCommitted(), 1n);
    const { entries } = (await restarted.rpc("plasma_getBlockTransactions", { number: "0x1" })) as {
      entries: string[];
    };
    assert.deepEqual(
      entries,
      promised.map(({ raw }) => toHex(raw)),
    );
    const source = async () => promised.map(({ raw }) => raw);
    assert.equal(await rebuildOperator(emptyConfig(test), source, createLogger("silent")), 1n);
  });

  it("does not commit a block that an exit has overtaken while it waited", async (test) => {
    for (const [share, commits] of [
      [16, true],
      [5, false],
    ] as const) {
      contract = await deployRootChain(l1, PERIOD);
      domain = { chainId: 31337n, contract };
      game = createInFlightPlayer(l1, contract);
      const dataDir = temporaryDirectory(test);
      const operator = await startTestOperator(test, l1, contract, { ...SLOW, dataDir });
      const source = await deposited(operator);
      await send(operator, await payment(source, [1n, 99n]));
      const flight = await payment(source, [100n]);
      await start(flight, source);
      await seesExit(operator, flight);
      await operator.stop();
      await game.pass(Math.floor(PERIOD / share));
      const restarted = await startTestOperator(test, l1, contract, { dataDir });
      if (commits) {
        await settle(restarted);
        continue;
      }
      const health = async () => (await (await fetch(`${restarted.url}/health`)).json()) as { reasons: string[] };
      await until("the halt", health, ({ reasons }) => reasons.includes("OPERATOR_COMMIT_TOO_LATE"));
      assert.equal(await newestCommitted(), 0n);
    }
  });

  const emptyConfig = (test: Parameters<typeof temporaryDirectory>[0]) =>
    operatorConfig(l1, contract, temporaryDirectory(test));

  it("leaves a transaction whose exit is too old for it to be committed in time", async (test) => {
    const first = await startTestOperator(test, l1, contract);
    const source = await deposited(first);
    await first.stop();
    const flight = await payment(source, [100n]);
    await start(flight, source);
    await game.pass(PERIOD / 4);
    const late = await startTestOperator(test, l1, contract);
    await seesExit(late, flight);
    await inStep(late);
    assert.equal(await late.rpc("plasma_getTransaction", flight.txId), null);
    await assert.rejects(send(late, flight), { code: "TX_INPUT_EXITING" });
  });

  it("judges committed blocks by the exits as they stood at the commit (R2)", async (test) => {
    const operator = await startTestOperator(test, l1, contract);
    const source = await deposited(operator);
    await operator.stop();
    const [flight, rival] = [await payment(source, [100n]), await payment(source, [1n, 99n])];
    const { startedAt } = await start(flight, source, [0]);
    const blocks: [Flight, number, string | bigint][] = [
      [rival, PERIOD / 4 - 1, 1n],
      [rival, PERIOD / 4, "TX_INPUT_EXITING"],
      [flight, (3 * PERIOD) / 4 - 1, 1n],
      [flight, (3 * PERIOD) / 4, "TX_INPUT_EXITING"],
    ];
    for (const [entry, age, expected] of blocks) {
      const snapshot = await l1.client.snapshot();
      await commitAt(entry, startedAt + age);
      const rebuilt = rebuildOperator(emptyConfig(test), async () => [entry.raw], createLogger("silent"));
      if (typeof expected === "bigint") assert.equal(await rebuilt, expected);
      else {
        await assert.rejects(rebuilt, ({ code, details }) => {
          assert.deepEqual([code, details.reason], ["REBUILD_BLOCK_INVALID", expected]);
          return true;
        });
      }
      await l1.client.revert({ id: snapshot });
    }
  });

  /** Commits a block with one transaction in an L1 block of this time. */
  const commitAt = async ({ txId, witness }: Flight, timestamp: number) => {
    const { keccak256 } = portableCrypto;
    const witnessHash = toHex(keccak256(Buffer.from(witness.slice(2), "hex")));
    const root = toHex(leafHash(txId, witnessHash));
    const depositHash = await l1.client.readContract({
      address: contract,
      abi: rootChainAbi,
      functionName: "depositHashes",
      args: [0n],
    });
    await l1.client.setNextBlockTimestamp({ timestamp: BigInt(timestamp) });
    const hash = await l1.client.writeContract({
      address: contract,
      abi: rootChainAbi,
      functionName: "submitBlocks",
      args: [GENESIS, [{ number: 1n, root, txCount: 1, sealedAt: timestamp, depositCount: 1 }], depositHash],
      account: l1.account(OPERATOR),
      chain: null,
      gas: 1_000_000n,
    });
    await l1.client.waitForTransactionReceipt({ hash });
  };

  it("tells subscribers of every move, and pages through the open exits", async (test) => {
    const operator = await startTestOperator(test, l1, contract);
    const [first, second] = [await deposited(operator), await deposited(operator, 101n)];
    const flights = [await payment(first, [100n]), await payment(second, [101n])] as const;
    const socket = new WebSocket(operator.url.replace("http", "ws"));
    test.after(() => socket.close());
    const told: { txId: string; move: string }[] = [];
    socket.addEventListener("message", ({ data }) => {
      const { params } = JSON.parse(String(data)) as { params?: { result: unknown } };
      if (params === undefined) return;
      const event = SUBSCRIPTION_RESULTS.exits.parse(params.result);
      if (event.kind === "inFlight") told.push({ txId: event.txId, move: event.move });
    });
    await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
    socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "plasma_subscribe", params: ["exits"] }));

    await start(flights[0], first, [0]);
    await start(flights[1], second);
    await until(
      "the events",
      async () => told,
      (events) => events.length === 3,
    );
    assert.deepEqual(told, [
      { txId: flights[0].txId, move: "started" },
      { txId: flights[0].txId, move: "piggybacked" },
      { txId: flights[1].txId, move: "started" },
    ]);
    const page = await exitsOf(operator);
    const next = API_METHODS.plasma_getInFlightExits.result.parse(
      await operator.rpc("plasma_getInFlightExits", { cursor: page.cursor }),
    );
    assert.deepEqual(
      [page, next].map(({ inFlightExits }) => inFlightExits.map(({ txId }) => txId)),
      [[flights[0].txId], [flights[1].txId]],
    );
    assert.equal(next.cursor, undefined);
  });
});
