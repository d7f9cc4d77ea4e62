import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import type { Hex } from "viem";
import { encodeBlock } from "../../protocol/block.ts";
import { fromHex } from "../../protocol/bytes.ts";
import { DOWNLOAD_PATH } from "../../protocol/download.ts";

const DOWNLOAD = new RegExp(`^${DOWNLOAD_PATH}/(\\d+)\\?from=(\\d+)$`);

export interface JsonRpcCall {
  readonly method: string;
  readonly params: readonly unknown[];
}

/** What is sent back besides `jsonrpc` and `id`. */
export interface JsonRpcAnswer {
  readonly result?: unknown;
  readonly error?: unknown;
}

type Answerer = (call: JsonRpcCall) => Promise<JsonRpcAnswer | undefined>;

export interface JsonRpcServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/**
 * A service on a free port of this machine that answers every call as told; `undefined` drops call and connection. It shows blocks in
 * binary, too, as it answers for their transactions.
 */
export async function startJsonRpcServer(answer: Answerer): Promise<JsonRpcServer> {
  const server = createServer(async (request, response) => {
    const [, number, from] = DOWNLOAD.exec(request.url ?? "") ?? [];
    if (number !== undefined) {
      const entries = await entriesOf(BigInt(number), answer);
      if (entries === undefined) return void request.socket.destroy();
      return void response.writeHead(200).end(encodeBlock(entries.slice(Number(from))));
    }
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

/** The entries of a block as they are told page by page; undefined where they are not told. */
async function entriesOf(number: bigint, answer: Answerer): Promise<Uint8Array[] | undefined> {
  const entries: Uint8Array[] = [];
  let cursor: string | undefined;
  do {
    const query = { number: `0x${number.toString(16)}`, ...(cursor !== undefined && { cursor }) };
    const answered = await answer({ method: "plasma_getBlockTransactions", params: [query] });
    if (answered?.result === undefined) return undefined;
    const page = answered.result as { readonly entries: readonly Hex[]; readonly cursor?: string };
    entries.push(...page.entries.map((raw) => fromHex(raw)));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return entries;
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
