/** The service's memory, as it says itself. */
export interface MemoryWatch {
  /** The most bytes since the last time that this was asked. */
  takePeak(): number;
  stop(): void;
}

const SAMPLE_MS = 200;
const PROBES = 200;

/** Asks again and again. */
export function watchMemory(url: string): MemoryWatch {
  let peak = 0;
  const timer = setInterval(async () => {
    const text = await fetch(`${url}/metrics`).then(
      (response) => response.text(),
      () => "",
    );
    peak = Math.max(peak, Number(/^process_resident_memory_bytes (\d+)/m.exec(text)?.[1] ?? 0));
  }, SAMPLE_MS);
  return {
    takePeak() {
      const taken = peak;
      peak = 0;
      return taken;
    },
    stop: () => clearInterval(timer),
  };
}

/** How long an honest peer waits for an answer meanwhile: milliseconds, ascending. */
export async function probe(url: string): Promise<readonly number[]> {
  const latencies: number[] = [];
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "plasma_status" });
  while (latencies.length < PROBES) {
    const sent = performance.now();
    const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
    if (!response.ok) throw new Error(`the service answers ${response.status}: ${await response.text()}`);
    await response.text();
    latencies.push(performance.now() - sent);
  }
  return latencies.sort((a, b) => a - b);
}
