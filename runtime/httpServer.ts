import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import websocket from "@fastify/websocket";
import { type FastifyError, fastify } from "fastify";
import type { WebSocket } from "ws";
import type { ApiErrorCode } from "../protocol/api.ts";
import { DOWNLOAD_PATH, DOWNLOAD_TYPE, parseDownload } from "../protocol/download.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { UPLOAD_PATH, UPLOAD_TYPE } from "../protocol/upload.ts";
import { ApiError, toRpcError } from "./apiError.ts";
import { createBodyBudget } from "./bodyBudget.ts";
import { RuntimeError, systemCodeOf } from "./errors.ts";
import { answerRpc, isRpcCall, type RpcAnswerer, refuse } from "./httpRpc.ts";
import type { RpcChannel, RpcDispatcher, RpcPeer } from "./jsonRpc.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";
import { createRateLimiter, type RateLimits } from "./rateLimiter.ts";
import { createRequestTurns } from "./requestTurns.ts";

export interface HttpServerOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly maxBodyBytes: number;
  /** Of all requests that are not answered yet, together; and as much of answers that are not read. */
  readonly maxHeldBytes: number;
  readonly maxConnections: number;
  /** A connection on which a request or an answer does not move for this long, in milliseconds, is ended. */
  readonly stallMs?: number;
  /** A WebSocket peer is pinged this often, in milliseconds, and disconnected when it did not answer the ping before. */
  readonly pingMs?: number;
  readonly rate: RateLimits;
}

/** Whether the service does its work; `reasons` are stable words. */
export interface Health {
  readonly status: "ok" | "degraded";
  readonly reasons: readonly string[];
}

export interface HttpServer {
  readonly url: string;
  /** Takes no new requests, answers those under way, closes all connections. */
  stop(): Promise<void>;
}

interface Modules {
  readonly dispatch: RpcDispatcher;
  /** Answers a binary upload of transactions; absent where none are taken. */
  readonly upload?: (body: Uint8Array, peer: RpcPeer) => Promise<Uint8Array>;
  /** The entries of a block from an index on, in binary. */
  readonly download: (number: bigint, from: number) => Promise<Uint8Array>;
  readonly health: () => Health;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: () => number;
}

const REQUEST_TIMEOUT_MS = 60_000;
const STALL_MS = 60_000;
const KEEP_ALIVE_MS = 72_000;
/** A WebSocket peer that lets this many bytes pile up is disconnected: it can reconnect and read what it missed. */
const MAX_UNREAD_BYTES = 4 * 2 ** 20;
const PING_MS = 30_000;
const GOING_AWAY = 1001;
/** A WebSocket message holds a call or two; who sends more at once posts it. */
const MAX_MESSAGE_BYTES = 64 * 2 ** 10;

/** Refusals of a whole request that say more than 400 in HTTP's own words. */
const HTTP_STATUS: Partial<Record<ApiErrorCode, number>> = {
  BODY_TOO_LARGE: 413,
  RATE_LIMITED: 429,
  INTERNAL_ERROR: 500,
  OVERLOADED: 503,
  NOT_READY: 503,
  SHUTTING_DOWN: 503,
  STORE_UNAVAILABLE: 503,
};
const RETRY_AFTER_SECONDS = 1;

/**
 * Serves JSON-RPC by POST and by WebSocket at `/`, uploads of transactions at `/transactions`, blocks below `/blocks`, `/health` and
 * `/metrics`.
 * Throws PORT_IN_USE or LISTEN_FAILED.
 */
