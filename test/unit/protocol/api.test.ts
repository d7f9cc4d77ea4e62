import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import * as z from "zod";
import {
  API_ERRORS,
  API_METHODS,
  type ApiMethod,
  type ApiResult,
  rpcErrorSchema,
  SERVICE_ERRORS,
} from "../../../protocol/api.ts";
import { PROTOCOL_ERRORS } from "../../../protocol/errors.ts";
import { openRpcDocument } from "../../../protocol/openRpc.ts";
import { ETH } from "../../../protocol/output.ts";
import { DOMAIN } from "../../support/ledger.ts";
import { alice, createSampleBlock } from "../../support/sampleBlock.ts";

// Its type declarations are sources that do not pass this project's compiler settings.
const { validateOpenRPCDocument } = createRequire(import.meta.url)("@open-rpc/schema-utils-js") as {
  validateOpenRPCDocument(document: unknown): true | Error;
};

const sample = await createSampleBlock(DOMAIN);
const { header } = sample;
const first = sample.entries[0];
const third = sample.entries[2];
assert.ok(first && third);
const raw = sample.proof(0, 0).body;
const hash = first.txId;
const place = { txId: hash, blockNumber: 1n, txIndex: 0 };
const receipt = { ...place, status: "pending" } as const;
const output = { ...sample.proof(0, 0).output, position: 5n, outputId: hash, status: "exiting" } as const;
const transaction = { ...receipt, position: 1n << 40n, raw, sealedAt: null };
const fee = { token: ETH, amount: 10n, mergeFree: true };
const address = alice.address;
const spendShown = sample.spend(third.raw, 0, { inclusion: sample.inclusion(2) });
const inFlightExit = {
  txId: hash,
  entryId: hash,
  terms: { startedAt: 5, exitableAt: 9, registeredBehind: 0n, position: 1n << 40n, bond: 10n ** 18n, starter: address },
  body: raw,
  witness: "0x",
  inputs: spendShown.preimages,
  pieces: [0, 8, 15],
  contested: true,
  settled: false,
  verdict: "not canonical",
  oldest: (1n << 96n) - 1n,
  competitorId: hash,
  bondOwner: address,
  status: "open",
  startTxHash: hash,
} as const;

/** An answer of every method. */
const results: { [M in ApiMethod]: ApiResult<M>[] } = {
  plasma_sendTransaction: [receipt, { ...receipt, status: "sealed" }, { ...receipt, status: "committed" }],
  plasma_sendTransactions: [
    [],
    [receipt, { error: { code: 2208, message: "spent", data: { code: "TX_INPUT_SPENT", position: "0x5" } } }],
  ],
  plasma_getOutputs: [{ outputs: [] }, { outputs: [output], cursor: "5" }],
  plasma_getOutput: [output, null],
  plasma_getBalance: [[], [{ token: ETH, confirmed: (1n << 200n) + 1n, pending: 0n }]],
  plasma_getTransaction: [transaction, { ...transaction, sealedAt: 5 }, null],
  plasma_getTransactions: [{ transactions: [transaction], cursor: "x" }],
  plasma_getProof: [sample.proof(0, 0), sample.proof(3, 0), sample.depositProof(1)],
  plasma_getProofs: [[], [sample.proof(0, 0), sample.depositProof(1)]],
  plasma_getSpend: [{ ...place, ...spendShown }, null],
  plasma_getSpends: [
    [],
    [
      { ...place, ...spendShown },
      { ...spendShown, txId: hash, blockNumber: null, txIndex: null },
    ],
  ],
  plasma_getInFlightExit: [inFlightExit, { ...inFlightExit, pieces: [], oldest: null, competitorId: null }, null],
  plasma_getInFlightExits: [{ inFlightExits: [] }, { inFlightExits: [inFlightExit], cursor: "7" }],
  plasma_getBlock: [
    { ...header, hash, status: "committed", commitTxHash: hash },
    { ...header, parentHash: null, timestamp: null, hash: null, status: "sealed", commitTxHash: null },
    null,
  ],
  plasma_getBlockTransactions: [{ entries: [raw, raw] }],
  plasma_status: [
    {
      ...DOMAIN,
      clientVersion: "plasma/0.1.0",
      latestBlock: 2n,
      committedBlock: 1n,
      pendingTransactions: 3,
      l1Head: { number: 9n, timestamp: 100 },
      followerLag: 0,
      feePolicy: [fee],
      limits: { maxBodyBytes: 1_000_000 },
      signatureLibrary: "secp256k1",
    },
  ],
  plasma_fees: [[fee]],
  plasma_subscribe: ["0x1"],
  plasma_unsubscribe: [true],
};

