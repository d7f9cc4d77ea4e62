import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type Address, encodeAbiParameters, type Hex } from "viem";
import { fromHex } from "../../../protocol/bytes.ts";
import { conditionHash } from "../../../protocol/condition.ts";
import {
  claimHashTimeLock,
  decodeHashTimeLock,
  decodeSecret,
  encodeHashTimeLock,
  encodeSecret,
  type HashTimeLock,
  hashOfSecret,
  hashTimeLockOutput,
  refundHashTimeLock,
} from "../../../protocol/conditions/hashTimeLock.ts";
import {
  cancelLimitOrder,
  decodeLimitOrder,
  encodeLimitOrder,
  fillLimitOrder,
  type LimitOrderTerms,
  limitOrderOutput,
  priceOf,
} from "../../../protocol/conditions/limitOrder.ts";
import {
  decodeMultiSignature,
  encodeMultiSignature,
  type MultiSignature,
  multiSignatureOutput,
  spendMultiSignature,
} from "../../../protocol/conditions/multiSignature.ts";
import {
  channelStateId,
  closePaymentChannel,
  decodePaymentChannel,
  encodePaymentChannel,
  type PaymentChannel,
  paymentChannelOutput,
  refundPaymentChannel,
  verifyChannelPayment,
} from "../../../protocol/conditions/paymentChannel.ts";
import { shippedConditionCode } from "../../../protocol/conditions/shipped.ts";
import { SHIPPED_CONDITION_CODE } from "../../../protocol/generated/shippedConditions.ts";
import { ZERO_ADDRESS } from "../../../protocol/hashing.ts";
import { ETH, PLAIN } from "../../../protocol/output.ts";
import { assertPureCode } from "../../../protocol/pureCode.ts";
import { toCompactSignature } from "../../../protocol/signature.ts";
import { encodeBody } from "../../../protocol/transaction.ts";
import { addressArb, hashArb, tokenArb, uintArb } from "../../support/arbitraries.ts";
import { expectCode } from "../../support/expectCode.ts";
import {
  alice,
  bob,
  bobsEth,
  HASH_TIME_LOCK,
  LIMIT_ORDER,
  ledgerOutput,
  MULTI_SIGNATURE,
  PAYMENT_CHANNEL,
  TOKEN,
} from "../../support/shippedConditions.ts";

const timeArb = fc.integer({ min: 1, max: 2 ** 40 - 1 });
const SECRET: Hex = `0x${"5e".repeat(32)}`;
const NEVER = 2 ** 40 - 1;

/** Every change of one bit, one byte more and one byte less is refused, or is read as what encodes to just these bytes. */
function assertCanonical<T>(params: Uint8Array, decode: (params: Uint8Array) => T, encode: (terms: T) => Uint8Array) {
  expectCode("CONDITION_PARAMS_INVALID", () => decode(params.subarray(1)));
  expectCode("CONDITION_PARAMS_INVALID", () => decode(Uint8Array.of(...params, 0)));
  expectCode("CONDITION_PARAMS_INVALID", () => decode(Uint8Array.of(...params, ...new Uint8Array(32))));
  for (let bit = 0; bit < params.length * 8; bit++) {
    const changed = new Uint8Array(params);
    changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
    let terms: T;
    try {
      terms = decode(changed);
    } catch {
      expectCode("CONDITION_PARAMS_INVALID", () => decode(changed));
      continue;
    }
    assert.deepEqual(encode(terms), changed);
  }
}

test("the code of every shipped condition is pure (R15)", () => {
  for (const name of Object.keys(SHIPPED_CONDITION_CODE) as (keyof typeof SHIPPED_CONDITION_CODE)[]) {
    assertPureCode(shippedConditionCode(name));
  }
});

