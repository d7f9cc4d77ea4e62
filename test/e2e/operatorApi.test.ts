import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, describe, it } from "node:test";
import { type Address, type Hex, toHex } from "viem";
import { WebSocket as PausableSocket } from "ws";
import { uploadTransactions } from "../../client/uploadTransactions.ts";
import { API_METHODS, type ApiMethod, SUBSCRIPTION_RESULTS } from "../../protocol/api.ts";
import { fromHex } from "../../protocol/bytes.ts";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import { decodePosition } from "../../protocol/position.ts";
import { parseExitProof, verifyProof } from "../../protocol/proof.ts";
import { spendSchema, verifySpend } from "../../protocol/spend.ts";
import type { Domain } from "../../protocol/typedData.ts";
import { NO_CONDITIONS } from "../support/conditions.ts";
import { deployRootChain, FIRST_USER, type L1, startDepositExit, startL1 } from "../support/l1.ts";
import {
  fund,
  type OutputJson,
  type ReceiptJson,
  settle,
  startTestOperator,
  type TestOperator,
} from "../support/operator.ts";
import { signPayment } from "../support/payer.ts";
import { until } from "../support/rpc.ts";

// Required, not imported: the package's own types do not pass this project's compiler settings.
const { validateOpenRPCDocument } = createRequire(import.meta.url)("@open-rpc/schema-utils-js") as {
  validateOpenRPCDocument(document: unknown): true | Error;
};

const RECEIVER = "0x00000000000000000000000000000000000000aa";
const NOBODY = "0x00000000000000000000000000000000000000bb";

