import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { fromHex } from "../../../protocol/bytes.ts";
import { ProtocolError } from "../../../protocol/errors.ts";
import { assertPureCode, isAllowedOpcode } from "../../../protocol/pureCode.ts";
import { expectCode } from "../../support/expectCode.ts";
import { pureCodeCorpus } from "../../support/pureCodeCorpus.ts";

describe("pure code (R15)", () => {
  const { allowed, refused } = pureCodeCorpus();

  test("of the corpus is taken", () => {
    for (const { name, code } of allowed) assert.doesNotThrow(() => assertPureCode(fromHex(code)), name);
  });

  test("is told from all other code by its first forbidden instruction, or its size", () => {
    for (const { name, code, refusal, at } of refused) {
      assert.throws(
        () => assertPureCode(fromHex(code)),
        (error) => {
          assert.ok(error instanceof ProtocolError);
          assert.equal(error.code, refusal, name);
          assert.equal(error.details.offset ?? error.details.size, at, name);
          return true;
        },
      );
    }
    expectCode("CONDITION_CODE_SIZE", () => assertPureCode(new Uint8Array(0)));
    expectCode("CONDITION_OPCODE_FORBIDDEN", () => assertPureCode(Uint8Array.of(0xf1)));
  });

  test("has the opcodes that the table in docs/protocol.md allows", () => {
    const document = readFileSync(path.resolve(import.meta.dirname, "../../../docs/protocol.md"), "utf8");
    const judged = new Map<number, boolean>();
    for (const [, numbers = "", verdict] of document.matchAll(/^\| ((?:`[\da-f-]+` ?)+)\|[^|]+\| (yes|no) \|/gm)) {
      for (const [, first = "", last = first] of numbers.matchAll(/`([\da-f]{2})(?:-([\da-f]{2}))?`/g)) {
        for (let opcode = Number.parseInt(first, 16); opcode <= Number.parseInt(last, 16); opcode++) {
          assert.ok(!judged.has(opcode), `0x${opcode.toString(16)} stands twice in the table`);
          judged.set(opcode, verdict === "yes");
        }
      }
    }
    for (let opcode = 0; opcode < 256; opcode++) {
      assert.equal(judged.get(opcode), isAllowedOpcode(opcode), `opcode 0x${opcode.toString(16)}`);
    }
  });
});
