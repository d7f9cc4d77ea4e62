import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createPublicClient, createWalletClient, type Hex, http, parseEther } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { createClient } from "../../client/client.ts";
import { send, signPayment } from "../../client/transactions.ts";
import type { ApiErrorCode } from "../../protocol/api.ts";
import { ZERO_HASH } from "../../protocol/hashing.ts";
import { ETH, type Output, PLAIN } from "../../protocol/output.ts";
import { encodePosition } from "../../protocol/position.ts";
import { parseExitProof } from "../../protocol/proof.ts";
import type { Input, Transaction } from "../../protocol/transaction.ts";
import type { Domain } from "../../protocol/typedData.ts";
import { type Balances, type Deposited, type Sent, startTestNetwork } from "../support/devNetwork.ts";

const MAX_BODY_BYTES = 65_536;
const MAX_BATCH = 4;

const network = await startTestNetwork({
  operatorOptions: ["--max-body-bytes", String(MAX_BODY_BYTES), "--max-batch", String(MAX_BATCH)],
});
after(() => network.close());
const { ok, fails, node } = network;

const domain: Domain = { chainId: 31337n, contract: network.contract };
const account = privateKeyToAccount(await network.privateKey("alice"));
const bob = network.address("bob");

function clientFor(signingDomain: Domain) {
  const transport = http(network.rpcUrl);
  const wallet = createWalletClient({ account, transport });
  return createClient({
    domain: signingDomain,
    l1: createPublicClient({ transport }),
    operatorUrl: network.operatorUrl,
    wallet,
  });
}

await ok<Deposited>("deposit", "1", "eth");
await ok<Deposited>("deposit", "1", "eth", "--to", "bob");
await ok<Deposited>("deposit", "1", "eth", "--wait");
const inputOf = async (name: string): Promise<Input> => parseExitProof(await ok("proof", name));
const [mine, bobs, spent] = [await inputOf("d0"), await inputOf("d1"), await inputOf("d2")];
await ok<Sent>("send", "bob", "1", "eth", "--wait");

const pay = (amount: bigint, owner = bob): Output => ({ owner, token: ETH, amount, condition: PLAIN });
const transaction = (fields: Partial<Transaction> = {}): Transaction => ({
  inputs: [mine],
  outputs: [pay(parseEther("1"))],
  memo: ZERO_HASH,
  validAfter: 0,
  validBefore: 0,
  ...fields,
});
const signed = async (fields: Partial<Transaction> = {}, signingDomain = domain): Promise<Hex> =>
  (await signPayment(clientFor(signingDomain), transaction(fields))).raw;

/** Posts a document and returns the code of the refusal. */
async function refusal(document: string): Promise<ApiErrorCode | undefined> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(network.operatorUrl, { method: "POST", headers, body: document });
  return ((await response.json()) as { error?: { data: { code: ApiErrorCode } } }).error?.data.code;
}
const call = (method: string, ...params: unknown[]) => JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
const submit = (raw: string) => call("plasma_sendTransaction", raw);

const { timestamp } = await node.getBlock({ blockTag: "latest" });
const now = Number(timestamp);
const valid = await signed();

const refusals: [name: string, document: () => Promise<string> | string, code: ApiErrorCode][] = [
  ["no JSON", () => "{", "PARSE_ERROR"],
  ["no JSON-RPC", () => "{}", "INVALID_REQUEST"],
  ["an unknown method", () => call("plasma_mint", bob), "METHOD_NOT_FOUND"],
  ["bad hex", () => submit("0xzz"), "INVALID_PARAMS"],
  ["half a byte", () => submit(`${valid}0`), "INVALID_PARAMS"],
  ["no transaction", () => submit("0x"), "TX_TRUNCATED"],
  ["a type that does not exist", () => submit(`0x03${valid.slice(4)}`), "TX_TYPE_UNKNOWN"],
  ["a transaction cut short", () => submit(valid.slice(0, -2)), "WITNESS_TRUNCATED"],
  ["bytes behind the end", () => submit(`${valid}00`), "WITNESS_TRAILING_BYTES"],
  [
    "a signature for another chain",
    async () => submit(await signed({}, { ...domain, chainId: 1n })),
    "TX_SIGNERS_MISMATCH",
  ],
  [
    "a signature for another contract",
    async () => submit(await signed({}, { ...domain, contract: bob })),
    "TX_SIGNERS_MISMATCH",
  ],
  ["somebody else's output", async () => submit(await signed({ inputs: [bobs] })), "TX_SIGNERS_MISMATCH"],
  ["more than the inputs", async () => submit(await signed({ outputs: [pay(parseEther("1") + 1n)] })), "TX_OVERSPEND"],
  [
    "another token than the inputs",
    async () => submit(await signed({ outputs: [{ ...pay(1n), token: network.token }] })),
    "TX_OVERSPEND",
  ],
  [
    "the sum of two amounts above 2^128",
    async () => submit(await signed({ outputs: [pay(2n ** 128n - 1n), pay(2n ** 128n - 1n)] })),
    "TX_OVERSPEND",
  ],
  ["an amount of zero", () => submit(valid.replace(amountBytes(parseEther("1")), amountBytes(0n))), "TX_AMOUNT_ZERO"],
  ["an output that was spent", async () => submit(await signed({ inputs: [spent] })), "TX_INPUT_SPENT"],
  ["the same input twice", () => submit(twiceTheInput(valid)), "TX_DUPLICATE_INPUT"],
  [
    "an output that never was",
    async () =>
      submit(
        await signed({ inputs: [{ ...mine, position: encodePosition({ block: 1n, txIndex: 500, outputIndex: 0 }) }] }),
      ),
    "TX_INPUT_UNKNOWN",
  ],
  [
    "another output than the one signed",
    async () => submit(await signed({ inputs: [{ ...mine, outputId: bobs.outputId }] })),
    "TX_INPUT_ID_MISMATCH",
  ],
  ["an expired payment", async () => submit(await signed({ validBefore: now })), "TX_EXPIRED"],
  ["a payment from the future", async () => submit(await signed({ validAfter: now + 3_600 })), "TX_NOT_YET_VALID"],
  ["a transaction of more than 16 KiB", () => submit(`${valid}${"00".repeat(16_384)}`), "TX_TOO_LARGE"],
  ["a body too large", () => submit(`0x${"00".repeat(MAX_BODY_BYTES)}`), "BODY_TOO_LARGE"],
  [
    "a batch too large",
    () =>
      `[${Array(MAX_BATCH + 1)
        .fill(call("plasma_status"))
        .join(",")}]`,
    "BATCH_TOO_LARGE",
  ],
  [
    "too many transactions in one call",
    () => call("plasma_sendTransactions", Array(1_001).fill("0x")),
    "INVALID_PARAMS",
  ],
  ["an address that is none", () => call("plasma_getBalance", "0x12"), "INVALID_PARAMS"],
  ["a proof of an output that never was", () => call("plasma_getProof", "0x999990000000000"), "OUTPUT_UNKNOWN"],
  ["a subscription over HTTP", () => call("plasma_subscribe", "blocks"), "WEBSOCKET_REQUIRED"],
];

