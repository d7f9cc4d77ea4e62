import * as z from "zod";
import {
  API_METHODS,
  type ApiErrorCode,
  type ApiMethod,
  type ApiParams,
  type ApiResult,
  rpcErrorSchema,
} from "../protocol/api.ts";
import { PROTOCOL_ERRORS } from "../protocol/errors.ts";
import { ClientError, clientError, type FailureAdvice } from "./errors.ts";

/** The operator's JSON-RPC over HTTP, with the shapes of `protocol/api.ts` on both sides. */
export interface OperatorApi {
  readonly url: string;
  /**
   * Throws OPERATOR_UNREACHABLE, OPERATOR_ANSWER_INVALID, or a ClientError with the operator's own code. What comes back
   * has the right shape and is otherwise the operator's word: verify it before relying on it.
   */
  call<M extends ApiMethod>(method: M, ...params: ApiParams<M>): Promise<ApiResult<M>>;
}

const answerSchema = z.union([z.object({ result: z.unknown() }), z.object({ error: rpcErrorSchema })]);

const REQUEST_TIMEOUT_MS = 30_000;

export function createOperatorApi(url: string): OperatorApi {
  return {
    url,
    async call(method, ...params) {
      const definition = API_METHODS[method];
      const body = { jsonrpc: "2.0", id: 1, method, params: z.encode(definition.params as z.ZodType, params) };
      const answer = answerSchema.safeParse(await post(url, body));
      if (!answer.success) throw invalidAnswer(method, "it is no JSON-RPC of a Plasma operator");
      if ("error" in answer.data) {
        const { data, message } = answer.data.error;
        throw operatorRefusal(data.code, message);
      }
      const result = (definition.result as z.ZodType).safeParse(answer.data.result);
      if (!result.success) throw invalidAnswer(method, describeIssue(result.error));
      return result.data as ApiResult<typeof method>;
    },
  };
}

/** Refusals for which there is something better to do than to read the message. */
const ADVICE: Partial<Record<ApiErrorCode, FailureAdvice>> = {
  FEE_TOO_LOW: { kind: "refused", next: "pay the fee that the operator asks for" },
  OUTPUT_UNKNOWN: { kind: "refused", next: "check the position" },
  NOT_COMMITTED: { kind: "refused", next: "wait until the block is committed to L1" },
  NOT_READY: { kind: "network", next: "send it again later" },
  SHUTTING_DOWN: { kind: "network", next: "send it again later: the same bytes get the same answer" },
  STORE_UNAVAILABLE: { kind: "network", next: "send it again later" },
  OVERLOADED: { kind: "network", next: "send it again later" },
  RATE_LIMITED: { kind: "network", next: "send slower" },
  TX_INPUT_SPENT: { kind: "refused", next: "look at the unspent outputs again" },
  TX_EXPIRED: { kind: "refused", next: "make the payment anew" },
  TX_INPUT_EXITING: { kind: "refused", next: "this output is on its way to L1 and can no longer pay" },
};

const PROTOCOL_ADVICE: FailureAdvice = { kind: "refused", next: "correct what the message names" };
const SERVICE_ADVICE: FailureAdvice = {
  kind: "refused",
  next: "correct what the message names, or ask whoever runs the operator",
};

/** The failure that an error of the operator's API stands for. */
export function operatorRefusal(code: ApiErrorCode, message: string): ClientError {
  const advice = ADVICE[code] ?? (Object.hasOwn(PROTOCOL_ERRORS, code) ? PROTOCOL_ADVICE : SERVICE_ADVICE);
  return new ClientError(code, advice, `the operator says: ${message}`);
}

async function post(url: string, body: unknown): Promise<unknown> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    return await response.json();
  } catch (cause) {
    throw clientError("OPERATOR_UNREACHABLE", `the operator at ${new URL(url).host} does not answer`, {}, { cause });
  }
}

function describeIssue({ issues: [issue] }: z.ZodError): string {
  return `${issue?.path.join(".")}: ${issue?.message}`;
}

function invalidAnswer(method: string, reason: string): ClientError {
  return clientError("OPERATOR_ANSWER_INVALID", `the operator's answer to ${method} cannot be used: ${reason}`);
}
