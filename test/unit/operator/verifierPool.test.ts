import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createVerifierPool } from "../../../operator/verifierPool.ts";
import { fromHex } from "../../../protocol/bytes.ts";
import { ZERO_HASH } from "../../../protocol/hashing.ts";
import type { Domain } from "../../../protocol/typedData.ts";
import { testAccounts } from "../../support/accounts.ts";
import { signPayment } from "../../support/payer.ts";
import { DOMAIN } from "../../support/sequencerChain.ts";

describe("verifier pool", () => {
  it("fails everything that waits when a thread ends", async (test) => {
    const pool = createVerifierPool(1, null as unknown as Domain); // no thread survives its first transaction
    test.after(() => pool.stop());
    const [payer] = testAccounts(1) as [ReturnType<typeof testAccounts>[number]];
    const source = { position: 2n ** 39n, outputId: ZERO_HASH, amount: 5n } as const;
    const { raw } = await signPayment(DOMAIN, payer, source, { to: payer.address, amount: 1n });
    const transactions = [fromHex(raw)];
    const waiting = [pool.verify(transactions), pool.verify(transactions)];
    for (const answer of waiting) await assert.rejects(answer, { code: "OPERATOR_WORKER_FAILED" });
    await assert.rejects(pool.verify(transactions), { code: "OPERATOR_WORKER_FAILED" });
  });
});
