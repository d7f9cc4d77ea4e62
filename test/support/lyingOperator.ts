import { forwardCall, type JsonRpcAnswer, type JsonRpcServer, startJsonRpcServer } from "./jsonRpcServer.ts";

/** Changes an answer on its way: gets the method and its result as JSON; undefined drops call and connection. */
export type Lie = (method: string, ask: () => Promise<unknown>) => Promise<unknown>;

/** An operator between the client and the real one, which tells the truth except where `lie` changes it. */
export function startLyingOperator(operatorUrl: string, lie: Lie): Promise<JsonRpcServer> {
  return startJsonRpcServer(async (call) => {
    let answer: JsonRpcAnswer = {};
    const result = await lie(call.method, async () => {
      answer = (await forwardCall(operatorUrl, call)) ?? {};
      return answer.result;
    });
    if (result === undefined) return "error" in answer ? answer : undefined;
    return { ...answer, result };
  });
}
