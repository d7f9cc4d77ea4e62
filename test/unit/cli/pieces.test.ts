import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatPiece, pieces, readPiece } from "../../../cli/pieces.ts";
import { rejectsWithCode } from "../../support/failureCode.ts";

describe("pieces", () => {
  test("inputs come first, and what is written is read back", () => {
    assert.deepEqual([0, 7, 8, 15].map(formatPiece), ["in0", "in7", "out0", "out7"]);
    for (let piece = 0; piece < 16; piece++) assert.equal(readPiece(formatPiece(piece)), piece);
  });

  for (const written of ["in8", "out8", "in", "0", "IN0", "in0 ", "in00", ""]) {
    test(`"${written}" is none`, () => rejectsWithCode("USAGE", () => readPiece(written)));
  }

  test("a list, none, or all of one's own", () => {
    assert.deepEqual(pieces.read("in0,out1"), [0, 9]);
    assert.deepEqual(pieces.read("none"), []);
    assert.equal(pieces.read(undefined), undefined);
  });
});
