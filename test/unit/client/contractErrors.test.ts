import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type AbiParameter, encodeAbiParameters, type Hex, toFunctionSelector } from "viem";
import { CONTRACT_ERRORS, contractErrorOf } from "../../../client/contractErrors.ts";
import { conditionsAbi } from "../../../protocol/generated/conditions.ts";
import { rootChainAbi } from "../../../protocol/generated/rootChain.ts";

const ERRORS = [...rootChainAbi, ...conditionsAbi].filter((item) => item.type === "error");

/** Revert data of an error with every argument zero. */
function revertData(name: string, inputs: readonly AbiParameter[]): Hex {
  const zeros = inputs.map(({ type }) => {
    if (type === "address") return `0x${"00".repeat(20)}`;
    if (type.startsWith("bytes")) return `0x${"00".repeat(Number(type.slice(5)))}`;
    return type === "string" ? "" : 0n;
  });
  const selector = toFunctionSelector(`${name}(${inputs.map(({ type }) => type).join(",")})`);
  return `${selector}${encodeAbiParameters(inputs, zeros).slice(2)}`;
}

describe("contract errors", () => {
  for (const { name, inputs } of ERRORS) {
    test(`${name}(${inputs.map(({ type }) => type)}) has its code and says what to do`, () => {
      const failure = contractErrorOf(revertData(name, inputs), undefined);
      assert.equal(failure?.code, CONTRACT_ERRORS[name].code);
      assert.equal(failure?.kind, "refused");
      assert.ok(failure?.next);
    });
  }

  test("codes are distinct", () => {
    const codes = Object.values(CONTRACT_ERRORS).map(({ code }) => code);
    assert.equal(new Set(codes).size, codes.length);
  });

  test("what is no error of the contract is left to the caller", () => {
    for (const data of ["0x", "0x12345678", "0x08c379a0", `0x${"ff".repeat(68)}`] as const) {
      assert.equal(contractErrorOf(data, undefined), undefined);
    }
  });
});
