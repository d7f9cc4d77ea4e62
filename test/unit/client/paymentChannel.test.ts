import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { createChannelPayer, createChannelReceiver } from "../../../client/paymentChannel.ts";
import type { PaymentChannel } from "../../../protocol/conditions/paymentChannel.ts";
import { paymentChannelOutput } from "../../../protocol/conditions/paymentChannel.ts";
import { portableCrypto } from "../../../protocol/hashing.ts";
import { ETH } from "../../../protocol/output.ts";
import { rejectsWithCode } from "../../support/failureCode.ts";
import { alice, bob, carol, ledgerOutput, PAYMENT_CHANNEL } from "../../support/shippedConditions.ts";

const terms = { receiver: bob.address, expiry: 2_000_000_000 };
const output = paymentChannelOutput(PAYMENT_CHANNEL, terms, { payer: alice.address, token: ETH, amount: 1_000n });
const channel: PaymentChannel = { funds: ledgerOutput(output, 9n), condition: PAYMENT_CHANNEL, terms, fee: 10n };
const rules = { domain: { chainId: 31337n, contract: `0x${"0c".repeat(20)}` as const }, crypto: portableCrypto };

describe("payment channel", () => {
  test("whatever is paid is received, and the sum never goes down", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.bigInt(1n, 99n), { minLength: 1, maxLength: 6 }), async (amounts) => {
        const payer = createChannelPayer(channel, alice, rules);
        const receiver = createChannelReceiver(channel, rules);
        for (const amount of amounts) assert.equal(receiver.accept(await payer.pay(amount)), amount);
        assert.equal(receiver.best()?.paid, payer.paid());
      }),
      { numRuns: 10 },
    );
  });

  test("an older state, the same again, or somebody else's signature is refused and changes nothing", async () => {
    const payer = createChannelPayer(channel, alice, rules);
    const receiver = createChannelReceiver(channel, rules);
    const first = await payer.pay(100n);
    const second = await payer.pay(50n);
    receiver.accept(second);
    await rejectsWithCode("CHANNEL_STATE_INVALID", () => receiver.accept(first));
    await rejectsWithCode("CHANNEL_STATE_INVALID", () => receiver.accept(second));
    const carols = await createChannelPayer(channel, carol, rules, 150n).pay(1n);
    await rejectsWithCode("CHANNEL_SIGNATURE_INVALID", () => receiver.accept(carols));
    await rejectsWithCode("CHANNEL_SIGNATURE_INVALID", () => receiver.accept({ ...second, paid: 151n }));
    assert.deepEqual(receiver.best(), second);
  });

  test("no more is paid than the channel holds above its fee, and a refused payment leaves the sum", async () => {
    const payer = createChannelPayer(channel, alice, rules);
    await payer.pay(990n);
    await rejectsWithCode("CHANNEL_STATE_INVALID", () => payer.pay(1n));
    assert.equal(payer.paid(), 990n);
  });
});