describe("operator API", () => {
  let l1: L1;
  let contract: Address;
  let domain: Domain;
  let operator: TestOperator;
  const ends: (() => void | Promise<void>)[] = [];

  before(async () => {
    l1 = await startL1();
    contract = await deployRootChain(l1);
    domain = { chainId: 31337n, contract };
    operator = await startTestOperator({ after: (end) => void ends.push(end) }, l1, contract, {
      fees: [{ amount: "2" }],
      maxBodyBytes: 100_000,
      maxBatch: 5,
    });
  });
  after(async () => {
    for (const end of ends.toReversed()) await end();
    await l1.close();
  });

  const user = () => l1.account(FIRST_USER);

  /** Calls and checks that the result has the shape that the API promises. */
  const call = async <T>(method: ApiMethod, ...params: unknown[]): Promise<T> => {
    const result = await operator.rpc(method, ...params);
    API_METHODS[method].result.parse(result);
    return result as T;
  };

  const post = async (body: string, contentType = "application/json") => {
    const response = await fetch(operator.url, { method: "POST", headers: { "content-type": contentType }, body });
    return {
      status: response.status,
      answer: (await response.json()) as { error?: { code: number; data: { code: string } } },
    };
  };

  it("takes a payment through its whole life", async () => {
    const source = await fund(operator, l1, FIRST_USER, 1_000n);
    const payment = await signPayment(domain, user(), source, { to: RECEIVER, amount: 300n, fee: 2n });
    const receipt = await call<ReceiptJson>("plasma_sendTransaction", payment.raw);
    assert.deepEqual(await call("plasma_sendTransactions", [payment.raw]), [receipt]);
    await settle(operator);

    const found = await call<ReceiptJson & { raw: Hex }>("plasma_getTransaction", payment.txId);
    assert.deepEqual(
      [found.raw, found.blockNumber, found.txIndex, found.status],
      [payment.raw, receipt.blockNumber, receipt.txIndex, "committed"],
    );
    assert.deepEqual(await call("plasma_getBalance", RECEIVER), [
      { token: "0x0000000000000000000000000000000000000000", confirmed: "0x12c", pending: "0x0" },
    ]);
    const { outputs } = await call<{ outputs: OutputJson[] }>("plasma_getOutputs", { address: RECEIVER });
    assert.deepEqual(
      outputs.map(({ amount, status }) => [amount, status]),
      [["0x12c", "committed"]],
    );
    assert.deepEqual(await call("plasma_getOutput", outputs[0]?.position), outputs[0]);
    assert.equal((await call<OutputJson>("plasma_getOutput", toHex(source.position))).status, "spent");

    const block = await call<{ number: Hex; txCount: number; hash: Hex; status: string }>(
      "plasma_getBlock",
      receipt.blockNumber,
    );
    assert.deepEqual([block.txCount, block.status], [2, "committed"]);
    assert.equal(
      block.hash,
      await l1.client.readContract({
        address: contract,
        abi: rootChainAbi,
        functionName: "blockHashes",
        args: [BigInt(block.number)],
      }),
    );
  });

  it("proves every output of a committed block, fee claims and deposits too", async () => {
    const { entries } = await call<{ entries: Hex[] }>("plasma_getBlockTransactions", { number: "0x1" });
    const positions = [
      1n << 40n,
      (1n << 40n) | 1n,
      (1n << 40n) | (BigInt(entries.length - 1) << 8n),
      (2n ** 31n) << 8n,
    ];
    for (const position of positions) {
      const proof = parseExitProof(await call("plasma_getProof", toHex(position)));
      const anchor = verifyProof(proof, { domain });
      const onL1 =
        anchor.kind === "block"
          ? await l1.client.readContract({
              address: contract,
              abi: rootChainAbi,
              functionName: "blockHashes",
              args: [anchor.number],
            })
          : await l1.client.readContract({
              address: contract,
              abi: rootChainAbi,
              functionName: "depositHashes",
              args: [BigInt(anchor.index)],
            });
      assert.equal(onL1, anchor.hash, `${position}`);
    }
  });

  it("shows the spend of an output as a challenge needs it", async () => {
    const source = await fund(operator, l1, FIRST_USER + 1, 500n);
    assert.equal(await call("plasma_getSpend", source.outputId), null);
    const payment = await signPayment(domain, l1.account(FIRST_USER + 1), source, {
      to: RECEIVER,
      amount: 1n,
      fee: 2n,
    });
    await call("plasma_sendTransaction", payment.raw);
    const now = Math.floor(Date.now() / 1000);
    const pending = spendSchema.parse(await call("plasma_getSpend", source.outputId));
    assert.equal(verifySpend(pending, source, { domain, now, conditions: NO_CONDITIONS }).txId, payment.txId);
    await settle(operator);
    const committed = spendSchema.parse(await call("plasma_getSpend", source.outputId));
    assert.ok(committed.inclusion);
    assert.equal(verifySpend(committed, source, { domain, now, conditions: NO_CONDITIONS }).txId, payment.txId);
  });

  it("proves nothing that is not committed", async (test) => {
    const slow = await startTestOperator(test, l1, await deployRootChain(l1), { blockIntervalMs: 3_600_000 });
    const source = await fund(slow, l1, FIRST_USER, 10n);
    const payment = await signPayment({ ...domain, contract: slow.config.contract }, user(), source, {
      to: RECEIVER,
      amount: 1n,
    });
    await slow.rpc("plasma_sendTransaction", payment.raw);
    await assert.rejects(slow.rpc("plasma_getProof", toHex(1n << 40n)), { code: "NOT_COMMITTED" });
    await assert.rejects(slow.rpc("plasma_getProof", toHex((1n << 40n) | 9n)), { code: "OUTPUT_UNKNOWN" });
    await assert.rejects(slow.rpc("plasma_getProof", toHex((2n ** 31n + 9n) << 8n)), { code: "OUTPUT_UNKNOWN" });
    const spent = (await slow.rpc("plasma_getBalance", user().address)) as { confirmed: Hex; pending: Hex }[];
    assert.deepEqual([spent[0]?.confirmed, spent[0]?.pending], ["0x0", "0x9"]);
  });

  it("gives uploaded transactions the places that it gives called ones, and refuses each by its code", async () => {
    const index = FIRST_USER + 6;
    const source = await fund(operator, l1, index, 50n);
    const pay = (fee: bigint) => signPayment(domain, l1.account(index), source, { to: RECEIVER, amount: 1n, fee });
    const [good, cheap] = [await pay(2n), await pay(1n)];
    const raws = [good.raw, cheap.raw, good.raw, "0x03"] as const;
    const [first, refused, again, malformed] = await uploadTransactions(
      operator.url,
      raws.map((raw) => fromHex(raw)),
    );
    assert.deepEqual([refused, malformed], [{ code: "TX_INPUT_SPENT" }, { code: "TX_TYPE_UNKNOWN" }]);
    assert.deepEqual(again, first);
    const receipt = await call<ReceiptJson>("plasma_sendTransaction", good.raw);
    assert.deepEqual(first, { blockNumber: BigInt(receipt.blockNumber), txIndex: receipt.txIndex });
  });

  it("refuses an upload as a whole where it is none", async () => {
    const post = (body: Uint8Array<ArrayBuffer>, type = "application/octet-stream") =>
      fetch(new URL("/transactions", operator.url), { method: "POST", headers: { "content-type": type }, body });
    const cases: [string, number, Response][] = [
      ["BLOCK_TRUNCATED", 400, await post(Uint8Array.of(0, 0, 0, 9, 1))],
      ["BLOCK_ENTRY_SIZE", 400, await post(new Uint8Array(8))],
      ["BODY_TOO_LARGE", 413, await post(new Uint8Array(100_001))],
      ["INVALID_REQUEST", 415, await post(new Uint8Array(0), "application/json")],
    ];
    for (const [code, status, response] of cases) {
      const { error } = (await response.json()) as { error: { data: { code: string } } };
      assert.deepEqual([error.data.code, response.status], [code, status]);
    }
    assert.deepEqual(await uploadTransactions(operator.url, []), []);
  });

  it("pages through outputs, transactions and entries without gaps or repeats", async () => {
    const index = FIRST_USER + 2;
    const owner = l1.account(index).address;
    let source = await fund(operator, l1, index, 1_000n);
    for (let count = 0; count < 12; count++) {
      const payment = await signPayment(domain, l1.account(index), source, { to: NOBODY, amount: 1n, fee: 2n });
      const { blockNumber, txIndex } = await call<ReceiptJson>("plasma_sendTransaction", payment.raw);
      source = payment.changeAt(BigInt(blockNumber), txIndex);
      if (count === 5) await settle(operator);
    }
    const pages = async <T>(method: ApiMethod, field: string, query: object): Promise<T[]> => {
      const all: T[] = [];
      let cursor: string | undefined;
      do {
        const page = await call<Record<string, never>>(method, { ...query, ...(cursor !== undefined && { cursor }) });
        all.push(...(page[field] as unknown as T[]));
        cursor = page.cursor;
      } while (cursor !== undefined);
      return all;
    };
    for (const limit of [1, 5, 12, 1000]) {
      const outputs = await pages<OutputJson>("plasma_getOutputs", "outputs", { address: NOBODY, limit });
      assert.equal(new Set(outputs.map(({ outputId }) => outputId)).size, 12);
      assert.deepEqual(
        outputs.map(({ position }) => BigInt(position)),
        outputs.map(({ position }) => BigInt(position)).toSorted((a, b) => (a < b ? -1 : 1)),
      );
      const transactions = await pages<ReceiptJson>("plasma_getTransactions", "transactions", {
        address: owner,
        limit,
      });
      assert.equal(new Set(transactions.map(({ txId }) => txId)).size, 12);
      const places = transactions.map(({ blockNumber, txIndex }) => BigInt(blockNumber) * 2n ** 32n + BigInt(txIndex));
      assert.deepEqual(
        places,
        places.toSorted((a, b) => (a > b ? -1 : 1)),
      );
    }
    await settle(operator);
    const { blockNumber } = await call<ReceiptJson>(
      "plasma_getTransaction",
      (await pages<ReceiptJson>("plasma_getTransactions", "transactions", { address: owner }))[0]?.txId,
    );
    const whole = await pages<Hex>("plasma_getBlockTransactions", "entries", { number: blockNumber });
    assert.deepEqual(
      await pages<Hex>("plasma_getBlockTransactions", "entries", { number: blockNumber, limit: 1 }),
      whole,
    );
    assert.deepEqual(await call("plasma_getOutputs", { address: NOBODY, token: RECEIVER }), { outputs: [] });
  });

  it("refuses each bad request with its code", async () => {
    const source = await fund(operator, l1, FIRST_USER + 3, 77n);
    const cheap = await signPayment(domain, l1.account(FIRST_USER + 3), source, { to: RECEIVER, amount: 1n, fee: 1n });
    const foreign = await signPayment({ ...domain, chainId: 1n }, l1.account(FIRST_USER + 3), source, {
      to: RECEIVER,
      amount: 1n,
      fee: 2n,
    });
    const cases: [string, string, unknown[]][] = [
      ["METHOD_NOT_FOUND", "plasma_nothing", []],
      ["METHOD_NOT_FOUND", "__proto__", []],
      ["INVALID_PARAMS", "plasma_sendTransaction", []],
      ["INVALID_PARAMS", "plasma_sendTransaction", ["0x1"]],
      ["INVALID_PARAMS", "plasma_sendTransaction", ["01"]],
      ["INVALID_PARAMS", "plasma_sendTransaction", ["0x01", "0x02"]],
      ["INVALID_PARAMS", "plasma_sendTransactions", [Array.from({ length: 1_001 }, () => "0x01")]],
      ["INVALID_PARAMS", "plasma_getBalance", ["0x12"]],
      ["INVALID_PARAMS", "plasma_getOutput", ["0x01"]],
      ["INVALID_PARAMS", "plasma_getOutput", [1]],
      ["INVALID_PARAMS", "plasma_getOutputs", [{ address: RECEIVER, cursor: "x" }]],
      ["INVALID_PARAMS", "plasma_getTransactions", [{ address: RECEIVER, cursor: "1" }]],
      ["INVALID_PARAMS", "plasma_getBlock", ["newest"]],
      ["INVALID_PARAMS", "plasma_subscribe", ["transactions"]],
      ["TX_TYPE_UNKNOWN", "plasma_sendTransaction", ["0x03"]],
      ["TX_TRUNCATED", "plasma_sendTransaction", ["0x"]],
      ["FEE_TOO_LOW", "plasma_sendTransaction", [cheap.raw]],
      ["TX_SIGNERS_MISMATCH", "plasma_sendTransaction", [foreign.raw]],
      ["WEBSOCKET_REQUIRED", "plasma_subscribe", ["blocks"]],
    ];
    for (const [code, method, params] of cases) {
      await assert.rejects(
        operator.rpc(method, ...params),
        { code },
        `${method} ${JSON.stringify(params).slice(0, 80)}`,
      );
    }
    const raw: [string, string][] = [
      ["PARSE_ERROR", "{"],
      ["INVALID_REQUEST", "[]"],
      ["INVALID_REQUEST", "1"],
      ["INVALID_REQUEST", "null"],
      ["INVALID_REQUEST", '{"jsonrpc":"1.0","id":1,"method":"plasma_status"}'],
      ["INVALID_REQUEST", '{"jsonrpc":"2.0","id":{},"method":"plasma_status"}'],
      ["BATCH_TOO_LARGE", JSON.stringify(Array.from({ length: 6 }, () => ({})))],
      ["BODY_TOO_LARGE", `"${"x".repeat(100_000)}"`],
    ];
    for (const [code, body] of raw) assert.equal((await post(body)).answer.error?.data.code, code, body.slice(0, 60));
    assert.equal((await post("{}", "text/plain")).status, 415);
  });

  it("answers batches and notifications as JSON-RPC 2.0 says", async () => {
    const request = (id: unknown, method: string) => ({ jsonrpc: "2.0", id, method, params: [] });
    const { answer } = await post(
      JSON.stringify([
        request(1, "plasma_fees"),
        { jsonrpc: "2.0", method: "plasma_fees" },
        request("b", "nothing"),
        5,
      ]),
    );
    const answers = answer as unknown as { id: unknown; result?: unknown; error?: { code: number } }[];
    assert.deepEqual(
      answers.map(({ id, error }) => [id, error?.code]),
      [
        [1, undefined],
        ["b", -32601],
        [null, -32600],
      ],
    );
    const silent = await fetch(operator.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"jsonrpc":"2.0","method":"plasma_fees"}',
    });
    assert.deepEqual([silent.status, await silent.text()], [204, ""]);
  });

  it("slows down a peer that asks too fast", async (test) => {
    const strict = await startTestOperator(test, l1, await deployRootChain(l1), { ratePerSecond: 1, rateBurst: 3 });
    for (let count = 0; count < 3; count++) await strict.rpc("plasma_fees");
    await assert.rejects(strict.rpc("plasma_fees"), { code: "RATE_LIMITED" });
  });

  it("describes itself in a valid OpenRPC document", async () => {
    const document = (await operator.rpc("rpc.discover")) as { methods: { name: string }[] };
    assert.equal(validateOpenRPCDocument(document), true);
    assert.deepEqual(
      document.methods.map(({ name }) => name),
      Object.keys(API_METHODS),
    );
  });

  it("tells subscribers of blocks, payments and exits, and stops when asked", async () => {
    const socket = new WebSocket(operator.url.replace("http", "ws"));
    const messages: {
      id?: number;
      result?: unknown;
      error?: { data: { code: string } };
      params?: { subscription: string; result: Record<string, never> };
    }[] = [];
    socket.addEventListener("message", ({ data }) => messages.push(JSON.parse(String(data))));
    await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
    const ask = async (id: number, method: string, ...params: unknown[]) => {
      socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
      const answered = await until(
        method,
        async () => messages.find((message) => message.id === id),
        (message) => message !== undefined,
      );
      return answered?.result as string;
    };
    const refusal = (id: number) => messages.find((message) => message.id === id)?.error?.data.code;
    const told = (subscription: string) =>
      messages.flatMap(({ params }) => (params?.subscription === subscription ? [params.result] : []));

    const index = FIRST_USER + 4;
    const source = await fund(operator, l1, index, 900n);
    const blocks = await ask(1, "plasma_subscribe", "blocks");
    const payments = await ask(2, "plasma_subscribe", "transactions", { address: NOBODY });
    const others = await ask(3, "plasma_subscribe", "transactions", {
      address: "0x00000000000000000000000000000000000000cc",
    });
    const exits = await ask(4, "plasma_subscribe", "exits");
    const payment = await signPayment(domain, l1.account(index), source, { to: NOBODY, amount: 1n, fee: 2n });
    await call("plasma_sendTransaction", payment.raw);
    await settle(operator);
    await until(
      "the blocks",
      async () => told(blocks),
      (seen) => seen.some(({ status }) => status === "committed"),
    );
    for (const block of told(blocks)) SUBSCRIPTION_RESULTS.blocks.parse(block);
    assert.deepEqual([told(payments).map(({ txId }) => txId), told(others)], [[payment.txId], []]);
    SUBSCRIPTION_RESULTS.transactions.parse(told(payments)[0]);

    const exiting = await fund(operator, l1, index, 901n);
    await startDepositExit(l1, contract, l1.account(index), exiting);
    await until(
      "the exit",
      async () => told(exits),
      (seen) => seen.length > 0,
    );
    SUBSCRIPTION_RESULTS.exits.parse(told(exits)[0]);
    assert.deepEqual([told(exits)[0]?.outputId, told(exits)[0]?.status], [exiting.outputId, "started"]);

    assert.equal(await ask(5, "plasma_unsubscribe", payments), true);
    assert.equal(await ask(6, "plasma_unsubscribe", payments), undefined);
    assert.equal(refusal(6), "SUBSCRIPTION_UNKNOWN");

    for (let id = 100; id < 200; id++) await ask(id, "plasma_subscribe", "blocks");
    assert.equal(refusal(199), "TOO_MANY_SUBSCRIPTIONS");
    const ended = messages.find(({ id }) => id === 100)?.result as string;
    assert.equal(await ask(200, "plasma_unsubscribe", ended), true);
    assert.equal(typeof (await ask(201, "plasma_subscribe", "exits")), "string");
    socket.close();
  });

  it("has nothing at numbers and positions that no store can hold", async () => {
    for (const number of [2n ** 53n, 2n ** 63n, 2n ** 64n, 2n ** 200n]) {
      assert.equal(await call("plasma_getBlock", toHex(number)), null);
      assert.deepEqual(await call("plasma_getBlockTransactions", { number: toHex(number) }), { entries: [] });
    }
    assert.equal(await call("plasma_getOutput", toHex(2n ** 104n - 1n)), null);
    await assert.rejects(call("plasma_getOutput", toHex(2n ** 104n)), { code: "POSITION_INVALID" });
  });

  it("disconnects a reader that lets its messages pile up", async () => {
    const socket = new PausableSocket(operator.url.replace("http", "ws"));
    await new Promise((resolve) => socket.once("open", resolve));
    socket.pause();
    const closed = new Promise<number>((resolve) => socket.once("close", resolve));
    for (let id = 0; id < 1_000; id++) socket.send(JSON.stringify({ jsonrpc: "2.0", id, method: "rpc.discover" }));
    await until(
      "the pile",
      () => call<object>("plasma_status"),
      () => socket.bufferedAmount === 0,
    );
    socket.resume();
    assert.equal(await closed, 1006);
  });

  it("reports health and metrics", async () => {
    // The peer before has kept the service so busy that it may not have heard of L1 for a while.
    const health = async () => (await fetch(`${operator.url}/health`)).json() as Promise<{ status: string }>;
    assert.deepEqual(await until("good health", health, ({ status }) => status === "ok"), {
      status: "ok",
      reasons: [],
    });
    const metrics = await (await fetch(`${operator.url}/metrics`)).text();
    for (const name of [
      "plasma_mempool_size_total",
      "plasma_block_seal_seconds_count",
      "plasma_commit_lag_blocks 0",
      "plasma_l1_follow_distance_blocks 0",
      "plasma_transactions_acknowledged_total",
      "plasma_log_sync_seconds_count",
      "plasma_exits_open_total 1",
      'plasma_signature_library_info{library="secp256k1-native"} 1',
    ]) {
      assert.ok(metrics.includes(name), name);
    }
  });

  it("keeps the place of the position that a receipt names", async () => {
    const source = await fund(operator, l1, FIRST_USER + 5, 50n);
    const payment = await signPayment(domain, l1.account(FIRST_USER + 5), source, {
      to: RECEIVER,
      amount: 1n,
      fee: 2n,
    });
    const receipt = await call<ReceiptJson>("plasma_sendTransaction", payment.raw);
    const { position } = await call<{ position: Hex }>("plasma_getTransaction", payment.txId);
    assert.deepEqual(decodePosition(BigInt(position)), {
      block: BigInt(receipt.blockNumber),
      txIndex: receipt.txIndex,
      outputIndex: 0,
    });
  });
});
