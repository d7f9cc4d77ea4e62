const DIGITS = 2 ** 11;

/**
 * The indexes of whole numbers below 2^53 in ascending order of the numbers; equal ones stay in their order. A radix sort: several times
 * as quick as one that compares, where there are many.
 */
export function sortedOrder(numbers: readonly number[]): Uint32Array {
  let order = new Uint32Array(numbers.length).map((_, index) => index);
  let sorted = new Uint32Array(numbers.length);
  for (let unit = 1; unit < Number.MAX_SAFE_INTEGER; unit *= DIGITS) {
    const digitOf = (index: number) => Math.floor((numbers[index] as number) / unit) % DIGITS;
    const starts = new Uint32Array(DIGITS + 1);
    for (const index of order) starts[digitOf(index) + 1] = (starts[digitOf(index) + 1] as number) + 1;
    for (let digit = 0; digit < DIGITS; digit++) {
      starts[digit + 1] = (starts[digit + 1] as number) + (starts[digit] as number);
    }
    for (const index of order) {
      const digit = digitOf(index);
      const place = starts[digit] as number;
      sorted[place] = index;
      starts[digit] = place + 1;
    }
    [order, sorted] = [sorted, order];
  }
  return order;
}
