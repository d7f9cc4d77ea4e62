import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { WebSocket } from "ws";
import { type HttpServerOptions, startHttpServer } from "../../../runtime/httpServer.ts";
import { createLogger } from "../../../runtime/logger.ts";
import { createMetrics } from "../../../runtime/metrics.ts";

const OPTIONS: HttpServerOptions = {
  host: "127.0.0.1",
  port: 0,
  maxBodyBytes: 1_000,
  maxHeldBytes: 10_000,
  maxConnections: 10,
  rate: { perSecond: 1_000, burst: 1_000 },
};

async function started(test: TestContext, options: Partial<HttpServerOptions>): Promise<URL> {
  const server = await startHttpServer(
    { ...OPTIONS, ...options },
    {
      dispatch: async () => "1",
      download: async () => new Uint8Array(0),
      health: () => ({ status: "ok", reasons: [] }),
      logger: createLogger("silent"),
      metrics: createMetrics(),
      clock: Date.now,
    },
  );
  test.after(() => server.stop());
  return new URL(server.url);
}

/** Asks until the answer is as it should be: what a socket does is seen a little later. */
async function until(ask: () => Promise<Response>, isRight: (answer: Response) => boolean): Promise<Response> {
  for (let asked = 0; asked < 1_000; asked++) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    await answer.arrayBuffer();
  }
  throw new Error("the answer stays what it is");
}

const webSocket = (url: URL, options = {}) => new WebSocket(url.href.replace("http", "ws"), options);

describe("HTTP server", () => {
  it("turns away connections beyond its limit and serves again when one ends", async (test) => {
    const url = await started(test, { maxConnections: 2 });
    const open = () => connect(Number(url.port), url.hostname);
    const first = open();
    const second = open();
    await Promise.all([once(first, "connect"), once(second, "connect")]);
    const third = open();
    await once(third, "close");
    assert.equal(third.bytesRead, 0);
    first.destroy();
    await once(first, "close");
    const health = await fetch(new URL("/health", url));
    assert.equal(health.status, 200);
    second.destroy();
  });

  it("refuses large requests at once while it holds others, takes small ones, and all again when they are answered", async (test) => {
    const url = await started(test, { maxHeldBytes: 1_500 });
    const head = `POST / HTTP/1.1\r\nhost: ${url.host}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n`;
    const slow = connect(Number(url.port), url.hostname);
    await new Promise((resolve) => slow.write(head, resolve));
    const post = (bytes: number) =>
      fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: "1".repeat(bytes) });
    const refused = await until(
      () => post(600),
      ({ status }) => status === 503,
    );
    const { error } = (await refused.json()) as { error: { data: { code: string } } };
    assert.equal(error.data.code, "OVERLOADED");
    assert.equal((await post(100)).status, 200);
    slow.destroy();
    await until(
      () => post(600),
      ({ status }) => status === 200,
    );
  });

  it("asks for the length of a request, and refuses what is too long without holding it", async (test) => {
    const url = await started(test, { maxHeldBytes: 1_000 });
    const headers = { "content-type": "application/json" };
    const chunked = { method: "POST", headers, body: new Blob(["1"]).stream(), duplex: "half" } as const;
    assert.equal((await fetch(url, chunked)).status, 411);
    assert.equal((await fetch(url, { method: "POST", headers, body: "1".repeat(1_001) })).status, 413);
    assert.equal((await fetch(url, { method: "POST", headers, body: "1".repeat(1_000) })).status, 200);
  });

  it("disconnects a WebSocket peer that is gone, and keeps one that answers pings", async (test) => {
    const url = await started(test, { pingMs: 30 });
    const [present, gone] = [webSocket(url), webSocket(url, { autoPong: false })];
    let pings = 0;
    present.on("ping", () => {
      pings += 1;
    });
    const [code] = (await once(gone, "close")) as [number];
    assert.equal(code, 1006);
    while (pings < 4) await once(present, "ping");
    assert.equal(present.readyState, WebSocket.OPEN);
    present.close();
  });

  it("closes a WebSocket whose message is too large", async (test) => {
    const url = await started(test, {});
    const socket = webSocket(url);
    await once(socket, "open");
    socket.send("x".repeat(1_001));
    const [code] = (await once(socket, "close")) as [number];
    assert.equal(code, 1009);
  });
});
