import assert from "node:assert/strict";
import { ProtocolError, type ProtocolErrorCode } from "../../protocol/errors.ts";

/** The code with which the protocol refuses, or undefined where it accepts. Any other error is a bug and passes through. */
export function codeOf(action: () => unknown): ProtocolErrorCode | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}

/** Asserts that the protocol refuses, and why. */
export function expectCode(code: ProtocolErrorCode, action: () => unknown): void {
  assert.equal(codeOf(action), code);
}
