import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";
import type { Hex } from "viem";

/** How payments are sent as JSON-RPC, from this process. */
export interface JsonLoad {
  readonly perCall: number;
  /** Calls that wait for their answer at the same time, each on a connection of its own. */
  readonly callsAtOnce: number;
}

export interface JsonLoadResult {
  readonly seconds: number;
  /** Milliseconds from a call to its answer, ascending. */
  readonly latencies: readonly number[];
}

/** Sends signed payments as fast as they are acknowledged; throws where one is refused. */
export async function sendPayments(
  url: string,
  raws: readonly Hex[],
  { perCall, callsAtOnce }: JsonLoad,
  progress: (text: string) => void,
): Promise<JsonLoadResult> {
  const { bodies, call, close } = createCaller(url, raws, { perCall, callsAtOnce });
  const latencies: number[] = [];
  const started = performance.now();
  let next = 0;
  const send = async () => {
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
      const sent = performance.now();
      requireReceipts(await call(body));
      latencies.push(performance.now() - sent);
      progress(`${latencies.length * perCall} acknowledged`);
    }
  };
  await Promise.all(Array.from({ length: callsAtOnce }, send));
  const seconds = (performance.now() - started) / 1000;
  close();
  return { seconds, latencies: latencies.sort((a, b) => a - b) };
}

/** The calls that send these payments, and what sends them. */
export interface Caller {
  readonly bodies: readonly string[];
  /** Gives the document that was answered. */
  call(body: string): Promise<unknown>;
  close(): void;
}

export function createCaller(url: string, raws: readonly Hex[], { perCall, callsAtOnce }: JsonLoad): Caller {
  const agent = new Agent({ keepAlive: true, maxSockets: callsAtOnce });
  return {
    bodies: callsOf(raws, perCall),
    call: (body) => post(url, agent, body),
    close: () => agent.destroy(),
  };
}

function callsOf(raws: readonly Hex[], perCall: number): string[] {
  const bodies: string[] = [];
  for (let from = 0; from < raws.length; from += perCall) {
    const method = perCall === 1 ? "plasma_sendTransaction" : "plasma_sendTransactions";
    const params = perCall === 1 ? [raws[from]] : [raws.slice(from, from + perCall)];
    bodies.push(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }));
  }
  return bodies;
}

async function post(url: string, agent: Agent, body: string): Promise<unknown> {
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const call = request(url, { method: "POST", agent, headers }, (response) => {
      text(response).then((answer) => resolve(JSON.parse(answer)), reject);
    });
    call.on("error", reject).end(body);
  });
}

function requireReceipts(answer: unknown): void {
  const { result } = answer as { result?: unknown };
  const receipts = Array.isArray(result) ? result : [result];
  const refused = receipts.find((receipt) => typeof receipt?.txId !== "string");
  if (result === undefined || refused !== undefined) {
    throw new Error(`a payment was refused: ${JSON.stringify(refused ?? answer)}`);
  }
}

/** Milliseconds after which a call is to come again; undefined when it was taken. Throws where it was refused for another reason. */
export function retryTimeOf(answer: unknown): number | undefined {
  if ("result" in (answer as object)) return undefined;
  const { code, retryAfterMs } = (answer as { error: { data: { code: string; retryAfterMs: number } } }).error.data;
  if (code !== "OVERLOADED") throw new Error(`refused with ${code}`);
  return retryAfterMs;
}
