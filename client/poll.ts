import { clientError } from "./errors.ts";

export interface WaitOptions {
  readonly timeoutMs: number;
}

const POLL_MS = 150;

/** Asks again and again until the answer is `done`. Throws WAIT_TIMEOUT with `unfinished`, and whatever `ask` throws. */
export async function poll<T>(
  ask: () => Promise<T>,
  done: (answer: T) => boolean,
  unfinished: string,
  { timeoutMs }: WaitOptions,
): Promise<T> {
  const deadline = AbortSignal.timeout(timeoutMs);
  for (;;) {
    const answer = await ask();
    if (done(answer)) return answer;
    if (deadline.aborted) throw clientError("WAIT_TIMEOUT", `${unfinished} after ${timeoutMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