describe("m of n", () => {
  const termsArb: fc.Arbitrary<MultiSignature> = fc
    .uniqueArray(addressArb, { minLength: 1, maxLength: 29 })
    .chain((owners) =>
      fc
        .integer({ min: 1, max: Math.min(16, owners.length) })
        .map((threshold) => ({ threshold, owners: [...owners].sort() })),
    );
  const owners = [alice.address, bob.address].sort();
  const terms = { threshold: 2, owners };

  test("params are read as they were written", () => {
    fc.assert(
      fc.property(termsArb, (terms) => {
        assert.deepEqual(decodeMultiSignature(encodeMultiSignature(terms)), terms);
      }),
    );
    assertCanonical(encodeMultiSignature(terms), decodeMultiSignature, encodeMultiSignature);
  });

  test("params that lock money or give it away are refused, and not read either", () => {
    const wrong: MultiSignature[] = [
      { threshold: 0, owners },
      { threshold: 3, owners },
      { threshold: 1.5, owners },
      { threshold: 1, owners: [] },
      { threshold: 1, owners: [ZERO_ADDRESS] },
      { threshold: 1, owners: [...owners].reverse() },
      { threshold: 1, owners: [alice.address, alice.address] },
      { threshold: 17, owners: Array.from({ length: 20 }, (_, i): Address => `0x${String(i + 10).repeat(20)}`) },
      { threshold: 1, owners: Array.from({ length: 30 }, (_, i): Address => `0x${String(i + 10).repeat(20)}`) },
    ];
    for (const bad of wrong) expectCode("CONDITION_PARAMS_INVALID", () => encodeMultiSignature(bad));
    const abi = [{ type: "uint256" }, { type: "address[]" }] as const;
    const reversed = fromHex(encodeAbiParameters(abi, [1n, [...owners].reverse()]));
    expectCode("CONDITION_PARAMS_INVALID", () => decodeMultiSignature(reversed));
  });

  test("a spend of an output with a refund address never expires", () => {
    const outputs = [{ owner: bob.address, token: ETH, amount: 5n, condition: PLAIN }];
    const spend = (refundTo: Address) => {
      const output = multiSignatureOutput(MULTI_SIGNATURE, terms, { token: ETH, amount: 5n, refundTo });
      return spendMultiSignature(ledgerOutput(output, 1n), MULTI_SIGNATURE, terms, outputs, { validBefore: 9 });
    };
    assert.equal(spend(ZERO_ADDRESS).transaction.validBefore, 9);
    assert.equal(spend(alice.address).transaction.validBefore, 0);
  });

  test("an output under other terms is not spent by these", () => {
    const output = multiSignatureOutput(MULTI_SIGNATURE, { ...terms, threshold: 1 }, { token: ETH, amount: 5n });
    expectCode("CONDITION_MISMATCH", () => spendMultiSignature(ledgerOutput(output, 1n), MULTI_SIGNATURE, terms, []));
  });
});

describe("a hash time-lock", () => {
  const terms: HashTimeLock = { hash: hashOfSecret(SECRET), receiver: bob.address, timeout: 1_000 };
  const lock = ledgerOutput(
    hashTimeLockOutput(HASH_TIME_LOCK, terms, { sender: alice.address, token: TOKEN, amount: 50n }),
    1n,
  );

  test("params are read as they were written", () => {
    fc.assert(
      fc.property(hashArb, addressArb, timeArb, (hash, receiver, timeout) => {
        const terms = { hash, receiver, timeout };
        assert.deepEqual(decodeHashTimeLock(encodeHashTimeLock(terms)), terms);
      }),
    );
    assertCanonical(encodeHashTimeLock(terms), decodeHashTimeLock, encodeHashTimeLock);
  });

  test("a lock without a receiver or a timeout is refused", () => {
    for (const bad of [{ receiver: ZERO_ADDRESS }, { timeout: 0 }, { timeout: 2 ** 40 }, { timeout: -1 }] as const) {
      expectCode("CONDITION_PARAMS_INVALID", () => encodeHashTimeLock({ ...terms, ...bad }));
    }
  });

  test("a claim shows the secret and never expires; a refund waits", () => {
    const claim = claimHashTimeLock(lock, HASH_TIME_LOCK, terms, { secret: SECRET, fee: 1n });
    assert.equal(decodeSecret(claim.reveals[0]?.args ?? new Uint8Array(1)), SECRET);
    assert.deepEqual([claim.transaction.validAfter, claim.transaction.validBefore], [0, 0]);
    assert.deepEqual(claim.transaction.outputs, [{ owner: bob.address, token: TOKEN, amount: 49n, condition: PLAIN }]);
    const refund = refundHashTimeLock(lock, HASH_TIME_LOCK, terms, { fee: 1n });
    assert.equal(decodeSecret(refund.reveals[0]?.args ?? new Uint8Array(1)), undefined);
    assert.equal(refund.transaction.validAfter, terms.timeout);
    assert.deepEqual(refund.transaction.outputs[0]?.owner, alice.address);
  });

  test("a wrong secret is noticed before it is shown", () => {
    const secret: Hex = `0x${"00".repeat(32)}`;
    expectCode("CONDITION_ARGS_INVALID", () => claimHashTimeLock(lock, HASH_TIME_LOCK, terms, { secret, fee: 0n }));
    expectCode("CONDITION_ARGS_INVALID", () => decodeSecret(new Uint8Array(31)));
    expectCode("HEX_INVALID", () => encodeSecret("0x00"));
  });
});

