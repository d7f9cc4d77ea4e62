import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { openSockets } from "./peers.ts";

export interface SentGarbage {
  readonly bytes: number;
  /** How many connections were answered what. */
  readonly answers: string;
}

interface Order {
  readonly url: string;
  readonly bytes: number;
}

const CONNECTIONS = 64;
const BODY_BYTES = 8 * 2 ** 20 - 1;
const PIECE = randomBytes(64 * 1024);

/** Sends so many bytes from a thread of its own, so that others in this process have theirs for themselves. */
export async function sendGarbage(url: string, bytes: number): Promise<SentGarbage> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { url, bytes } satisfies Order });
  const [sent] = (await once(worker, "message")) as [SentGarbage];
  return sent;
}

/** Half of it is no HTTP at all, half are requests as large as may be whose bodies mean nothing. */
async function sendAll(url: string, bytes: number): Promise<SentGarbage> {
  const { host } = new URL(url);
  const answers = new Map<string, number>();
  let sent = 0;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async (_, index) => {
      while (sent < bytes) {
        const [socket] = (await openSockets(url, 1)) as [Socket];
        const answered = answerOf(socket);
        if (index % 2 === 0) {
          socket.write(
            `POST / HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${BODY_BYTES}\r\n\r\n`,
          );
        }
        for (let left = BODY_BYTES; left > 0 && !socket.destroyed; left -= PIECE.length) {
          const piece = PIECE.subarray(0, left);
          sent += piece.length;
          if (!socket.write(piece)) await drained(socket);
        }
        const status = await answered;
        answers.set(status, (answers.get(status) ?? 0) + 1);
        socket.destroy();
      }
    }),
  );
  return { bytes: sent, answers: [...answers].map(([status, count]) => `${count} x ${status}`).join(", ") };
}

/** When more may be written, or never any more. */
function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      socket.off("drain", settle).off("close", settle);
      resolve();
    };
    socket.on("drain", settle).on("close", settle);
  });
}

/** The status of the first answer, or that the connection was ended. */
function answerOf(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.once("data", (data) => resolve(data.toString("latin1").split(" ")[1] ?? "nothing"));
    socket.once("close", () => resolve("disconnected"));
  });
}

if (!isMainThread) {
  const { url, bytes } = workerData as Order;
  parentPort?.postMessage(await sendAll(url, bytes));
}
