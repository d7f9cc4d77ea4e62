import type { IncomingMessage, ServerResponse } from "node:http";
import { ApiError, toRpcError } from "./apiError.ts";

// JSON-RPC by POST, straight on Node's HTTP server: a payment a request is the service's commonest work, and routing, hooks and
// content-type parsers of a framework cost as much as judging the payment. Everything else goes through the framework.

/** Answers the body of a call of a peer; undefined when it asks for no answer. Never rejects. */
export type RpcAnswerer = (body: string, peer: string) => Promise<string | undefined>;

export const isRpcCall = ({ method, url }: IncomingMessage): boolean => method === "POST" && url === "/";

const JSON_TYPE = "application/json";

/** Reads the body, up to its limit, and answers with what `answer` makes of it. A peer that leaves half-way is forgotten. */
export function answerRpc(
  request: IncomingMessage,
  response: ServerResponse,
  answer: RpcAnswerer,
  { maxBodyBytes }: { readonly maxBodyBytes: number },
): void {
  const tooLarge = () =>
    new ApiError("BODY_TOO_LARGE", `A request has at most ${maxBodyBytes} bytes`, { maxBodyBytes });

  const { "content-type": type, "content-length": length } = request.headers;
  if (type === undefined || !type.toLowerCase().startsWith(JSON_TYPE)) {
    refuse(request, response, 415, new ApiError("INVALID_REQUEST", `Calls are sent as ${JSON_TYPE}`));
  } else if (Number(length ?? 0) > maxBodyBytes) {
    refuse(request, response, 413, tooLarge());
  } else {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("error", () => {}); // nobody is left to be told
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBodyBytes) chunks.push(chunk);
      else if (!response.headersSent) refuse(request, response, 413, tooLarge());
    });
    request.on("end", async () => {
      if (size > maxBodyBytes) return;
      const [first = Buffer.alloc(0)] = chunks;
      const body = chunks.length > 1 ? Buffer.concat(chunks) : first;
      send(response, 200, await answer(body.toString(), request.socket.remoteAddress ?? ""));
    });
  }
}

/** Answers a request whose body is not read: what follows on its connection is no request. */
export function refuse(request: IncomingMessage, response: ServerResponse, status: number, error: ApiError): void {
  response.shouldKeepAlive = false;
  const { retryAfterMs } = error.details;
  if (typeof retryAfterMs === "number") response.setHeader("retry-after", Math.ceil(retryAfterMs / 1_000));
  send(response, status, JSON.stringify({ jsonrpc: "2.0", id: null, error: toRpcError(error) }));
  request.resume();
}

function send(response: ServerResponse, status: number, body: string | undefined): void {
  if (body === undefined) {
    response.writeHead(204).end();
    return;
  }
  const headers = { "content-type": `${JSON_TYPE}; charset=utf-8`, "content-length": Buffer.byteLength(body) };
  response.writeHead(status, headers).end(body);
}
