import { createServer } from "node:http";
import { text } from "node:stream/consumers";

/** Changes an answer on its way: gets the method and its result as JSON; undefined drops call and connection. */
export type Lie = (method: string, ask: () => Promise<unknown>) => Promise<unknown>;

/** An operator between the client and the real one, which tells the truth except where `lie` changes it. */
export async function startLyingOperator(
  operatorUrl: string,
  lie: Lie,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const headers = { "content-type": "application/json" };
    let answer: { result?: unknown } = {};
    const result = await lie(JSON.parse(body).method, async () => {
      answer = (await (await fetch(operatorUrl, { method: "POST", headers, body })).json()) as typeof answer;
      return answer.result;
    });
    if (result === undefined && !("error" in answer)) request.socket.destroy();
    else
      response.writeHead(200, headers).end(JSON.stringify({ ...answer, ...(result === undefined ? {} : { result }) }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new TypeError("the server has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