export async function startHttpServer(options: HttpServerOptions, modules: Modules): Promise<HttpServer> {
  const { dispatch, logger, metrics } = modules;
  const limiter = createRateLimiter(options.rate, modules.clock);
  const allowanceOf = (address: string): RpcPeer => ({
    take: (calls) => limiter.take(address, calls),
    charge: (calls) => limiter.charge(address, calls),
  });
  const answer: RpcAnswerer = (body, peer) => dispatch(body, allowanceOf(peer));
  const bodies = createBodyBudget(options.maxHeldBytes);
  metrics.gauge("plasma_requests_held_bytes", "Bytes of requests that are not answered yet", bodies.held);
  /** Why the body of a request is not read now. */
  const refusalOf = ({ method, headers }: IncomingMessage, response: ServerResponse) => {
    if (method !== "POST") return undefined;
    const length = Number(headers["content-length"] ?? Number.NaN);
    if (!Number.isSafeInteger(length)) {
      return { status: 411, error: new ApiError("INVALID_REQUEST", "A request says its length: content-length") };
    }
    // What is too long is refused without being read.
    if (length > options.maxBodyBytes) return undefined;
    if (!bodies.take(length)) {
      const retry = { retryAfterMs: 1_000 * RETRY_AFTER_SECONDS };
      return { status: 503, error: new ApiError("OVERLOADED", "Too much is being read: send again later", retry) };
    }
    response.once("close", () => bodies.give(length));
    return undefined;
  };
  const server = fastify({
    bodyLimit: options.maxBodyBytes,
    forceCloseConnections: "idle",
    return503OnClosing: false,
    serverFactory: (handler) => {
      const serve = (request: IncomingMessage, response: ServerResponse) => {
        const refusal = refusalOf(request, response);
        if (refusal !== undefined) refuse(request, response, refusal.status, refusal.error);
        else if (isRpcCall(request)) answerRpc(request, response, answer, options);
        else handler(request, response);
      };
      const turns = createRequestTurns({ maxUnreadBytes: options.maxHeldBytes }, serve, logger);
      metrics.gauge("plasma_answers_unread_bytes", "Bytes of answers that are not read yet", turns.unread);
      return createServer({ requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_MS }, turns.listener);
    },
  });
  server.server.maxConnections = options.maxConnections;
  server.server.timeout = options.stallMs ?? STALL_MS;
  await server.register(websocket, { options: { maxPayload: Math.min(MAX_MESSAGE_BYTES, options.maxBodyBytes) } });

  server.removeAllContentTypeParsers();
  server.setErrorHandler((error: Error & Partial<FastifyError>, _request, reply) => {
    const refusal = toRefusal(error, options);
    if (refusal === undefined) logger.error("HTTP request failed", { error });
    const status = HTTP_STATUS[refusal?.code ?? "INTERNAL_ERROR"] ?? error.statusCode ?? 400;
    if (status === 503) reply.header("retry-after", RETRY_AFTER_SECONDS);
    return reply.code(status).send(errorDocument(refusal ?? error));
  });

  const { upload } = modules;
  if (upload !== undefined) {
    await server.register(async (scope) => {
      scope.addContentTypeParser(UPLOAD_TYPE, { parseAs: "buffer" }, (_request, body, done) => done(null, body));
      scope.post<{ Body: Uint8Array | undefined }>(UPLOAD_PATH, async (request, reply) => {
        if (!limiter.take(request.ip, 1)) throw new ApiError("RATE_LIMITED", "Too many requests: send slower");
        return reply.type(UPLOAD_TYPE).send(await upload(request.body ?? new Uint8Array(0), allowanceOf(request.ip)));
      });
    });
  }

  server.get<{ Params: { number: string }; Querystring: { from?: string } }>(
    `${DOWNLOAD_PATH}/:number`,
    async (request, reply) => {
      if (!limiter.take(request.ip, 1)) throw new ApiError("RATE_LIMITED", "Too many requests: send slower");
      const asked = parseDownload(request.params.number, request.query.from ?? "0");
      if (asked === undefined)
        throw new ApiError("INVALID_PARAMS", `Blocks are at ${DOWNLOAD_PATH}/<number>?from=<index>`);
      return reply.type(DOWNLOAD_TYPE).send(await modules.download(asked.number, asked.from));
    },
  );

  metrics.gauge(
    "plasma_websocket_connections_total",
    "Open WebSocket connections",
    () => server.websocketServer.clients.size,
  );
  server.get("/", { websocket: true }, (socket, request) => serveSocket(socket, request.ip));

  const serveSocket = (socket: WebSocket, peer: string) => {
    const send = (text: string) => {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > MAX_UNREAD_BYTES) {
        logger.warn("Disconnected a slow WebSocket reader", { peer });
        return socket.terminate();
      }
      socket.send(text);
    };
    const channel: RpcChannel = {
      notify: (method, params) => send(JSON.stringify({ jsonrpc: "2.0", method, params })),
      onClose: (listener) => void socket.once("close", listener),
    };
    let alive = true;
    const pings = setInterval(() => {
      if (!alive) return socket.terminate();
      alive = false;
      socket.ping();
    }, options.pingMs ?? PING_MS);
    socket.on("pong", () => {
      alive = true;
    });
    socket.once("close", () => clearInterval(pings));
    socket.on("error", (error) => logger.debug("WebSocket failed", { peer, error }));
    socket.on("message", async (data) => {
      const answer = await dispatch(data.toString(), { ...allowanceOf(peer), channel });
      if (answer !== undefined) send(answer);
    });
  };

  server.get("/health", (_request, reply) => {
    const health = modules.health();
    return reply.code(health.status === "ok" ? 200 : 503).send(health);
  });
  server.get("/metrics", async (_request, reply) => reply.type(metrics.contentType).send(await metrics.render()));

  const url = await listen(
    () => server.listen({ host: options.host, port: options.port, backlog: options.maxConnections }),
    options,
  );
  logger.info("Listening", { url });
  return {
    url,
    async stop() {
      for (const socket of server.websocketServer.clients) socket.close(GOING_AWAY);
      await server.close();
    },
  };
}

async function listen(start: () => Promise<string>, { host, port }: HttpServerOptions): Promise<string> {
  try {
    return await start();
  } catch (cause) {
    if (systemCodeOf(cause) === "EADDRINUSE") {
      const message = `Port ${port} is taken: stop the program that listens there or choose another port`;
      throw new RuntimeError("PORT_IN_USE", message, { host, port }, { cause });
    }
    const message = `Cannot listen on ${host}:${port}: check the host and choose a port above 1023`;
    throw new RuntimeError("LISTEN_FAILED", message, { host, port }, { cause });
  }
}

const errorDocument = (error: unknown) => ({ jsonrpc: "2.0", id: null, error: toRpcError(error) });

/** What the peer did wrong, or what the service cannot do for it now; undefined for a fault of the service. */
function toRefusal(
  error: Error & Partial<FastifyError>,
  { maxBodyBytes }: HttpServerOptions,
): ApiError | ProtocolError | undefined {
  if (error instanceof ApiError || error instanceof ProtocolError) return error;
  const { statusCode = 500 } = error;
  if (statusCode === 413) {
    return new ApiError("BODY_TOO_LARGE", `A request has at most ${maxBodyBytes} bytes`, { maxBodyBytes });
  }
  return statusCode < 500 ? new ApiError("INVALID_REQUEST", error.message) : undefined;
}
