import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Address } from "viem";
import type { Coin } from "../../../client/coinSelection.ts";
import { ClientError } from "../../../client/errors.ts";
import { buildMerge, buildPayment, type FeePolicy, feeIn, type Payment } from "../../../client/payment.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { encodeBody } from "../../../protocol/transaction.ts";
import { rejectsWithCode } from "../../support/failureCode.ts";

const ETH: Address = `0x${"00".repeat(20)}`;
const DEV: Address = `0x${"0d".repeat(20)}`;
const OWNER: Address = `0x${"0a".repeat(20)}`;
const BOB: Address = `0x${"0b".repeat(20)}`;

let serial = 0n;
const coin = (token: Address, amount: bigint): Coin => {
  serial += 1n;
  return { position: serial, outputId: `0x${serial.toString(16).padStart(64, "0")}`, token, amount };
};

const pay = (token: Address, amount: bigint): Payment => ({ to: BOB, token, amount });
const fee = (token: Address, amount: bigint, mergeFree = false): FeePolicy[number] => ({ token, amount, mergeFree });

const build = (coins: readonly Coin[], payments: readonly Payment[], fees: FeePolicy = [], feeToken?: Address) =>
  buildPayment({ owner: OWNER, payments, coins, fees, feeToken });

/** What inputs exceed outputs by, per token: the fee that the operator sees. */
function surplus(coins: readonly Coin[], { inputs, outputs }: ReturnType<typeof buildPayment>["transaction"]) {
  const sums = new Map<Address, bigint>();
  const add = (token: Address, amount: bigint) => sums.set(token, (sums.get(token) ?? 0n) + amount);
  for (const { outputId } of inputs) {
    const spent = coins.find((candidate) => candidate.outputId === outputId);
    assert.ok(spent);
    add(spent.token, spent.amount);
  }
  for (const { token, amount } of outputs) add(token, -amount);
  return sums;
}

describe("payment", () => {
  test("gives the change back to the owner", () => {
    const { transaction } = build([coin(ETH, 10n)], [pay(ETH, 7n)]);
    assert.deepEqual(
      transaction.outputs.map(({ owner, amount }) => [owner, amount]),
      [
        [BOB, 7n],
        [OWNER, 3n],
      ],
    );
  });

  test("makes no output for no change", () => {
    assert.equal(build([coin(ETH, 7n)], [pay(ETH, 7n)]).transaction.outputs.length, 1);
  });

  test("pays a fee in another token from that token's own coins, with change in both", () => {
    const coins = [coin(ETH, 10n), coin(DEV, 10n)];
    const { transaction, fee: paid } = build(coins, [pay(DEV, 4n)], [fee(ETH, 2n)]);
    assert.deepEqual(paid, fee(ETH, 2n));
    assert.equal(transaction.inputs.length, 2);
    assert.deepEqual(
      surplus(coins, transaction),
      new Map([
        [DEV, 0n],
        [ETH, 2n],
      ]),
    );
  });

  test("prefers a fee in a token that is paid anyway, and one that the coins cover", () => {
    const fees = [fee(ETH, 1n), fee(DEV, 1n)];
    assert.equal(build([coin(ETH, 9n), coin(DEV, 9n)], [pay(DEV, 4n)], fees).fee?.token, DEV);
    assert.equal(build([coin(ETH, 9n), coin(DEV, 4n)], [pay(DEV, 4n)], fees).fee?.token, ETH);
  });

  test("pays the fee in the token that was asked for, if the operator takes it", async () => {
    const coins = [coin(ETH, 9n), coin(DEV, 9n)];
    const fees = [fee(ETH, 1n), fee(DEV, 1n)];
    assert.equal(build(coins, [pay(DEV, 4n)], fees, ETH).fee?.token, ETH);
    await rejectsWithCode("FEE_TOKEN_REFUSED", () => build(coins, [pay(DEV, 4n)], fees, BOB));
  });

  test("refuses what no transaction can hold", async () => {
    const rich = [coin(ETH, 2n ** 128n - 1n), coin(ETH, 2n ** 128n - 1n)];
    await rejectsWithCode("PAYMENTS_EMPTY", () => build(rich, []));
    await rejectsWithCode("AMOUNT_OUT_OF_RANGE", () => build(rich, [pay(ETH, 0n)]));
    await rejectsWithCode("AMOUNT_OUT_OF_RANGE", () => build(rich, [pay(ETH, 2n ** 128n)]));
    await rejectsWithCode("TOO_MANY_OUTPUTS", () => build(rich, Array<Payment>(9).fill(pay(ETH, 1n))));
    await rejectsWithCode("FUNDS_LOW", () => build([coin(ETH, 5n)], [pay(ETH, 5n)], [fee(ETH, 1n)]));
  });

  test("conserves money in every token, keeps the limits, pays exactly the fee, and encodes", () => {
    const token = fc.constantFrom(ETH, DEV);
    const amount = fc.bigInt({ min: 1n, max: 1_000n });
    const request = fc.record({
      coins: fc.array(fc.tuple(token, amount), { minLength: 1, maxLength: 14 }),
      payments: fc.array(fc.tuple(token, amount), { minLength: 1, maxLength: 9 }),
      fees: fc.array(fc.tuple(token, amount), { maxLength: 2 }),
    });
    fc.assert(
      fc.property(request, (given) => {
        const coins = given.coins.map(([of, value]) => coin(of, value));
        const payments = given.payments.map(([of, value]) => pay(of, value));
        const fees = given.fees.map(([of, value]) => fee(of, value));
        try {
          const { transaction, fee: paid } = build(coins, payments, fees);
          assert.ok(transaction.inputs.length <= LIMITS.maxInputs);
          assert.ok(transaction.outputs.length <= LIMITS.maxOutputs);
          for (const [of, rest] of surplus(coins, transaction)) {
            assert.equal(rest, paid?.token === of ? paid.amount : 0n);
          }
          const received = transaction.outputs.slice(0, payments.length);
          assert.deepEqual(
            received.map(({ owner, token: of, amount: value }) => ({ to: owner, token: of, amount: value })),
            payments,
          );
          encodeBody(transaction);
        } catch (error) {
          assert.ok(error instanceof ClientError, String(error));
          assert.ok(["FUNDS_LOW", "TOO_MANY_INPUTS", "TOO_MANY_OUTPUTS"].includes(error.code), error.code);
        }
      }),
    );
  });
});

