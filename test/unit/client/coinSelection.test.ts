import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Address } from "viem";
import { type Coin, selectCoins } from "../../../client/coinSelection.ts";
import { ClientError } from "../../../client/errors.ts";
import { PLAIN } from "../../../protocol/output.ts";
import { rejectsWithCode } from "../../support/failureCode.ts";

const TOKENS: readonly Address[] = [`0x${"00".repeat(20)}`, `0x${"0d".repeat(20)}`];
const [ETH = "0x", DEV = "0x"] = TOKENS;

const coins = (token: Address, ...amounts: bigint[]): Coin[] =>
  amounts.map((amount, index) => ({ position: BigInt(index), outputId: `0x${index}`, token, amount }));

const amountsOf = (chosen: readonly Coin[]) => chosen.map(({ amount }) => amount);
const target = (token: Address, amount: bigint) => new Map([[token, amount]]);

describe("coin selection", () => {
  const cases: [name: string, available: bigint[], wanted: bigint, chosen: bigint[]][] = [
    ["an exact coin", [5n, 7n, 9n], 7n, [7n]],
    ["one coin rather than two", [5n, 7n, 20n], 12n, [20n]],
    ["the smallest single coin that covers it", [50n, 8n, 20n, 9n], 8n, [8n]],
    ["the least change among the fewest coins", [10n, 10n, 3n, 4n], 13n, [10n, 3n]],
    ["everything where everything is needed", [1n, 2n, 3n], 6n, [3n, 2n, 1n]],
  ];
  for (const [name, available, wanted, chosen] of cases) {
    test(`takes ${name}`, () =>
      assert.deepEqual(amountsOf(selectCoins(coins(ETH, ...available), target(ETH, wanted))), chosen));
  }

  test("leaves other tokens alone", () => {
    const chosen = selectCoins([...coins(ETH, 100n), ...coins(DEV, 1n, 2n)], target(DEV, 2n));
    assert.deepEqual(chosen, coins(DEV, 1n, 2n).slice(1));
  });

  test("leaves conditional coins alone", async () => {
    const [conditional, plain] = coins(ETH, 9n, 5n);
    assert.ok(conditional && plain);
    const owned = [
      { ...conditional, condition: `0x${"0c".repeat(32)}` as const },
      { ...plain, condition: PLAIN },
    ];
    assert.deepEqual(amountsOf(selectCoins(owned, target(ETH, 5n))), [5n]);
    await rejectsWithCode("FUNDS_LOW", () => selectCoins(owned, target(ETH, 6n)));
  });

  test("of equal coins takes the older one", () => {
    const [older, newer] = coins(ETH, 5n, 5n);
    assert.ok(older && newer);
    assert.deepEqual(selectCoins([newer, older], target(ETH, 10n)), [older, newer]);
  });

  test("refuses what is not there, and what needs more than eight inputs", async () => {
    await rejectsWithCode("FUNDS_LOW", () => selectCoins(coins(ETH, 5n), target(ETH, 6n)));
    await rejectsWithCode("FUNDS_LOW", () => selectCoins([], target(ETH, 1n)));
    const nine = coins(ETH, ...Array<bigint>(9).fill(1n));
    await rejectsWithCode("TOO_MANY_INPUTS", () => selectCoins(nine, target(ETH, 9n)));
    const both = [...coins(ETH, 1n, 1n, 1n, 1n, 1n), ...coins(DEV, 1n, 1n, 1n, 1n)];
    await rejectsWithCode("TOO_MANY_INPUTS", () =>
      selectCoins(both, new Map([...target(ETH, 5n), ...target(DEV, 4n)])),
    );
  });

  test("covers every target with the fewest coins, each once, or says that it cannot", () => {
    const amount = fc.bigInt({ min: 1n, max: 60n });
    fc.assert(
      fc.property(fc.array(amount, { maxLength: 12 }), amount, (available, wanted) => {
        const owned = coins(ETH, ...available);
        const fewest = fewestCovering(available, wanted);
        try {
          const chosen = selectCoins(owned, target(ETH, wanted));
          assert.equal(new Set(chosen).size, chosen.length);
          assert.ok(chosen.every((coin) => owned.includes(coin)));
          const sum = chosen.reduce((total, coin) => total + coin.amount, 0n);
          assert.ok(sum >= wanted);
          assert.equal(chosen.length, fewest);
        } catch (error) {
          assert.ok(error instanceof ClientError);
          assert.equal(error.code, fewest === undefined ? "FUNDS_LOW" : "TOO_MANY_INPUTS");
          if (fewest !== undefined) assert.ok(fewest > 8);
        }
      }),
    );
  });
});

/** The least number of amounts that reaches `wanted`, by trying every subset. */
function fewestCovering(amounts: readonly bigint[], wanted: bigint): number | undefined {
  let fewest: number | undefined;
  for (let subset = 1; subset < 2 ** amounts.length; subset++) {
    const members = amounts.filter((_, index) => subset & (1 << index));
    const covers = members.reduce((sum, amount) => sum + amount, 0n) >= wanted;
    if (covers && members.length < (fewest ?? Number.POSITIVE_INFINITY)) fewest = members.length;
  }
  return fewest;
}
