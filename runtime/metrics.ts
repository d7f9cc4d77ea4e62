import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** The metrics of one service. Names read `plasma_<area>_<what>_<unit|total>`. */
export interface Metrics {
  counter<L extends string = never>(name: string, help: string, labels?: readonly L[]): Counter<L>;
  /** `read`, when given, is asked at every scrape, so that the value is never stale. */
  gauge<L extends string = never>(name: string, help: string, read?: () => number, labels?: readonly L[]): Gauge<L>;
  histogram(name: string, help: string, buckets: readonly number[]): Histogram;
  /** Everything in Prometheus' text format. */
  render(): Promise<string>;
  readonly contentType: string;
}

/** Buckets for durations in seconds, from 0.1 ms to 10 s. */
export const SECONDS: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** A registry of its own, together with the process' usual figures (CPU, memory, event loop). */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  return {
    counter: (name, help, labels = []) => new Counter({ name, help, labelNames: labels, registers }),
    gauge: (name, help, read, labels = []) =>
      new Gauge({
        name,
        help,
        labelNames: labels,
        registers,
        ...(read && {
          collect(this: Gauge) {
            this.set(read());
          },
        }),
      }),
    histogram: (name, help, buckets) => new Histogram({ name, help, buckets: [...buckets], registers }),
    render: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
