import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HttpRequestError } from "viem";
import { CliError } from "../../../cli/errors.ts";
import { describeFailure } from "../../../cli/failure.ts";
import { createOutput } from "../../../cli/output.ts";
import { clientError } from "../../../client/errors.ts";
import { operatorRefusal } from "../../../client/operatorApi.ts";
import { ProtocolError } from "../../../protocol/errors.ts";
import { RuntimeError } from "../../../runtime/errors.ts";

describe("exit codes", () => {
  const failures: [name: string, error: unknown, exitCode: number, code: string][] = [
    ["a bug", new TypeError("x is undefined"), 1, "BUG"],
    ["something thrown that is no error", "oops", 1, "BUG"],
    ["a failure that nobody gave a code", new HttpRequestError({ url: "http://127.0.0.1:1" }), 1, "BUG"],
    ["bad usage", new CliError("USAGE", "no"), 2, "USAGE"],
    ["a bad setting", new RuntimeError("CONFIG_INVALID", "no"), 2, "CONFIG_INVALID"],
    ["a wrong chain", clientError("L1_WRONG_CHAIN", "no"), 2, "L1_WRONG_CHAIN"],
    ["a rule of the protocol", new ProtocolError("TX_OVERSPEND", "no"), 3, "TX_OVERSPEND"],
    ["a refusal of the operator", operatorRefusal("FEE_TOO_LOW", "no"), 3, "FEE_TOO_LOW"],
    ["too little money", clientError("FUNDS_LOW", "no"), 3, "FUNDS_LOW"],
    ["L1 away", clientError("L1_UNREACHABLE", "no"), 4, "L1_UNREACHABLE"],
    ["the operator away", clientError("OPERATOR_UNREACHABLE", "no"), 4, "OPERATOR_UNREACHABLE"],
    ["an operator that is not ready", operatorRefusal("NOT_READY", "no"), 4, "NOT_READY"],
  ];
  for (const [name, error, exitCode, code] of failures) {
    test(`${name} is ${exitCode}`, () => {
      const failure = describeFailure(error);
      assert.deepEqual([failure.exitCode, failure.code], [exitCode, code]);
      assert.equal(failure.stack !== undefined, exitCode === 1);
    });
  }

  test("an expected failure is one line on standard error, and an object on standard output with --json", () => {
    const written = { stdout: "", stderr: "" };
    const stream = (name: "stdout" | "stderr") => ({ write: (text: string) => (written[name] += text) });
    const failure = describeFailure(clientError("FUNDS_LOW", "too little"));
    createOutput(true, { stdout: stream("stdout"), stderr: stream("stderr") }).failure(failure);
    assert.equal(written.stderr.trimEnd().split("\n").length, 1);
    assert.match(written.stderr, /FUNDS_LOW/);
    assert.equal(JSON.parse(written.stdout).error.code, "FUNDS_LOW");
  });
});
