import assert from "node:assert/strict";
import { createServer } from "node:http";
import { type TestContext, test } from "node:test";
import { ClientError } from "../../../client/errors.ts";
import { createOperatorApi } from "../../../client/operatorApi.ts";

/** A service that answers every request with the same bytes. */
async function answering(t: TestContext, body: string): Promise<string> {
  const server = createServer((_request, response) => response.end(body));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return `http://127.0.0.1:${address.port}`;
}

const HASH = `0x${"ab".repeat(32)}`;
const receipt = { txId: HASH, blockNumber: "0x7", txIndex: 3, status: "sealed" };
const answer = (fields: object) => JSON.stringify({ jsonrpc: "2.0", id: 1, ...fields });

test("an answer has the program's own types", async (t) => {
  const url = await answering(t, answer({ result: { ...receipt, txId: HASH.toUpperCase().replace("0X", "0x") } }));
  assert.deepEqual(await createOperatorApi(url).call("plasma_sendTransaction", "0x01"), {
    ...receipt,
    blockNumber: 7n,
  });
});

const failures: [name: string, body: string, code: string, kind: string][] = [
  ["no JSON", "<html>502</html>", "OPERATOR_UNREACHABLE", "network"],
  ["no JSON-RPC", "[]", "OPERATOR_ANSWER_INVALID", "network"],
  [
    "a result of another shape",
    answer({ result: { ...receipt, blockNumber: 7 } }),
    "OPERATOR_ANSWER_INVALID",
    "network",
  ],
  ["a result out of range", answer({ result: { ...receipt, txIndex: -1 } }), "OPERATOR_ANSWER_INVALID", "network"],
  [
    "an error without a code that is known",
    answer({ error: { code: 1, message: "no" } }),
    "OPERATOR_ANSWER_INVALID",
    "network",
  ],
  [
    "a refusal",
    answer({ error: { code: 2208, message: "spent", data: { code: "TX_INPUT_SPENT" } } }),
    "TX_INPUT_SPENT",
    "refused",
  ],
  [
    "a service that is not ready",
    answer({ error: { code: 3010, message: "later", data: { code: "NOT_READY" } } }),
    "NOT_READY",
    "network",
  ],
];

for (const [name, body, code, kind] of failures) {
  test(`${name} is ${code}`, async (t) => {
    const api = createOperatorApi(await answering(t, body));
    await assert.rejects(
      () => api.call("plasma_sendTransaction", "0x01"),
      (error: unknown) => {
        assert.ok(error instanceof ClientError);
        assert.deepEqual([error.code, error.kind], [code, kind]);
        return true;
      },
    );
  });
}

test("nobody listening is OPERATOR_UNREACHABLE", async () => {
  await assert.rejects(() => createOperatorApi("http://127.0.0.1:9").call("plasma_fees"), {
    code: "OPERATOR_UNREACHABLE",
  });
});
