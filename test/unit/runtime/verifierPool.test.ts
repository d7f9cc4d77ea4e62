import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { verifyTransaction } from "../../../protocol/blockEntry.ts";
import { fromHex } from "../../../protocol/bytes.ts";
import { ProtocolError } from "../../../protocol/errors.ts";
import { ZERO_HASH } from "../../../protocol/hashing.ts";
import type { Domain } from "../../../protocol/typedData.ts";
import { createVerifierPool } from "../../../runtime/verifierPool.ts";
import { testAccounts } from "../../support/accounts.ts";
import { signPayment } from "../../support/payer.ts";
import { DOMAIN } from "../../support/sequencerChain.ts";

describe("verifier pool", async () => {
  const [payer] = testAccounts(1) as [ReturnType<typeof testAccounts>[number]];
  const source = { position: 2n ** 39n, outputId: ZERO_HASH, amount: 5n } as const;
  const signed = await Promise.all(
    [1n, 2n, 3n].map((amount) => signPayment(DOMAIN, payer, source, { to: payer.address, amount })),
  );
  const transactions = (count: number) =>
    Array.from({ length: count }, (_, index) =>
      fromHex((signed[index % signed.length] as (typeof signed)[number]).raw),
    );

  it("answers batches in order with what one thread finds out, however many jobs a thread is given ahead", async (test) => {
    const expected = transactions(signed.length).map((raw) => verifyTransaction(raw, DOMAIN));
    for (const jobsAhead of [1, 3, Number.POSITIVE_INFINITY]) {
      const pool = createVerifierPool(2, DOMAIN, jobsAhead);
      test.after(() => pool.stop());
      const batches = [transactions(300), transactions(1), [new Uint8Array([1])], transactions(200)];
      const answered: number[] = [];
      const answers = batches.map(async (batch, index) => {
        const verdicts = await pool.verify(batch);
        answered.push(index);
        return verdicts;
      });
      const [, , refused, last] = await Promise.all(answers);
      assert.deepEqual(answered, [0, 1, 2, 3]);
      assert.ok(refused?.[0] instanceof ProtocolError);
      assert.deepEqual(
        last,
        Array.from({ length: 200 }, (_, index) => expected[index % expected.length]),
      );
    }
  });

  it("stops without waiting for what is queued, and without harm to what runs", async () => {
    for (let round = 0; round < 6; round++) {
      const pool = createVerifierPool(2, DOMAIN, Number.POSITIVE_INFINITY);
      void pool.verify(transactions(20_000));
      if (round % 2 === 0) await pool.verify(transactions(1));
      await pool.stop();
    }
  });

  it("fails everything that waits when a thread ends", async (test) => {
    const pool = createVerifierPool(1, null as unknown as Domain); // no thread survives its first transaction
    test.after(() => pool.stop());
    const waiting = [pool.verify(transactions(1)), pool.verify(transactions(2))];
    for (const answer of waiting) await assert.rejects(answer, { code: "WORKER_FAILED" });
    await assert.rejects(pool.verify(transactions(1)), { code: "WORKER_FAILED" });
  });
});
