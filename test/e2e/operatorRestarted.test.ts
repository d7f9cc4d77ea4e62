import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type Deposited, type Listed, type Sent, startTestNetwork } from "../support/devNetwork.ts";

// The block stays open until the operator has been killed and started again with a shorter interval.
const network = await startTestNetwork({ blockIntervalMs: 3_600_000 });
after(() => network.close());
const { ok, fails } = network;

test("the operator is killed in the middle of a block; what it acknowledged happens as it said (I10)", async (t) => {
  let first: Sent;
  let second: Sent;

  await t.test("two payments are acknowledged, the second spends the first's change", async () => {
    await ok<Deposited>("deposit", "1", "eth", "--wait");
    first = await ok<Sent>("send", "bob", "0.1", "eth");
    assert.equal(first.status, "pending");
    second = await ok<Sent>("send", "bob", "0.2", "eth", "--use-pending");
    assert.deepEqual(second.inputs, [first.outputs[1]?.position]);
  });

  await t.test("the operator is killed and started again", async () => {
    await network.operator.stop("SIGKILL");
    await fails("OPERATOR_UNREACHABLE", 4, "tx", first.txId);
    await network.restartOperator(["--block-interval-ms", "100"]);
  });

  await t.test("both payments stand at the places they were promised, and get their block", async () => {
    await ok<Sent>("send", "carol", "0.3", "eth", "--use-pending", "--wait");
    for (const { txId, block, txIndex } of [first, second]) {
      const again = await ok<Sent>("tx", txId);
      assert.deepEqual([again.block, again.txIndex, again.status], [block, txIndex, "committed"]);
    }
  });

  await t.test("everybody's outputs are proven on L1", async () => {
    const all = await Promise.all(["alice", "bob", "carol"].map((name) => ok<Listed>("outputs", "--account", name)));
    assert.deepEqual(
      all.map(({ outputs }) => outputs.map(({ amount, verified }) => [amount, verified])),
      [
        [["400000000000000000", true]],
        [
          ["100000000000000000", true],
          ["200000000000000000", true],
        ],
        [["300000000000000000", true]],
      ],
    );
  });
});
