import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Logger } from "./logger.ts";

type Request = readonly [request: IncomingMessage, response: ServerResponse];

export interface RequestTurns {
  readonly listener: RequestListener;
  /** Bytes of answers that their peers have not read. */
  unread(): number;
}

/** Requests that may wait for the answers before them; who sends more ahead is disconnected. */
const MAX_WAITING = 64;

/**
 * Serves one request of a connection at a time: the next when the answer before it has left, so that who asks and does not read has one
 * answer in memory and no work done for more. When unread answers have more than `maxUnreadBytes`, those who have not read for longest are
 * disconnected.
 */
export function createRequestTurns(
  { maxUnreadBytes }: { readonly maxUnreadBytes: number },
  serve: (request: IncomingMessage, response: ServerResponse) => void,
  logger: Logger,
): RequestTurns {
  /** What waits on connections that have a request being served. */
  const waiting = new WeakMap<Socket, Request[]>();
  /** Longest unread first. */
  const unread = new Map<Socket, number>();
  let unreadBytes = 0;

  const disconnect = (reason: string, socket: Socket) => {
    logger.debug("Disconnected a peer", { reason, peer: socket.remoteAddress });
    socket.destroy();
  };

  const forget = (socket: Socket) => {
    unreadBytes -= unread.get(socket) ?? 0;
    unread.delete(socket);
  };

  const remember = (socket: Socket) => {
    const bytes = socket.writableLength;
    if (bytes === 0) return;
    unread.set(socket, bytes);
    unreadBytes += bytes;
    for (const slowest of unread.keys()) {
      if (unreadBytes <= maxUnreadBytes || slowest === socket) return;
      forget(slowest);
      disconnect("its answers are not read", slowest);
    }
  };

  const begin = (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    response.once("prefinish", () => remember(socket));
    response.once("close", () => {
      forget(socket);
      const next = socket.writable ? waiting.get(socket)?.shift() : undefined;
      if (next === undefined) waiting.delete(socket);
      else begin(...next);
    });
    serve(request, response);
  };

  return {
    listener(request, response) {
      const { socket } = request;
      const ahead = waiting.get(socket);
      if (ahead === undefined) {
        waiting.set(socket, []);
        begin(request, response);
      } else if (ahead.length < MAX_WAITING) ahead.push([request, response]);
      else if (!socket.destroyed) disconnect("it sends too many requests ahead", socket);
    },
    unread: () => unreadBytes,
  };
}
