import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { sortedOrder } from "../../../runtime/sortedOrder.ts";

describe("sorted order", () => {
  it("is that of the numbers, and where they are equal that in which they came", () => {
    const number = fc.oneof(fc.maxSafeNat(), fc.nat(3), fc.constant(Number.MAX_SAFE_INTEGER));
    fc.assert(
      fc.property(fc.array(number, { maxLength: 200 }), (numbers) => {
        const expected = numbers.map((value, index) => ({ value, index })).sort((a, b) => a.value - b.value);
        assert.deepEqual(
          [...sortedOrder(numbers)],
          expected.map(({ index }) => index),
        );
      }),
    );
  });
});