for (const [name, examples] of Object.entries(results)) {
  test(`${name}: answers survive JSON, amounts exactly`, () => {
    const schema: z.ZodType = API_METHODS[name as ApiMethod].result;
    for (const example of examples) {
      const document: unknown = JSON.parse(JSON.stringify(z.encode(schema, example)));
      assert.deepEqual(z.decode(schema, document), example);
    }
  });
}

describe("parameters", () => {
  const accepts = (method: ApiMethod, params: unknown): boolean => API_METHODS[method].params.safeParse(params).success;
  const good: [ApiMethod, unknown[]][] = [
    ["plasma_sendTransaction", [raw]],
    ["plasma_sendTransactions", [[raw, raw]]],
    ["plasma_sendTransactions", [[]]],
    ["plasma_getOutputs", [{ address }]],
    ["plasma_getOutputs", [{ address, token: ETH, limit: 1_000, cursor: "5" }]],
    ["plasma_getProofs", [["0x1", "0x2"]]],
    ["plasma_getBlock", ["latest"]],
    ["plasma_getBlock", ["0x1"]],
    ["plasma_getBlockTransactions", [{ number: "0x1", limit: 5 }]],
    ["plasma_status", []],
    ["plasma_subscribe", ["blocks"]],
    ["plasma_subscribe", ["exits"]],
    ["plasma_subscribe", ["transactions", { address }]],
  ];
  for (const [method, params] of good) {
    test(`${method} takes ${JSON.stringify(params).slice(0, 60)}`, () => assert.ok(accepts(method, params)));
  }

  const bad: [ApiMethod, unknown][] = [
    ["plasma_sendTransaction", []],
    ["plasma_sendTransaction", [raw, raw]],
    ["plasma_sendTransaction", ["0x123"]],
    ["plasma_sendTransaction", ["01"]],
    ["plasma_sendTransaction", [5]],
    ["plasma_sendTransaction", { raw }],
    ["plasma_sendTransactions", [Array(1_001).fill(raw)]],
    ["plasma_sendTransactions", [raw]],
    ["plasma_getOutputs", ["0x"]],
    ["plasma_getOutputs", [{ address: "0x12" }]],
    ["plasma_getOutputs", [{ address, limit: 0 }]],
    ["plasma_getOutputs", [{ address, limit: 1_001 }]],
    ["plasma_getOutputs", [{ address, limit: 1.5 }]],
    ["plasma_getBalance", [null]],
    ["plasma_getProof", ["0x01"]],
    ["plasma_getProof", [5]],
    ["plasma_getProof", ["-0x1"]],
    ["plasma_getBlock", ["newest"]],
    ["plasma_getBlock", [1]],
    ["plasma_status", [1]],
    ["plasma_subscribe", ["transactions"]],
    ["plasma_subscribe", ["blocks", { address }]],
    ["plasma_subscribe", ["logs"]],
  ];
  for (const [method, params] of bad) {
    test(`${method} refuses ${JSON.stringify(params).slice(0, 60)}`, () => assert.ok(!accepts(method, params)));
  }

  test("hex of either case becomes lowercase", () => {
    const upper = `0x${address.slice(2).toUpperCase()}`;
    assert.deepEqual(API_METHODS.plasma_getBalance.params.parse([upper]), [address]);
  });
});

test("every refusal has a code of its own, as a name and as an integer", () => {
  const integers = Object.values(API_ERRORS).map(([integer]) => integer);
  assert.equal(new Set(integers).size, integers.length);
  assert.equal(integers.length, Object.keys(PROTOCOL_ERRORS).length + Object.keys(SERVICE_ERRORS).length);
  for (const [name, [integer]] of Object.entries(API_ERRORS)) {
    assert.match(name, /^[A-Z][A-Z0-9_]+$/);
    assert.ok(rpcErrorSchema.safeParse({ code: integer, message: "", data: { code: name } }).success);
  }
  assert.ok(!rpcErrorSchema.safeParse({ code: 1, message: "", data: { code: "UNKNOWN" } }).success);
});

test("the OpenRPC document is valid and names every method and error", () => {
  const document = openRpcDocument("Plasma", "1.2.3", API_METHODS);
  assert.equal(validateOpenRPCDocument(document), true);
  assert.deepEqual(
    document.methods.map(({ name }) => name),
    Object.keys(API_METHODS),
  );
  assert.deepEqual(Object.keys(document.components.errors), Object.keys(API_ERRORS));
  for (const method of document.methods) {
    assert.equal(method.params.length, API_METHODS[method.name as ApiMethod].paramNames.length);
  }
  const subscribe = document.methods.find(({ name }) => name === "plasma_subscribe");
  assert.deepEqual(
    subscribe?.params.map(({ required }) => required),
    [true, false],
  );
});
