import { once } from "node:events";
import { connect } from "node:net";

export interface RawConnection {
  /** Sends a request and resolves to the body of the answer, a character a byte. One at a time. */
  send(request: Buffer): Promise<string>;
  close(): void;
}

const HEADERS_END = "\r\n\r\n";

/** A POST as it goes over the wire. */
export function encodeRequest({ host, pathname }: URL, type: string, body: Uint8Array | string): Buffer {
  const content = Buffer.from(body);
  const head = `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: ${type}\r\ncontent-length: ${content.length}`;
  return Buffer.concat([Buffer.from(`${head}${HEADERS_END}`), content]);
}

/**
 * One HTTP/1.1 connection with nothing around it, because the sender shares the processors with the service that is measured, and
 * Node's own client costs more than the service. It reads what this service answers: a status line, a content-length, a body.
 */
export async function openRawConnection({ hostname, port }: URL): Promise<RawConnection> {
  const socket = connect(Number(port), hostname);
  socket.setNoDelay(true);
  socket.setEncoding("latin1");
  await once(socket, "connect");
  let received = "";
  let waiting: PromiseWithResolvers<string> | undefined;

  socket.on("data", (text: string) => {
    received += text;
    const headersEnd = received.indexOf(HEADERS_END);
    if (headersEnd < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(received.slice(0, headersEnd))?.[1]);
    const bodyStart = headersEnd + HEADERS_END.length;
    if (received.length < bodyStart + length) return;
    const body = received.slice(bodyStart, bodyStart + length);
    received = "";
    waiting?.resolve(body);
  });
  socket.on("error", (error) => waiting?.reject(error));
  socket.on("close", () => waiting?.reject(new Error("the service closed the connection")));

  return {
    send(request) {
      waiting = Promise.withResolvers();
      socket.write(request);
      return waiting.promise;
    },
    close: () => void socket.destroy(),
  };
}
