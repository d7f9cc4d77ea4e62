import * as z from "zod";
import { API_METHODS, type ApiErrorCode, type MethodDefinition, rpcErrorSchema } from "../protocol/api.ts";
import { PROTOCOL_ERRORS } from "../protocol/errors.ts";
import { ClientError, type ClientErrorCode, clientError, type FailureAdvice } from "./errors.ts";

type Methods = Readonly<Record<string, MethodDefinition>>;

/** A service's JSON-RPC over HTTP, with the shapes of the protocol on both sides. */
export interface ServiceApi<D extends Methods> {
  readonly url: string;
  /**
   * Throws <SERVICE>_UNREACHABLE, <SERVICE>_ANSWER_INVALID, or a ClientError with the service's own code. What comes back
   * has the right shape and is otherwise the service's word: verify it before relying on it.
   */
  call<M extends keyof D & string>(method: M, ...params: z.output<D[M]["params"]>): Promise<z.output<D[M]["result"]>>;
}

/** The operator's API, which a watcher's has too. */
export type OperatorApi = ServiceApi<typeof API_METHODS>;

/** How the failures of a service are named. */
interface ServiceName {
  readonly name: string;
  readonly unreachable: ClientErrorCode;
  readonly invalid: ClientErrorCode;
}

const OPERATOR = {
  name: "operator",
  unreachable: "OPERATOR_UNREACHABLE",
  invalid: "OPERATOR_ANSWER_INVALID",
} as const satisfies ServiceName;

const answerSchema = z.union([z.object({ result: z.unknown() }), z.object({ error: rpcErrorSchema })]);

const REQUEST_TIMEOUT_MS = 30_000;

export function createOperatorApi(url: string): OperatorApi {
  return createServiceApi(url, API_METHODS, OPERATOR);
}

export function createServiceApi<D extends Methods>(url: string, methods: D, service: ServiceName): ServiceApi<D> {
  const invalid = (method: string, reason: string) =>
    clientError(service.invalid, `the ${service.name}'s answer to ${method} cannot be used: ${reason}`);
  return {
    url,
    async call<M extends keyof D & string>(method: M, ...params: z.output<D[M]["params"]>) {
      const definition = methods[method] as MethodDefinition;
      const body = { jsonrpc: "2.0", id: 1, method, params: z.encode(definition.params, params) };
      const answer = answerSchema.safeParse(await post(url, body, service));
      if (!answer.success) throw invalid(method, "it is no JSON-RPC of a Plasma service");
      if ("error" in answer.data) {
        const { data, message } = answer.data.error;
        throw refusal(service.name, data.code, message);
      }
      const result = definition.result.safeParse(answer.data.result);
      if (!result.success) throw invalid(method, describeIssue(result.error));
      return result.data as z.output<D[M]["result"]>;
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
  return refusal(OPERATOR.name, code, message);
}

function refusal(service: string, code: ApiErrorCode, message: string): ClientError {
  const advice = ADVICE[code] ?? (Object.hasOwn(PROTOCOL_ERRORS, code) ? PROTOCOL_ADVICE : SERVICE_ADVICE);
  return new ClientError(code, advice, `the ${service} says: ${message}`);
}

async function post(url: string, body: unknown, { name, unreachable }: ServiceName): Promise<unknown> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    return await response.json();
  } catch (cause) {
    throw clientError(unreachable, `the ${name} at ${new URL(url).host} does not answer`, {}, { cause });
  }
}

function describeIssue({ issues: [issue] }: z.ZodError): string {
  return `${issue?.path.join(".")}: ${issue?.message}`;
}
