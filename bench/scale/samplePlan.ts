/** Which past payments leave an output whose key is known, and for which measurement. */
export interface SamplePlan {
  /** The measurement that spends an output of the `count`-th payment (from 1), if any. */
  next(count: number): number | undefined;
}

/**
 * Every measurement, made when there are so many payments, gets `samples` outputs that are spread evenly over all payments before it.
 * Throws RangeError where the payments before the first do not leave that many.
 */
export function createSamplePlan(paymentsBefore: readonly number[], samples: number): SamplePlan {
  // Only a payment that splits an output has one to spare, which is nearly every second one beside other measurements.
  if (samples * 4 > Math.min(...paymentsBefore)) {
    throw new RangeError(`${samples} samples need at least ${samples * 4} payments before the first measurement`);
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
