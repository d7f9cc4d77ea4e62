import assert from "node:assert/strict";
import { test } from "node:test";
import { readBytes, readWhen, timeOf } from "../../../cli/parameters.ts";
import { rejectsWithCode } from "../../support/failureCode.ts";

test("times are read as people write them", async () => {
  const now = 1_000;
  const times = {
    "+90s": 1_090,
    "+90min": 6_400,
    "+2h": 8_200,
    "+30d": 2_593_000,
    "1900000000": 1_900_000_000,
    "2027-01-31T12:00Z": 1_801_396_800,
  };
  for (const [written, expected] of Object.entries(times))
    assert.equal(timeOf(readWhen(written), now), expected, written);
  for (const written of ["", "2h", "+2", "+2w", "tomorrow", "-5", "0", "+-3h"]) {
    await rejectsWithCode("USAGE", () => readWhen(written));
  }
});

test("bytes are hex, whole ones", async () => {
  assert.deepEqual(readBytes("0x"), new Uint8Array());
  assert.deepEqual(readBytes("0x2A00"), Uint8Array.of(42, 0));
  for (const written of ["2a", "0x2", "0xzz"]) await rejectsWithCode("USAGE", () => readBytes(written));
});