describe("merge", () => {
  const merge = (coins: readonly Coin[], fees: FeePolicy, token = ETH) =>
    buildMerge({ owner: OWNER, token, coins, fees });

  test("joins the eight smallest outputs without a fee where that is free", () => {
    const coins = Array.from({ length: 10 }, (_, index) => coin(ETH, BigInt(index + 1)));
    const { transaction, fee: paid } = merge(coins, [fee(ETH, 5n, true)]);
    assert.equal(paid, undefined);
    assert.equal(transaction.inputs.length, 8);
    assert.deepEqual(
      transaction.outputs.map(({ owner, amount }) => [owner, amount]),
      [[OWNER, 36n]],
    );
  });

  test("takes the fee from the merged money", () => {
    const { transaction, fee: paid } = merge([coin(ETH, 4n), coin(ETH, 5n)], [fee(ETH, 3n)]);
    assert.equal(paid?.amount, 3n);
    assert.equal(transaction.outputs[0]?.amount, 6n);
  });

  test("pays the fee with other outputs where the token is not taken as a fee", () => {
    const coins = [coin(DEV, 4n), coin(DEV, 5n), coin(ETH, 10n)];
    const { transaction } = merge(coins, [fee(ETH, 3n, true)], DEV);
    assert.deepEqual(
      surplus(coins, transaction),
      new Map([
        [DEV, 0n],
        [ETH, 3n],
      ]),
    );
    assert.equal(transaction.outputs.length, 2);
  });

  test("refuses to merge less than two outputs, or less than the fee", async () => {
    await rejectsWithCode("MERGE_POINTLESS", () => merge([coin(ETH, 4n), coin(DEV, 4n)], []));
    await rejectsWithCode("FUNDS_LOW", () => merge([coin(ETH, 1n), coin(ETH, 1n)], [fee(ETH, 2n)]));
  });
});

describe("a payment under a condition", () => {
  test("has the condition on its output and none on the change", () => {
    const condition = `0x${"c0".repeat(32)}` as const;
    const { transaction } = build([coin(ETH, 10n)], [{ ...pay(ETH, 7n), condition }]);
    assert.deepEqual(
      transaction.outputs.map((output) => [output.owner, output.amount, output.condition === condition]),
      [
        [BOB, 7n, true],
        [OWNER, 3n, false],
      ],
    );
  });

  test("pays its fee in the token that it spends, or not at all", async () => {
    assert.equal(feeIn([], DEV), 0n);
    assert.equal(feeIn([fee(ETH, 2n), fee(DEV, 3n)], DEV), 3n);
    await rejectsWithCode("FEE_TOKEN_REFUSED", () => feeIn([fee(ETH, 2n)], DEV));
  });
});
