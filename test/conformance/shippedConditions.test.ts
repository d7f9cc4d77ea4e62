import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Address, Hex } from "viem";
import { toHex } from "../../protocol/bytes.ts";
import type { UnsignedSpend } from "../../protocol/conditions/guardedOutput.ts";
import {
  claimHashTimeLock,
  type HashTimeLock,
  hashOfSecret,
  hashTimeLockOutput,
  refundHashTimeLock,
} from "../../protocol/conditions/hashTimeLock.ts";
import {
  cancelLimitOrder,
  fillLimitOrder,
  type LimitOrderTerms,
  limitOrderOutput,
  priceOf,
} from "../../protocol/conditions/limitOrder.ts";
import { multiSignatureOutput, spendMultiSignature } from "../../protocol/conditions/multiSignature.ts";
import {
  closePaymentChannel,
  paymentChannelOutput,
  refundPaymentChannel,
} from "../../protocol/conditions/paymentChannel.ts";
import { type ShippedCondition, shippedConditionCode } from "../../protocol/conditions/shipped.ts";
import { ZERO_ADDRESS } from "../../protocol/hashing.ts";
import { ETH, type Output } from "../../protocol/output.ts";
import { encodeBody, type Transaction } from "../../protocol/transaction.ts";
import { addressArb, hashArb, tokenArb, uintArb } from "../support/arbitraries.ts";
import { createTestEvm, type EvmContract } from "../support/evm.ts";
import {
  alice,
  bob,
  bobsEth,
  carol,
  HASH_TIME_LOCK,
  LIMIT_ORDER,
  ledgerOutput,
  MULTI_SIGNATURE,
  PAYMENT_CHANNEL,
  TOKEN,
} from "../support/shippedConditions.ts";

// What TypeScript encodes and builds is what the contracts say yes to, and nothing beyond it is.

const evm = createTestEvm();
const contracts: Record<ShippedCondition, EvmContract> = {
  multiSignature: await deploy("MultiSignature"),
  hashTimeLock: await deploy("HashTimeLock"),
  paymentChannel: await deploy("PaymentChannel"),
  limitOrder: await deploy("LimitOrder"),
};

function deploy(name: string): Promise<EvmContract> {
  return evm.deploy(`contracts/conditions/${name}.sol`, name);
}

/** Whether the condition lets these accounts make this spend, with some fields of the transaction or other args instead. */
async function asks(
  name: ShippedCondition,
  spent: Output,
  { transaction, reveals }: UnsignedSpend,
  signers: readonly Address[],
  changed: Partial<Transaction> & { readonly args?: Hex } = {},
): Promise<boolean> {
  const { args, ...fields } = changed;
  const reveal = reveals[0];
  assert.ok(reveal !== undefined && reveals.length === 1);
  const outcome = await contracts[name].call("check", [
    toHex(encodeBody({ ...transaction, ...fields })),
    BigInt(reveal.inputIndex),
    spent,
    [...signers].sort(),
    toHex(reveal.params),
    args ?? toHex(reveal.args),
  ]);
  assert.ok("value" in outcome, "the condition answers");
  return outcome.value === true;
}

const amountArb = uintArb(128, 2n);
const timeArb = fc.integer({ min: 1, max: 2 ** 40 - 2 });
const A = alice.address;
const B = bob.address;
const C = carol.address;

test("the generated code is what the compiler makes", () => {
  for (const name of Object.keys(contracts) as ShippedCondition[]) {
    const contract = `${name[0]?.toUpperCase()}${name.slice(1)}`;
    const file = `../../artifacts/contracts/conditions/${contract}.sol/${contract}.json`;
    const artifact = JSON.parse(readFileSync(path.resolve(import.meta.dirname, file), "utf8"));
    assert.equal(toHex(shippedConditionCode(name)), artifact.deployedBytecode);
  }
});

