/** Which past payments leave an output whose key is known, and for which measurement. */
export interface SamplePlan {
  /** The measurement that spends an output of the `count`-th payment (from 1), if any. */
  next(count: number): number | undefined;
}

/** Of all payments that may leave one: only those that split an output can, and the chain has to grow meanwhile. */
const MAX_SHARE = 0.4;

/**
 * Every measurement, made when there are so many payments, gets `samples` outputs that are spread evenly over all payments before it.
 * Throws RangeError where the payments before the first do not leave that many.
 */
export function createSamplePlan(paymentsBefore: readonly number[], samples: number): SamplePlan {
  const share = paymentsBefore.reduce((sum, payments) => sum + samples / payments, 0);
  if (share > MAX_SHARE) {
    throw new RangeError(`${samples} samples are too many for the first ${paymentsBefore[0]} payments`);
  }
  const given = paymentsBefore.map(() => 0);
  return {
    next(count) {
      const measurement = paymentsBefore.findIndex(
        (payments, index) => count <= payments && (given[index] as number) < Math.ceil((count / payments) * samples),
      );
      if (measurement < 0) return undefined;
      given[measurement] = (given[measurement] as number) + 1;
      return measurement;
    },
  };
}
