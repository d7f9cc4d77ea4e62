import { createServer } from "node:http";
import { text } from "node:stream/consumers";

export interface JsonRpcCall {
  readonly method: string;
  readonly params: readonly unknown[];
}

/** What is sent back besides `jsonrpc` and `id`. */
export interface JsonRpcAnswer {
  readonly result?: unknown;
  readonly error?: unknown;
}

export interface JsonRpcServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** A service on a free port of this machine that answers every call as told; `undefined` drops call and connection. */
export async function startJsonRpcServer(
  answer: (call: JsonRpcCall) => Promise<JsonRpcAnswer | undefined>,
): Promise<JsonRpcServer> {
  const server = createServer(async (request, response) => {
    const { id, ...call } = JSON.parse(await text(request)) as JsonRpcCall & { readonly id: unknown };
    const answered = await answer(call);
    if (answered === undefined) return void request.socket.destroy();
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ jsonrpc: "2.0", id, ...answered }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new TypeError("the server has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** What another service answers to the same call; undefined where it does not answer. */
export async function forwardCall(url: string, call: JsonRpcCall): Promise<JsonRpcAnswer | undefined> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, ...call });
  try {
    const response = await fetch(url, { method: "POST", headers, body });
    const { jsonrpc, id, ...answer } = (await response.json()) as JsonRpcAnswer & Record<"jsonrpc" | "id", unknown>;
    return answer;
  } catch {
    return undefined;
  }
}
