import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { ETH_UNIT, formatAmount, parseAmount, type TokenUnit, toBaseUnits } from "../../../cli/amounts.ts";
import { CliError } from "../../../cli/errors.ts";
import { rejectsWithCode } from "../../support/failureCode.ts";

const DEV: TokenUnit = { address: "0x00000000000000000000000000000000000000dd", symbol: "DEV", decimals: 6 };

const findToken = async (name: string): Promise<TokenUnit> => {
  if (name === "DEV" || name === DEV.address) return DEV;
  throw new CliError("TOKEN_UNKNOWN", name);
};

const parse = (text: string) => parseAmount(text, findToken);

describe("amounts", () => {
  const accepted: [text: string, amount: bigint, token: TokenUnit][] = [
    ["1.5 eth", 1_500_000_000_000_000_000n, ETH_UNIT],
    ["1 ETH", 10n ** 18n, ETH_UNIT],
    ["0.000000000000000001 eth", 1n, ETH_UNIT],
    ["5 gwei", 5_000_000_000n, ETH_UNIT],
    ["7 wei", 7n, ETH_UNIT],
    ["7", 7n, ETH_UNIT],
    ["  0.5   DEV ", 500_000n, DEV],
    [`3 ${DEV.address}`, 3_000_000n, DEV],
    ["340282366920938463463374607431768211455", 2n ** 128n - 1n, ETH_UNIT],
  ];
  for (const [text, amount, token] of accepted) {
    test(`reads "${text}"`, async () => assert.deepEqual(await parse(text), { amount, token }));
  }

  const refused: [text: string, code: string][] = [
    ["", "AMOUNT_MALFORMED"],
    ["eth", "AMOUNT_MALFORMED"],
    ["-1 eth", "AMOUNT_MALFORMED"],
    ["1e18", "AMOUNT_MALFORMED"],
    ["0x10", "AMOUNT_MALFORMED"],
    ["1,5 eth", "AMOUNT_MALFORMED"],
    [".5 eth", "AMOUNT_MALFORMED"],
    ["1. eth", "AMOUNT_MALFORMED"],
    ["1 eth extra", "AMOUNT_MALFORMED"],
    ["١ eth", "AMOUNT_MALFORMED"],
    ["0", "AMOUNT_ZERO"],
    ["0.0 eth", "AMOUNT_ZERO"],
    ["340282366920938463463374607431768211456", "AMOUNT_TOO_LARGE"],
    ["340282366920938463464 eth", "AMOUNT_TOO_LARGE"],
    ["0.5", "AMOUNT_MALFORMED"],
    ["0.5 wei", "AMOUNT_TOO_PRECISE"],
    ["0.1 wei", "AMOUNT_TOO_PRECISE"],
    ["0.0000000000000000001 eth", "AMOUNT_TOO_PRECISE"],
    ["0.0000001 DEV", "AMOUNT_TOO_PRECISE"],
    ["1 USDX", "TOKEN_UNKNOWN"],
  ];
  for (const [text, code] of refused) {
    test(`refuses "${text}" with ${code}`, () => rejectsWithCode(code, () => parse(text)));
  }

  test("what is printed reads back as the same amount, for any amount and any decimals", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2n ** 128n - 1n }), fc.integer({ min: 0, max: 40 }), (amount, decimals) => {
        const [digits = ""] = formatAmount(amount, { ...DEV, decimals }).split(" ");
        assert.equal(toBaseUnits(digits, decimals), amount);
      }),
    );
  });

  test("agrees with exact arithmetic on whole and fraction", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 999_999 }), (whole, fraction) => {
        fc.pre(whole + fraction > 0);
        const digits = `${whole}.${String(fraction).padStart(6, "0")}`;
        assert.equal(toBaseUnits(digits, 6), BigInt(whole) * 1_000_000n + BigInt(fraction));
      }),
    );
  });
});