describe("a payment channel", () => {
  const domain = { chainId: 1n, contract: ZERO_ADDRESS } as const;
  const terms = { receiver: bob.address, expiry: 1_000 };
  const output = paymentChannelOutput(PAYMENT_CHANNEL, terms, { payer: alice.address, token: TOKEN, amount: 100n });
  const channel: PaymentChannel = { funds: ledgerOutput(output, 1n), condition: PAYMENT_CHANNEL, terms, fee: 1n };
  const pay = async (paid: bigint, payer = alice, of = channel) => ({
    paid,
    signature: toCompactSignature(await payer.sign({ hash: channelStateId(of, paid, domain) })),
  });

  test("params are read as they were written", () => {
    fc.assert(
      fc.property(addressArb, timeArb, (receiver, expiry) => {
        assert.deepEqual(decodePaymentChannel(encodePaymentChannel({ receiver, expiry })), { receiver, expiry });
      }),
    );
    assertCanonical(encodePaymentChannel(terms), decodePaymentChannel, encodePaymentChannel);
  });

  test("a channel without a receiver or an expiry is refused", () => {
    for (const bad of [{ receiver: ZERO_ADDRESS }, { expiry: 0 }] as const) {
      expectCode("CONDITION_PARAMS_INVALID", () => encodePaymentChannel({ ...terms, ...bad }));
    }
  });

  test("a closing splits what the channel holds, to the last unit", () => {
    for (let paid = 1n; paid <= 99n; paid++) {
      const { outputs, validAfter, validBefore } = closePaymentChannel(channel, paid).transaction;
      assert.deepEqual([validAfter, validBefore], [0, 0]);
      assert.equal(
        outputs.reduce((sum, { amount }) => sum + amount, 0n),
        99n,
      );
      assert.deepEqual([outputs[0]?.owner, outputs[0]?.amount], [bob.address, paid]);
      if (paid < 99n) assert.equal(outputs[1]?.owner, alice.address);
      else assert.equal(outputs.length, 1);
    }
    for (const paid of [-1n, 0n, 100n, 101n]) {
      expectCode("CHANNEL_STATE_INVALID", () => closePaymentChannel(channel, paid));
    }
  });

  test("the receiver takes only more than before, signed by the payer, for this channel", async () => {
    verifyChannelPayment(channel, await pay(10n), 9n, domain);
    const refused = async (code: Parameters<typeof expectCode>[0], payment: ReturnType<typeof pay>, last: bigint) => {
      const shown = await payment;
      expectCode(code, () => verifyChannelPayment(channel, shown, last, domain));
    };
    await refused("CHANNEL_STATE_INVALID", pay(10n), 10n);
    await refused("CHANNEL_SIGNATURE_INVALID", pay(10n, bob), 9n);
    await refused("CHANNEL_SIGNATURE_INVALID", pay(10n, alice, { ...channel, fee: 0n }), 9n);
    await refused("CHANNEL_SIGNATURE_INVALID", pay(10n, alice, { ...channel, funds: ledgerOutput(output, 2n) }), 9n);
    const { signature } = await pay(10n);
    expectCode("CHANNEL_SIGNATURE_INVALID", () => verifyChannelPayment(channel, { paid: 11n, signature }, 9n, domain));
    expectCode("CHANNEL_STATE_INVALID", () => verifyChannelPayment(channel, { paid: 100n, signature }, 9n, domain));
  });

  test("a refund waits for the expiry", () => {
    const { validAfter, outputs } = refundPaymentChannel(channel).transaction;
    assert.equal(validAfter, terms.expiry);
    assert.deepEqual(outputs, [{ owner: alice.address, token: TOKEN, amount: 99n, condition: PLAIN }]);
  });
});

