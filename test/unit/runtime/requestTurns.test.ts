import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { setTimeout } from "node:timers/promises";
import { type HttpServerOptions, startHttpServer } from "../../../runtime/httpServer.ts";
import { createLogger } from "../../../runtime/logger.ts";
import { createMetrics } from "../../../runtime/metrics.ts";

const OPTIONS: HttpServerOptions = {
  host: "127.0.0.1",
  port: 0,
  maxBodyBytes: 1_000,
  maxHeldBytes: 64 * 2 ** 20,
  maxConnections: 10,
  rate: { perSecond: 1_000, burst: 1_000 },
};
/** More than the system keeps for a connection that is not read. */
const LONG = "1".repeat(32 * 2 ** 20);

interface Running {
  readonly url: URL;
  metric(name: string): Promise<number>;
  /** A connection that sends these bodies at once. */
  ask(bodies: readonly string[]): Promise<Socket>;
}

async function start(
  test: TestContext,
  dispatch: (body: string) => Promise<string>,
  options: Partial<HttpServerOptions> = {},
): Promise<Running> {
  const metrics = createMetrics();
  const server = await startHttpServer(
    { ...OPTIONS, ...options },
    {
      dispatch,
      download: async () => new Uint8Array(0),
      health: () => ({ status: "ok", reasons: [] }),
      logger: createLogger("silent"),
      metrics,
      clock: Date.now,
    },
  );
  const sockets: Socket[] = [];
  test.after(() => {
    for (const socket of sockets) socket.destroy();
    return server.stop();
  });
  const url = new URL(server.url);
  return {
    url,
    metric: async (name) => Number(new RegExp(`^${name} (\\d+)`, "m").exec(await metrics.render())?.[1]),
    async ask(bodies) {
      const socket = connect(Number(url.port), url.hostname);
      sockets.push(socket);
      socket.on("error", () => {}); // what it is cut off from is the service's choice
      await once(socket, "connect");
      const head = `POST / HTTP/1.1\r\nhost: ${url.host}\r\ncontent-type: application/json\r\n`;
      socket.write(bodies.map((body) => `${head}content-length: ${body.length}\r\n\r\n${body}`).join(""));
      return socket;
    },
  };
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await setTimeout(5);
}

describe("requests of one connection", () => {
  it("are served one after the other, in their order", async (test) => {
    let [serving, most] = [0, 0];
    const { ask } = await start(test, async (body) => {
      serving += 1;
      most = Math.max(most, serving);
      await setTimeout(5);
      serving -= 1;
      return `"${body}"`;
    });
    const socket = await ask(["1", "2", "3", "4", "5"]);
    let text = "";
    socket.on("data", (data) => {
      text += data;
    });
    await until(() => text.includes('"5"'));
    assert.deepEqual(text.match(/"\d"/g), ['"1"', '"2"', '"3"', '"4"', '"5"']);
    assert.equal(most, 1);
  });

  it("wait until the answer before them is read, and others do not wait for them", async (test) => {
    const served: string[] = [];
    const { url, ask, metric } = await start(test, async (body) => {
      served.push(body);
      return LONG;
    });
    const socket = await ask(["1", "2", "3"]);
    socket.pause();
    await until(async () => (await metric("plasma_answers_unread_bytes")) > 0);
    assert.equal((await fetch(new URL("/health", url))).status, 200);
    assert.deepEqual(served, ["1"]);
    socket.resume();
    await until(() => served.length === 3);
    assert.deepEqual(served, ["1", "2", "3"]);
    await until(async () => (await metric("plasma_answers_unread_bytes")) === 0);
  });

  it("end with it when too many are sent ahead", async (test) => {
    let served = 0;
    const { ask } = await start(test, () => {
      served += 1;
      return new Promise(() => {});
    });
    const patient = await ask(Array(65).fill("1"));
    const greedy = await ask(Array(66).fill("1"));
    await once(greedy.resume(), "close");
    assert.equal(patient.destroyed, false);
    assert.equal(served, 2);
  });

  it("take no room from others once their peer is gone", async (test) => {
    const { ask, metric } = await start(test, () => new Promise(() => {}));
    const body = "1".repeat(100);
    const socket = await ask([body, body, body]);
    await until(async () => (await metric("plasma_requests_held_bytes")) > 0);
    socket.destroy();
    await until(async () => (await metric("plasma_requests_held_bytes")) === 0);
  });
});

describe("answers that are not read", () => {
  it("end the connection that has not read for longest, when they are too many", async (test) => {
    const { ask, metric } = await start(test, async () => LONG, { maxHeldBytes: 1.5 * LONG.length });
    const first = await ask(["1"]);
    first.pause();
    await until(async () => (await metric("plasma_answers_unread_bytes")) > 0);
    const second = await ask(["1"]);
    let read = 0;
    second.on("data", (data) => {
      read += data.length;
    });
    await until(() => read > LONG.length);
    await once(first.resume(), "close");
    assert.ok(first.bytesRead < LONG.length);
  });

  it("end their connection when nothing of them is read for long", async (test) => {
    const { ask, metric } = await start(test, async () => LONG, { stallMs: 100 });
    const socket = await ask(["1"]);
    socket.pause();
    await until(async () => (await metric("plasma_answers_unread_bytes")) > 0);
    await until(async () => (await metric("plasma_answers_unread_bytes")) === 0);
    await once(socket.resume(), "close");
    assert.ok(socket.bytesRead < LONG.length);
  });
});
