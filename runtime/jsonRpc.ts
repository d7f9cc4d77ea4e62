import * as z from "zod";
import type { API_METHODS, ApiErrorCode, MethodDefinition } from "../protocol/api.ts";
import { ApiError, toRpcError } from "./apiError.ts";
import type { Logger } from "./logger.ts";
import { type Metrics, SECONDS } from "./metrics.ts";

/** The other end of a connection that stays open, for notifications. */
export interface RpcChannel {
  notify(method: string, params: unknown): void;
  onClose(listener: () => void): void;
}

/** Who asks. */
export interface RpcPeer {
  /** Counts `calls` against the peer's rate; false when it may not make them now. */
  take(calls: number): boolean;
  /** Counts work that was done for the peer, as so many calls, though it may not have them: then it waits longer. */
  charge(calls: number): void;
  /** Absent over plain HTTP. */
  readonly channel?: RpcChannel;
}

/** Answers one call. */
export type RpcMethod = (params: unknown, peer: RpcPeer) => unknown;

/** One function per method, over the program's own values. */
export type MethodHandlers<D extends Readonly<Record<string, MethodDefinition>>> = {
  readonly [M in keyof D]: (
    params: z.output<D[M]["params"]>,
    peer: RpcPeer,
  ) => z.output<D[M]["result"]> | Promise<z.output<D[M]["result"]>>;
};

/** One function per method of the API that all services share. */
export type ApiHandlers = MethodHandlers<typeof API_METHODS>;

/** Answers a JSON document; undefined when it asks for no answer (notifications). */
export type RpcDispatcher = (body: string, peer: RpcPeer) => Promise<string | undefined>;

/** The methods of the API over JSON: parameters are decoded and results encoded by the schemas of the protocol. */
export function apiMethods<D extends Readonly<Record<string, MethodDefinition>>>(
  definitions: D,
  handlers: MethodHandlers<D>,
): Map<string, RpcMethod> {
  const methods = new Map<string, RpcMethod>();
  for (const [name, { params, result }] of Object.entries(definitions)) {
    const handler = handlers[name] as RpcMethod;
    methods.set(name, async (given, peer) => {
      const parsed = params.safeParse(given);
      if (!parsed.success) throw new ApiError("INVALID_PARAMS", `${name}: ${z.prettifyError(parsed.error)}`);
      return z.encode(result, (await handler(parsed.data, peer)) as never);
    });
  }
  return methods;
}

interface Request {
  readonly id: string | number | null | undefined;
  readonly method: string;
  readonly params: unknown;
}

/** Bytes of the answers in one batch after which the rest of its calls is refused. */
const MAX_BATCH_ANSWER = 32 * 2 ** 20;

/**
 * JSON-RPC 2.0: single calls, notifications and batches of at most `maxBatch`, whose calls are answered one after the
 * other. Every failure becomes an error object.
 */
export function createRpcDispatcher(
  methods: ReadonlyMap<string, RpcMethod>,
  options: { readonly maxBatch: number },
  modules: { readonly logger: Logger; readonly metrics: Metrics },
): RpcDispatcher {
  const { logger, metrics } = modules;
  const seconds = metrics.histogram("plasma_rpc_request_seconds", "Time to answer one call", SECONDS);
  const errors = metrics.counter("plasma_rpc_errors_total", "Calls answered with an error", ["code"]);

  const failure = (id: Request["id"], error: unknown) => {
    const rpcError = toRpcError(error);
    errors.inc({ code: rpcError.data.code });
    if (rpcError.data.code === "INTERNAL_ERROR") logger.error("A call failed", { error });
    return JSON.stringify({ jsonrpc: "2.0", id: id ?? null, error: rpcError });
  };

  /** The answer as JSON; undefined to a notification. */
  const answer = async (document: unknown, peer: RpcPeer, room = true): Promise<string | undefined> => {
    let request: Request | undefined;
    const started = performance.now();
    try {
      request = toRequest(document);
      const method = methods.get(request.method);
      if (method === undefined) {
        throw new ApiError("METHOD_NOT_FOUND", `There is no method ${request.method}: rpc.discover lists them`);
      }
      if (!room) throw new ApiError("RESPONSE_TOO_LARGE", "The answers of this batch are too large: ask in parts");
      const result = await method(request.params ?? [], peer);
      return request.id === undefined ? undefined : JSON.stringify({ jsonrpc: "2.0", id: request.id, result });
    } catch (error) {
      const response = failure(request?.id, error);
      return request !== undefined && request.id === undefined ? undefined : response;
    } finally {
      seconds.observe((performance.now() - started) / 1000);
    }
  };

  const refuse = (code: ApiErrorCode, message: string, details?: Record<string, unknown>) =>
    failure(null, new ApiError(code, message, details));

  return async (body, peer) => {
    let document: unknown;
    try {
      document = JSON.parse(body);
    } catch {
      return refuse("PARSE_ERROR", "The request is not JSON");
    }
    const calls = Array.isArray(document) ? document.length : 1;
    if (calls === 0) return refuse("INVALID_REQUEST", "A batch has at least one request");
    if (calls > options.maxBatch) {
      const message = `A batch has at most ${options.maxBatch} requests, not ${calls}: send it in parts`;
      return refuse("BATCH_TOO_LARGE", message, { maxBatch: options.maxBatch });
    }
    if (!peer.take(calls)) return refuse("RATE_LIMITED", "Too many requests: send slower, or more transactions in one");
    if (!Array.isArray(document)) return answer(document, peer);
    const responses: string[] = [];
    let size = 0;
    for (const request of document) {
      const response = await answer(request, peer, size < MAX_BATCH_ANSWER);
      if (response === undefined) continue;
      responses.push(response);
      size += response.length;
    }
    return responses.length === 0 ? undefined : `[${responses.join(",")}]`;
  };
}

function toRequest(document: unknown): Request {
  const request = document as Partial<Record<"jsonrpc" | "id" | "method" | "params", unknown>> | null;
  const valid =
    typeof request === "object" &&
    request !== null &&
    request.jsonrpc === "2.0" &&
    typeof request.method === "string" &&
    (request.id === undefined || request.id === null || ["string", "number"].includes(typeof request.id));
  if (!valid) throw new ApiError("INVALID_REQUEST", "A request has jsonrpc 2.0, a method and an id");
  return { id: request.id as Request["id"], method: request.method as string, params: request.params };
}
