import Table from "cli-table3";

/** Prints what happens as it happens, and the seconds that each step took. */
export interface Reporter {
  step<T>(title: string, run: (progress: (text: string) => void) => Promise<T>): Promise<T>;
  /** Throws where `actual` is not `expected`: a demo whose checks do not hold has failed. */
  check<T extends bigint | number | string | boolean>(what: string, actual: T, expected: T): void;
  readonly checks: () => number;
}

const PROGRESS_INTERVAL_MS = 1_000;

export function createReporter(write: (text: string) => void): Reporter {
  let steps = 0;
  let checks = 0;
  return {
    async step(title, run) {
      steps += 1;
      write(`${String(steps).padStart(2)}  ${title}\n`);
      const started = performance.now();
      let last = started;
      const result = await run((text) => {
        if (performance.now() - last < PROGRESS_INTERVAL_MS) return;
        last = performance.now();
        write(`      ${text}\n`);
      });
      write(`      done in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
      return result;
    },
    check(what, actual, expected) {
      checks += 1;
      if (actual !== expected) throw new Error(`Check failed: ${what}: ${actual}, expected ${expected}`);
      write(`      ✓ ${what}: ${actual}\n`);
    },
    checks: () => checks,
  };
}

/** Rows of a table, the first column as wide as it needs to be. */
export function table(rows: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
}

/** 1234567 as 1,234,567. */
export function grouped(value: bigint | number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 1 });
}

/** The value below which this share of the sorted values lies; 0 without any. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** A table of figures, drawn with lines. */
export function createTable(head: string[]): InstanceType<typeof Table> {
  return new Table({ head, colAligns: head.map(() => "right"), style: { head: [], border: [] } });
}

/** 0.425 as 42.5 %. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
