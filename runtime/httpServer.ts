import websocket from "@fastify/websocket";
import { type FastifyError, fastify } from "fastify";
import type { WebSocket } from "ws";
import { ApiError, toRpcError } from "./apiError.ts";
import { RuntimeError, systemCodeOf } from "./errors.ts";
import type { RpcChannel, RpcDispatcher, RpcPeer } from "./jsonRpc.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";
import { createRateLimiter, type RateLimits } from "./rateLimiter.ts";

export interface HttpServerOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly maxBodyBytes: number;
  readonly maxConnections: number;
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
  readonly health: () => Health;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: () => number;
}

const REQUEST_TIMEOUT_MS = 60_000;
/** A WebSocket peer that lets this many bytes pile up is disconnected: it can reconnect and read what it missed. */
const MAX_UNREAD_BYTES = 4 * 2 ** 20;
const PING_MS = 30_000;
const GOING_AWAY = 1001;

/**
 * Serves JSON-RPC by POST and by WebSocket at `/`, `/health` and `/metrics`.
 * Throws PORT_IN_USE or LISTEN_FAILED.
 */
export async function startHttpServer(options: HttpServerOptions, modules: Modules): Promise<HttpServer> {
  const { dispatch, logger, metrics } = modules;
  const limiter = createRateLimiter(options.rate, modules.clock);
  const allowanceOf = (address: string): RpcPeer => ({
    take: (calls) => limiter.take(address, calls),
    charge: (calls) => limiter.charge(address, calls),
  });
  const server = fastify({
    bodyLimit: options.maxBodyBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: "idle",
    return503OnClosing: false,
  });
  server.server.maxConnections = options.maxConnections;
  await server.register(websocket, { options: { maxPayload: options.maxBodyBytes } });

  server.removeAllContentTypeParsers();
  server.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => done(null, body));
  server.setErrorHandler((error: FastifyError, _request, reply) => {
    const refusal = toRefusal(error, options);
    if (refusal === undefined) logger.error("HTTP request failed", { error });
    return reply.code(error.statusCode ?? 500).send(errorDocument(refusal ?? error));
  });

  server.post<{ Body: string }>("/", async (request, reply) => {
    const answer = await dispatch(request.body, allowanceOf(request.ip));
    if (answer === undefined) return reply.code(204).send();
    return reply.type("application/json; charset=utf-8").send(answer);
  });

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

  const url = await listen(() => server.listen({ host: options.host, port: options.port }), options);
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

/** What the peer did wrong; undefined when it was not the peer. */
function toRefusal(error: FastifyError, { maxBodyBytes }: HttpServerOptions): ApiError | undefined {
  if (error.statusCode === 413) {
    return new ApiError("BODY_TOO_LARGE", `A request has at most ${maxBodyBytes} bytes`, { maxBodyBytes });
  }
  if (error.statusCode !== undefined && error.statusCode < 500) return new ApiError("INVALID_REQUEST", error.message);
  return undefined;
}
