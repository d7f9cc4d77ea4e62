import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import type { Ending } from "./temporaryDirectory.ts";

/** An L1 node that can be made to stop answering. */
export interface L1Proxy {
  readonly url: string;
  isDown: boolean;
  /** Requests that hold this text are not answered. */
  deafTo: string | undefined;
}

export async function startL1Proxy(test: Ending, target: string): Promise<L1Proxy> {
  const proxy: L1Proxy & { url: string } = { url: "", isDown: false, deafTo: undefined };
  const server = createServer(async (request, response) => {
    const body = await text(request);
    if (proxy.isDown || (proxy.deafTo !== undefined && body.includes(proxy.deafTo))) {
      request.socket.destroy();
      return;
    }
    const answer = await fetch(target, { method: "POST", headers: { "content-type": "application/json" }, body });
    response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  test.after(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new TypeError("the server has no port");
  proxy.url = `http://127.0.0.1:${address.port}`;
  return proxy;
}
