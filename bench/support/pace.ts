/**
 * Waits until the call of this index is due, at so many calls a second since `started`, and gives that time. Whoever counts an answer's
 * latency from it sees a service that falls behind: the calls that wait for their turn to be sent are not forgotten.
 */
export async function dueTime(started: number, index: number, callsPerSecond: number): Promise<number> {
  const due = started + (index * 1_000) / callsPerSecond;
  const early = due - performance.now();
  if (early > 0) await new Promise((resolve) => setTimeout(resolve, Math.ceil(early)));
  return due;
}
