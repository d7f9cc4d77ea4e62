import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createWalletClient, http } from "viem";
import { toAccount } from "viem/accounts";
import type { Client } from "../../../client/client.ts";
import type { Coin } from "../../../client/coinSelection.ts";
import { buildFill } from "../../../client/limitOrders.ts";
import { type LimitOrder, limitOrderOutput } from "../../../protocol/conditions/limitOrder.ts";
import { ETH } from "../../../protocol/output.ts";
import { rejectsWithCode } from "../../support/failureCode.ts";
import { alice, bob, LIMIT_ORDER, ledgerOutput, TOKEN } from "../../support/shippedConditions.ts";

const terms = { wantedToken: ETH, offered: 100n, wanted: 50n, minimum: 10n, expiry: 2_000, inputsBefore: 1_000n };
const output = limitOrderOutput(LIMIT_ORDER, terms, { maker: alice.address, token: TOKEN, amount: 100n });
const order: LimitOrder = { held: ledgerOutput(output, 9n), condition: LIMIT_ORDER, terms };
const wallet = createWalletClient({ account: toAccount(bob.address), transport: http("http://127.0.0.1:9") });
const client = { wallet } as unknown as Client;

const coin = (position: bigint, amount: bigint): Coin => ({
  position,
  outputId: `0x${position.toString(16).padStart(64, "0")}`,
  token: ETH,
  amount,
});
const fill = (coins: readonly Coin[], taken?: bigint, now = 1_000, validBefore = 5_000) =>
  buildFill(client, order, { taken, coins, fees: [], now, validBefore });

describe("fill of an order", () => {
  test("takes all by default, with the fewest coins, and ends with the order at the latest", () => {
    const { transaction } = fill([coin(1n, 20n), coin(2n, 60n)]);
    assert.deepEqual(
      transaction.inputs.map(({ position }) => position),
      [9n, 2n],
    );
    assert.deepEqual(
      transaction.outputs.map(({ owner, amount }) => [owner, amount]),
      [
        [alice.address, 50n],
        [bob.address, 100n],
        [bob.address, 10n],
      ],
    );
    assert.equal(transaction.validBefore, terms.expiry);
  });

  test("pays with nothing that is too young for the order", async () => {
    assert.equal(fill([coin(1_000n, 5n), coin(999n, 5n)], 10n).transaction.inputs[1]?.position, 999n);
    await rejectsWithCode("FUNDS_LOW", () => fill([coin(1_000n, 50n)]));
  });

  test("is not made once the order has ended, nor below its minimum", async () => {
    await rejectsWithCode("ORDER_EXPIRED", () => fill([coin(1n, 60n)], undefined, 2_000));
    await rejectsWithCode("ORDER_FILL_INVALID", () => fill([coin(1n, 60n)], 9n));
    await rejectsWithCode("ORDER_FILL_INVALID", () => fill([coin(1n, 60n)], 91n));
  });
});