test("every bad input to the service is refused with its own code", async (t) => {
  for (const [name, document, code] of refusals) {
    await t.test(`${name}: ${code}`, async () => assert.equal(await refusal(await document()), code));
  }

  await t.test("in one call, the good transactions pass and the bad ones say why", async () => {
    const operator = clientFor(domain).operator;
    const answers = await operator.call("plasma_sendTransactions", [
      "0x",
      valid,
      await signed({ memo: mine.outputId }),
    ]);
    const codes = answers.map((answer) => ("error" in answer ? answer.error.data.code : answer.status));
    assert.deepEqual(codes, ["TX_TRUNCATED", "pending", "TX_INPUT_SPENT"]);
  });

  await t.test("a refused double spend leaves the first payment in place", async () => {
    await assert.rejects(
      async () => send(clientFor(domain), await signPayment(clientFor(domain), transaction({ memo: bobs.outputId }))),
      { code: "TX_INPUT_SPENT" },
    );
    await ok<Deposited>("deposit", "0.5", "eth", "--wait");
    await ok<Sent>("send", "carol", "0.5", "eth", "--wait");
    const { balances } = await ok<Balances>("balance", "--account", "bob");
    assert.equal(balances[0]?.verified, parseEther("3").toString());
  });
});

const typed: [words: string[], code: string, exitCode: number][] = [
  [["send", "bob", "0", "eth"], "AMOUNT_ZERO", 2],
  [["send", "bob", "340282366920938463463374607431768211456"], "AMOUNT_TOO_LARGE", 2],
  [["send", "bob", "1.5"], "AMOUNT_MALFORMED", 2],
  [["send", "bob", "1", "NONE"], "TOKEN_UNKNOWN", 2],
  [["send", "bob", "1", bob], "TOKEN_INVALID", 2],
  [["send", "0x12", "1", "eth"], "ADDRESS_MALFORMED", 2],
  [["send", "bob", "1000", "eth"], "FUNDS_LOW", 3],
  [["send", "bob", "1", "eth", "--memo", "0x12"], "USAGE", 2],
  [["deposit", "100000", "eth"], "L1_FUNDS_LOW", 3],
  [["deposit", "0", "eth"], "AMOUNT_ZERO", 2],
  [["status", "--chain-id", "1"], "L1_WRONG_CHAIN", 2],
  [["status", "--contract", bob], "CONTRACT_MISSING", 2],
  [["balance", "--contract", network.token], "OPERATOR_WRONG_CHAIN", 2],
  [["balance", "--account", "mallory"], "ACCOUNT_UNKNOWN", 2],
  [["proof", "12:5"], "POSITION_MALFORMED", 2],
  [["proof", "d999"], "DEPOSIT_UNKNOWN", 3],
  [["proof", "999:0:0"], "OUTPUT_UNKNOWN", 3],
  [["tx", mine.outputId], "TRANSACTION_UNKNOWN", 3],
  [["exit", "show", "d0"], "EXIT_UNKNOWN", 3],
  [["challenge", "d0"], "EXIT_UNKNOWN", 3],
  [["merge"], "MERGE_POINTLESS", 3],
];

test("every bad input to the command line is refused with its own code and exit code", async (t) => {
  for (const [words, code, exitCode] of typed) {
    await t.test(`${words.join(" ")}: ${code}`, () => fails(code, exitCode, ...words));
  }
});

function amountBytes(amount: bigint): string {
  return amount.toString(16).padStart(32, "0");
}

/** The same transaction with its only input repeated: 45 bytes behind a header of 4. */
function twiceTheInput(raw: Hex): Hex {
  const [header, input, rest] = [raw.slice(2, 10), raw.slice(10, 100), raw.slice(100)];
  return `0x${header.slice(0, 2)}02${header.slice(4)}${input}${input}${rest}`;
}
