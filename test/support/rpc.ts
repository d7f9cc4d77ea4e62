/** A refusal of the service, with the code that it carries. */
export class RpcFailure extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export type Rpc = (method: string, ...params: unknown[]) => Promise<never>;

/** Calls the service at `url` over HTTP; the result is the JSON as it came. */
export function rpcTo(url: string): Rpc {
  return async (method, ...params) => {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    const answer = (await response.json()) as { result?: never; error?: { message: string; data: { code: string } } };
    if (answer.error !== undefined) throw new RpcFailure(answer.error.data.code, answer.error.message);
    return answer.result as never;
  };
}

/** Asks until the answer is as wanted; fails after `seconds`. */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
  wanted: (answer: T) => boolean,
  seconds = 30,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`${what} did not happen in ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