describe("m of n", () => {
  test("as many as the params say", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(addressArb, { minLength: 1, maxLength: 29 }).map((owners) => owners.sort()),
        fc.nat(),
        fc.nat(),
        amountArb,
        tokenArb,
        async (owners, threshold, signed, amount, token) => {
          const terms = { owners, threshold: 1 + (threshold % Math.min(16, owners.length)) };
          const output = multiSignatureOutput(MULTI_SIGNATURE, terms, { token, amount });
          const spend = spendMultiSignature(ledgerOutput(output, 1n), MULTI_SIGNATURE, terms, [
            { ...output, owner: B, condition: `0x${"00".repeat(32)}` },
          ]);
          const signers = owners.slice(0, signed % 17);
          assert.equal(await asks("multiSignature", output, spend, signers), signers.length >= terms.threshold);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("with a refund address the spend that is built is allowed, one that expires is not", async () => {
    const terms = { threshold: 1, owners: [A] };
    const output = multiSignatureOutput(MULTI_SIGNATURE, terms, { token: ETH, amount: 5n, refundTo: C });
    const to = [{ ...output, owner: B }];
    const spend = spendMultiSignature(ledgerOutput(output, 1n), MULTI_SIGNATURE, terms, to, { validBefore: 9 });
    assert.equal(await asks("multiSignature", output, spend, [A]), true);
    assert.equal(await asks("multiSignature", output, spend, [A], { validBefore: 9 }), false);
    assert.equal(
      await asks("multiSignature", { ...output, owner: ZERO_ADDRESS }, spend, [A], { validBefore: 9 }),
      true,
    );
  });
});

describe("a hash time-lock", () => {
  test("the claim is the receiver's, the refund the sender's", async () => {
    await fc.assert(
      fc.asyncProperty(hashArb, timeArb, amountArb, tokenArb, async (secret, timeout, amount, token) => {
        const terms: HashTimeLock = { hash: hashOfSecret(secret), receiver: B, timeout };
        const output = hashTimeLockOutput(HASH_TIME_LOCK, terms, { sender: A, token, amount });
        const lock = ledgerOutput(output, 1n);
        const claim = claimHashTimeLock(lock, HASH_TIME_LOCK, terms, { secret, fee: 1n });
        assert.equal(await asks("hashTimeLock", output, claim, [B]), true);
        assert.equal(await asks("hashTimeLock", output, claim, [A, C]), false);
        assert.equal(await asks("hashTimeLock", output, claim, [B], { args: hashOfSecret(secret) }), false);
        assert.equal(await asks("hashTimeLock", output, claim, [B], { validBefore: 2 ** 40 - 1 }), false);
        const refund = refundHashTimeLock(lock, HASH_TIME_LOCK, terms, { fee: 1n });
        assert.equal(await asks("hashTimeLock", output, refund, [A]), true);
        assert.equal(await asks("hashTimeLock", output, refund, [B, C]), false);
        assert.equal(await asks("hashTimeLock", output, refund, [A], { validAfter: timeout - 1 }), false);
      }),
      { numRuns: 50 },
    );
  });
});

describe("a payment channel", () => {
  test("both close it with any state, the payer alone is refunded", async () => {
    await fc.assert(
      fc.asyncProperty(timeArb, amountArb, amountArb, tokenArb, async (expiry, amount, seed, token) => {
        const terms = { receiver: B, expiry };
        const output = paymentChannelOutput(PAYMENT_CHANNEL, terms, { payer: A, token, amount });
        const channel = { funds: ledgerOutput(output, 1n), condition: PAYMENT_CHANNEL, terms, fee: 1n };
        const close = closePaymentChannel(channel, 1n + (seed % (amount - 1n)));
        assert.equal(await asks("paymentChannel", output, close, [A, B]), true);
        assert.equal(await asks("paymentChannel", output, close, [A, C]), false);
        assert.equal(await asks("paymentChannel", output, close, [B, C]), false);
        assert.equal(await asks("paymentChannel", output, close, [A, B], { validBefore: 2 ** 40 - 1 }), false);
        const refund = refundPaymentChannel(channel);
        assert.equal(await asks("paymentChannel", output, refund, [A]), true);
        assert.equal(await asks("paymentChannel", output, refund, [B, C]), false);
        assert.equal(await asks("paymentChannel", output, refund, [A], { validAfter: expiry - 1 }), false);
      }),
      { numRuns: 50 },
    );
  });
});

describe("a limit order", () => {
  test("the fill that is built pays just enough", async () => {
    const smallArb = fc.bigInt({ min: 1n, max: 1n << 60n });
    await fc.assert(
      fc.asyncProperty(
        smallArb,
        smallArb,
        smallArb,
        timeArb,
        fc.nat(),
        async (offered, wanted, minimum, expiry, seed) => {
          const terms: LimitOrderTerms = { wantedToken: ETH, offered, wanted, minimum, expiry, inputsBefore: 500n };
          const amount = minimum * 3n + BigInt(seed);
          const output = limitOrderOutput(LIMIT_ORDER, terms, { maker: A, token: TOKEN, amount });
          const order = { held: ledgerOutput(output, 900n), condition: LIMIT_ORDER, terms };
          for (const taken of [minimum, minimum + (BigInt(seed) % minimum), amount]) {
            const payment = [bobsEth(priceOf(terms, taken) + 5n)];
            const fill = fillLimitOrder(order, { filler: B, payment, taken, fee: 1n });
            assert.equal(await asks("limitOrder", output, fill, [B]), true);
            const [paid, ...others] = fill.transaction.outputs as [Output, ...Output[]];
            const less = { outputs: [{ ...paid, amount: paid.amount - 1n }, ...others] };
            if (paid.amount > 1n) assert.equal(await asks("limitOrder", output, fill, [B], less), false);
            assert.equal(await asks("limitOrder", output, fill, [B], { validBefore: expiry + 1 }), false);
            assert.equal(await asks("limitOrder", output, fill, [B], { validBefore: 0 }), false);
          }
          const cancel = cancelLimitOrder(order, { fee: 1n });
          assert.equal(await asks("limitOrder", output, cancel, [A]), true);
          assert.equal(await asks("limitOrder", output, cancel, [B, C]), false);
        },
      ),
      { numRuns: 50 },
    );
  });
});
