import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRpcDispatcher, type RpcMethod } from "../../../runtime/jsonRpc.ts";
import { createLogger } from "../../../runtime/logger.ts";
import { createMetrics } from "../../../runtime/metrics.ts";

interface AnswerJson {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly data: { readonly code: string } };
}

const PEER = { take: () => true, charge: () => undefined };

const dispatcher = (methods: Record<string, RpcMethod>) =>
  createRpcDispatcher(
    new Map(Object.entries(methods)),
    { maxBatch: 100 },
    { logger: createLogger("silent"), metrics: createMetrics() },
  );

const request = (id: number, method: string) => ({ jsonrpc: "2.0", id, method });

describe("JSON-RPC dispatcher", () => {
  it("refuses the rest of a batch whose answers have become too large", async () => {
    let calls = 0;
    const dispatch = dispatcher({
      large() {
        calls += 1;
        return "x".repeat(5 * 2 ** 20);
      },
    });
    const batch = Array.from({ length: 100 }, (_, id) => request(id, "large"));
    const answers = JSON.parse((await dispatch(JSON.stringify(batch), PEER)) as string) as AnswerJson[];
    assert.equal(calls, 7);
    assert.deepEqual(
      answers.map(({ id }) => id),
      batch.map(({ id }) => id),
    );
    assert.ok(answers.slice(0, calls).every(({ result }) => typeof result === "string"));
    assert.ok(answers.slice(calls).every(({ error }) => error?.data.code === "RESPONSE_TOO_LARGE"));
  });

  it("answers a fault of the service with INTERNAL_ERROR, and tells nothing of it", async () => {
    const dispatch = dispatcher({
      fails() {
        throw new TypeError("secret");
      },
      unspeakable: () => 1n,
    });
    for (const method of ["fails", "unspeakable"]) {
      const text = (await dispatch(JSON.stringify(request(1, method)), PEER)) as string;
      assert.equal((JSON.parse(text) as AnswerJson).error?.data.code, "INTERNAL_ERROR");
      assert.ok(!text.includes("secret"));
    }
  });
});
