import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Peers that go on until they are closed. */
export interface Peers {
  /** Those that the service has not disconnected. */
  open(): number;
  close(): void;
}

/** Connections opened at once, so that the backlog of the port is long enough. */
const OPENED_AT_ONCE = 200;
/** Pages of 1,000 entries that a slow reader asks for at once. */
const CALLS_PER_READER = 10;

export async function openSockets(url: string, count: number): Promise<Socket[]> {
  const { hostname, port } = new URL(url);
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const batch = Array.from({ length: Math.min(OPENED_AT_ONCE, count - sockets.length) }, () =>
      connect({ host: hostname, port: Number(port) }),
    );
    for (const socket of batch) socket.on("error", () => socket.destroy());
    await Promise.all(batch.map((socket) => once(socket, "connect")));
    sockets.push(...batch);
  }
  return sockets;
}

const toPeers = (sockets: readonly Socket[]): Peers => ({
  open: () => sockets.filter(({ destroyed, closed }) => !destroyed && !closed).length,
  close() {
    for (const socket of sockets) socket.destroy();
  },
});

/** Connections on which nothing is ever said. */
export async function openIdle(url: string, count: number): Promise<Peers> {
  return toPeers(await openSockets(url, count));
}

/** Peers that ask for the first page of a block, again and again, and never read an answer. */
export async function readSlowly(url: string, count: number, block: bigint): Promise<Peers> {
  const sockets = await openSockets(url, count);
  const { host } = new URL(url);
  const body = JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "plasma_getBlockTransactions",
    params: [{ number: `0x${block.toString(16)}`, limit: 1_000 }],
  });
  const call = `POST / HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  for (const socket of sockets) {
    socket.pause();
    for (let calls = 0; calls < CALLS_PER_READER; calls++) socket.write(call);
  }
  return toPeers(sockets);
}