describe("a limit order", () => {
  const terms: LimitOrderTerms = {
    wantedToken: ETH,
    offered: 600n,
    wanted: 900n,
    minimum: 100n,
    expiry: 1_000,
    inputsBefore: 500n,
  };
  const held = ledgerOutput(
    limitOrderOutput(LIMIT_ORDER, terms, { maker: alice.address, token: TOKEN, amount: 600n }),
    900n,
  );
  const order = { held, condition: LIMIT_ORDER, terms };
  const fill = { filler: bob.address, payment: [bobsEth(1_000n)], taken: 200n, fee: 1n };
  const termsArb: fc.Arbitrary<LimitOrderTerms> = fc.record(
    {
      wantedToken: tokenArb,
      offered: uintArb(128, 1n),
      wanted: uintArb(128, 1n),
      minimum: uintArb(128, 1n),
      expiry: timeArb,
      inputsBefore: uintArb(104),
    },
    { noNullPrototype: true },
  );

  test("params are read as they were written", () => {
    fc.assert(
      fc.property(termsArb, (terms) => {
        assert.deepEqual(decodeLimitOrder(encodeLimitOrder(terms)), terms);
      }),
    );
    assertCanonical(encodeLimitOrder(terms), decodeLimitOrder, encodeLimitOrder);
  });

  test("an order without a price, a minimum or a time is refused", () => {
    for (const bad of [
      { offered: 0n },
      { wanted: 0n },
      { minimum: 0n },
      { expiry: 0 },
      { offered: 1n << 128n },
      { inputsBefore: -1n },
    ]) {
      expectCode("CONDITION_PARAMS_INVALID", () => encodeLimitOrder({ ...terms, ...bad }));
    }
    const money = { maker: alice.address, token: TOKEN, amount: 99n } as const;
    expectCode("CONDITION_PARAMS_INVALID", () => limitOrderOutput(LIMIT_ORDER, terms, money));
  });

  test("the price is the least that pays", () => {
    fc.assert(
      fc.property(termsArb, uintArb(128, 1n), (terms, taken) => {
        const price = priceOf(terms, taken);
        assert.ok(price * terms.offered >= taken * terms.wanted);
        assert.ok((price - 1n) * terms.offered < taken * terms.wanted);
      }),
    );
  });

  test("a fill pays the maker, leaves the rest on the same terms, and gives change", () => {
    const { transaction, reveals } = fillLimitOrder(order, fill);
    assert.deepEqual(transaction.outputs, [
      { owner: alice.address, token: ETH, amount: 300n, condition: PLAIN },
      { owner: alice.address, token: TOKEN, amount: 400n, condition: held.output.condition },
      { owner: bob.address, token: TOKEN, amount: 200n, condition: PLAIN },
      { owner: bob.address, token: ETH, amount: 699n, condition: PLAIN },
    ]);
    assert.equal(transaction.validBefore, terms.expiry);
    assert.equal(conditionHash(LIMIT_ORDER, reveals[0]?.params ?? new Uint8Array()), held.output.condition);
    const whole = fillLimitOrder(order, { ...fill, taken: 600n, payment: [bobsEth(901n)] }).transaction;
    assert.deepEqual(
      whole.outputs.map(({ owner, amount }) => [owner, amount]),
      [
        [alice.address, 900n],
        [bob.address, 600n],
      ],
    );
    encodeBody(whole);
  });

  test("a fill that the condition would refuse is not made", () => {
    const young = bobsEth(1_000n, terms.inputsBefore);
    const token = { ...bobsEth(1_000n), output: { ...bobsEth(1_000n).output, token: TOKEN as Address } };
    for (const bad of [
      { taken: 99n },
      { taken: 501n },
      { taken: 601n },
      { validBefore: 0 },
      { validBefore: terms.expiry + 1 },
      { payment: [bobsEth(300n)] },
      { payment: [young] },
      { payment: [token] },
    ]) {
      expectCode("ORDER_FILL_INVALID", () => fillLimitOrder(order, { ...fill, ...bad }));
    }
    expectCode("CONDITION_MISMATCH", () => fillLimitOrder({ ...order, condition: TOKEN }, fill));
  });

  test("the maker takes it back", () => {
    const { outputs, validBefore } = cancelLimitOrder(order, { fee: 0n, validBefore: NEVER }).transaction;
    assert.deepEqual(outputs, [{ owner: alice.address, token: TOKEN, amount: 600n, condition: PLAIN }]);
    assert.equal(validBefore, NEVER);
  });
});
