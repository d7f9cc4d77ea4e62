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
  maxConnections: 10,
  rate: { perSecond: 1_000, burst: 1_000 },
};

async function started(test: TestContext, options: Partial<HttpServerOptions>): Promise<URL> {
  const server = await startHttpServer(
    { ...OPTIONS, ...options },
    {
      dispatch: async () => "1",
      health: () => ({ status: "ok", reasons: [] }),
      logger: createLogger("silent"),
      metrics: createMetrics(),
      clock: Date.now,
    },
  );
  test.after(() => server.stop());
  return new URL(server.url);
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
