import { createTable, grouped, percent, quantile } from "../support/report.ts";
import type { Sustained } from "../throughput/loads.ts";
import { plot } from "./plot.ts";

/** What a store of one size costs. */
export interface Measurement {
  /** That past payments left unspent. */
  readonly outputs: number;
  /** In the store when it was measured. */
  readonly payments: number;
  /** How fast the history was written, payments a second. */
  readonly writtenPerSecond: number;
  readonly restartSeconds: number;
  /** With everything committed. */
  readonly diskBytes: number;
  /** Resident, when the service is ready and at most while it was measured. */
  readonly readyBytes: number;
  readonly peakBytes: number;
  /** Milliseconds until a proof is there, ascending. */
  readonly proofs: readonly number[];
  readonly sustained: Sustained;
  /** The same load, just before, on an operator with an empty store. */
  readonly sustainedWhenEmpty: Sustained;
}

/** Two tables: what is paid a second, and what the store costs. */
export function formatMeasurements(measurements: readonly Measurement[]): string {
  const rates = createTable([
    ...["unspent outputs", "payments", "acknowledged / s", "limit", "of the limit", "empty store", "of its rate"],
    ...["p99 ms", "empty store", "µs a payment", "empty store", "by µs"],
  ]);
  const costs = createTable([
    ...["unspent outputs", "payments", "ready in s", "MB when ready", "MB at most", "bytes a payment"],
    ...["proof p50 ms", "p99 ms", "written / s"],
  ]);
  for (const measurement of measurements) {
    const { sustained, sustainedWhenEmpty, readyBytes, peakBytes, proofs } = measurement;
    const size = [grouped(measurement.outputs), grouped(measurement.payments)];
    const both = [sustained, sustainedWhenEmpty];
    rates.push([
      ...size,
      grouped(Math.round(sustained.rate)),
      grouped(Math.round(sustained.limit.rate)),
      ...both.map((load) => percent(shareOfLimit(load))),
      percent(relativeRate(measurement)),
      ...both.map(({ latencies }) => grouped(Math.round(quantile(latencies, 0.99)))),
      ...both.map((load) => cpuOf(load).toFixed(1)),
      percent(cpuOf(sustainedWhenEmpty) / cpuOf(sustained)),
    ]);
    costs.push([
      ...size,
      measurement.restartSeconds.toFixed(2),
      ...[readyBytes, peakBytes].map((bytes) => grouped(Math.round(bytes / 1e6))),
      grouped(Math.round(bytesPerPayment(measurement))),
      ...[0.5, 0.99].map((share) => quantile(proofs, share).toFixed(1)),
      grouped(Math.round(measurement.writtenPerSecond)),
    ]);
  }
  return [
    rates.toString(),
    "p99 of the calls; the last column is the share of the rate that is left when no processor is idle, which other work on the machine disturbs less",
    "From the start of the program until it is ready; resident memory; disk with everything committed; proofs of outputs of all ages, 50 a second",
    costs.toString(),
  ].join("\n");
}

/** The same as an SVG of how everything grows. */
export function plotMeasurements(measurements: readonly Measurement[]): string {
  const pointsOf = (quantity: (measurement: Measurement) => number) =>
    measurements.map((measurement) => [measurement.outputs, quantity(measurement)] as const);
  return plot("How costs grow with the store", [
    {
      title: "Rate, as a share of that with an empty store",
      points: pointsOf(relativeRate),
      goal: { value: 0.8, text: "goal: at least 0.8" },
    },
    { title: "Processor time a payment, µs", points: pointsOf(({ sustained }) => cpuOf(sustained)) },
    {
      title: "Resident memory at most, MB",
      points: pointsOf(({ peakBytes }) => peakBytes / 1e6),
      goal: { value: 1_500, text: "goal: at most 1,500" },
    },
    {
      title: "Restart to ready, seconds",
      points: pointsOf(({ restartSeconds }) => restartSeconds),
      goal: { value: 10, text: "goal: under 10" },
    },
    { title: "Disk, bytes a payment", points: pointsOf(bytesPerPayment) },
    { title: "Proof of any output, p99 ms", points: pointsOf(({ proofs }) => quantile(proofs, 0.99)) },
  ]);
}

const shareOfLimit = ({ rate, limit }: Sustained) => rate / limit.rate;

/** Microseconds a payment, all parts together. */
const cpuOf = ({ cpu }: Sustained) => cpu.reduce((sum, part) => sum + part, 0);

/** Shares of the limits of both moments are compared, because a machine is rarely as fast from one minute to the next. */
const relativeRate = ({ sustained, sustainedWhenEmpty }: Measurement) =>
  shareOfLimit(sustained) / shareOfLimit(sustainedWhenEmpty);

const bytesPerPayment = ({ diskBytes, payments }: Measurement) => diskBytes / payments;
