import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Hex, keccak256 } from "viem";
import { fromHex, toHex } from "../../../protocol/bytes.ts";
import type { ConditionCall } from "../../../protocol/condition.ts";
import {
  type ConditionVerdictsOptions,
  createConditionVerdicts,
  judgeAsking,
} from "../../../protocol/conditionVerdicts.ts";
import { createConditionVm, saysYes } from "../../../protocol/conditionVm.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { assemble } from "../../support/assembler.ts";
import { pureCodeCorpus } from "../../support/pureCodeCorpus.ts";

// Returns the first word of its calldata.
const ECHO = assemble("PUSH0 CALLDATALOAD PUSH0 MSTORE PUSH1 32 PUSH0 RETURN");
const YES = fromHex(`0x${"1".padStart(64, "0")}`);

const calldataOf = (...words: readonly number[]): Uint8Array =>
  fromHex(`0x${words.map((word) => word.toString(16).padStart(64, "0")).join("")}`);

/** Verdicts over some codes, and a call of each. */
function verdictsOf(codes: readonly Uint8Array[], options: Partial<ConditionVerdictsOptions> = {}) {
  const byHash = new Map(codes.map((code): [Hex, Uint8Array] => [keccak256(code), code]));
  let lookups = 0;
  const verdicts = createConditionVerdicts({
    codeOf: (codeHash) => {
      lookups++;
      return byHash.get(codeHash);
    },
    ...options,
  });
  const call = (code: Uint8Array, calldata = YES): ConditionCall => ({ codeHash: keccak256(code), calldata });
  return { verdicts, call, lookups: () => lookups };
}

describe("the VM", () => {
  test("counts the gas of the message call alone, and takes all of it for a failure", async () => {
    const vm = await createConditionVm();
    // 2 + 3 + 2 + 3 + 3 (memory) + 3 + 2
    assert.deepEqual(await vm.run(ECHO, YES, 18), { success: true, returned: YES, gas: 18 });
    assert.deepEqual(await vm.run(ECHO, YES, 17), { success: false, returned: new Uint8Array(), gas: 17 });
    assert.deepEqual(await vm.run(assemble("PUSH0 PUSH0 REVERT"), YES, 1_000), {
      success: false,
      returned: new Uint8Array(),
      gas: 4,
    });
    assert.equal((await vm.run(assemble("INVALID"), YES, 1_000)).gas, 1_000);
  });

  test("gives overlapping calls their own answers", async () => {
    const vm = await createConditionVm();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => vm.run(ECHO, calldataOf(index), LIMITS.maxConditionGas)),
    );
    assert.deepEqual(
      answers.map(({ returned }) => toHex(returned)),
      answers.map((_, index) => toHex(calldataOf(index))),
    );
  });
});

describe("verdicts", () => {
  test("are given for what was prepared, and only for that", async () => {
    const { verdicts, call } = verdictsOf([ECHO]);
    const [yes, no, other] = [call(ECHO), call(ECHO, calldataOf(2)), call(ECHO, calldataOf(3))];
    const held = verdicts.hold();
    assert.deepEqual(await held.prepare(yes), { allowed: true, gas: 18 });
    await held.prepare(no);
    for (const { verdict } of [held, verdicts]) {
      assert.deepEqual(verdict(yes), { allowed: true, gas: 18 });
      assert.deepEqual(verdict(no), { allowed: false, gas: 18 });
      assert.throws(() => verdict(other), { code: "VERDICT_NOT_PREPARED", call: other });
      assert.throws(() => verdict(call(assemble("STOP"))), { code: "VERDICT_NOT_PREPARED" });
    }
  });

  test("are computed once, for whoever asks meanwhile and later", async () => {
    const { verdicts, call, lookups } = verdictsOf([ECHO]);
    await Promise.all([verdicts.hold().prepare(call(ECHO)), verdicts.hold().prepare(call(ECHO))]);
    await verdicts.hold().prepare(call(ECHO));
    assert.equal(lookups(), 1);
  });

  test("need code that is known", async () => {
    const { verdicts, call } = verdictsOf([]);
    await assert.rejects(verdicts.hold().prepare(call(ECHO)), { code: "CODE_UNKNOWN" });
  });

  test("need a VM, and are asked again where it failed", async () => {
    const failing = [true, false];
    const run = async () => {
      if (failing.shift()) throw new RangeError("gone");
      return { success: true, returned: YES, gas: 3 };
    };
    const { verdicts, call } = verdictsOf([ECHO], { openVm: async () => ({ run }) });
    await assert.rejects(verdicts.hold().prepare(call(ECHO)), RangeError);
    assert.deepEqual(await verdicts.hold().prepare(call(ECHO)), { allowed: true, gas: 3 });
  });

  test("are forgotten, the one asked for longest ago first, but not by those who hold them", async () => {
    const { verdicts, call } = verdictsOf([ECHO], { capacity: 2 });
    const [one, two, three] = [1, 2, 3].map((word) => call(ECHO, calldataOf(word))) as [
      ConditionCall,
      ConditionCall,
      ConditionCall,
    ];
    const held = verdicts.hold();
    for (const asked of [one, two, one, three]) await held.prepare(asked);
    assert.ok(verdicts.verdict(one).allowed);
    assert.ok(!verdicts.verdict(three).allowed);
    assert.throws(() => verdicts.verdict(two), { code: "VERDICT_NOT_PREPARED" });
    assert.ok(!held.verdict(two).allowed);
  });

  test("are asked for one by one until all are there, though others push them out", async () => {
    const { verdicts, call } = verdictsOf([ECHO], { capacity: 1 });
    const calls = [1, 2, 3].map((word) => call(ECHO, calldataOf(word)));
    const held = verdicts.hold();
    let asked = 0;
    const allowed = await judgeAsking(
      () => calls.map((one) => held.verdict(one).allowed),
      (one) => {
        asked += 1;
        return held.prepare(one);
      },
    );
    assert.deepEqual(allowed, [true, false, false]);
    assert.equal(asked, 3);
  });

  test("of one transaction are given alike alone and with what the others leave of its gas", async () => {
    const vm = await createConditionVm();
    for (const { code, yesInVm } of pureCodeCorpus().allowed.filter(({ yesInVm }) => yesInVm)) {
      const bytes = fromHex(code);
      const { gas } = await vm.run(bytes, YES, LIMITS.maxConditionGas);
      assert.equal(saysYes(await vm.run(bytes, YES, gas)), yesInVm);
      if (gas > 0) assert.ok(!saysYes(await vm.run(bytes, YES, gas - 1)));
    }
  });
});
