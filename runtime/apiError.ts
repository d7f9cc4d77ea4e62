import { API_ERRORS, type ApiErrorCode, type RpcError } from "../protocol/api.ts";
import { ProtocolError } from "../protocol/errors.ts";

/** A refusal of the service itself, with the code that its clients switch on. */
export class ApiError extends Error {
  readonly code: ApiErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ApiErrorCode, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = "ApiError";
    this.code = code;
    this.details = details;
  }
}

/** The JSON-RPC error object of a refusal. What is not a refusal is a fault of the service, of which nothing is told. */
export function toRpcError(error: unknown): RpcError {
  const refusal =
    error instanceof ApiError || error instanceof ProtocolError
      ? error
      : new ApiError("INTERNAL_ERROR", "The service failed; the request may be sent again");
  const details = Object.entries(refusal.details).map(([name, value]) => [
    name,
    typeof value === "bigint" ? `0x${value.toString(16)}` : value,
  ]);
  return {
    code: API_ERRORS[refusal.code][0],
    message: refusal.message,
    data: { ...Object.fromEntries(details), code: refusal.code },
  };
}
