import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type Deposited, type Listed, type Sent, startTestNetwork } from "../support/devNetwork.ts";

// Long enough that the block is still open when the operator is killed.
const network = await startTestNetwork({ blockIntervalMs: 4_000 });
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
    await network.restartOperator();
  });

  await t.test("both payments stand at the places they were promised, and get their block", async () => {
    for (const { txId, block, txIndex } of [first, second]) {
      const again = await ok<Sent>("tx", txId);
      assert.deepEqual([again.block, again.txIndex], [block, txIndex]);
    }
    // The next payment waits for the commit of the block that holds all three.
    const third = await ok<Sent>("send", "carol", "0.3", "eth", "--use-pending", "--wait");
    assert.deepEqual([third.block, third.txIndex, third.status], [first.block, second.txIndex + 1, "committed"]);
    assert.equal((await ok<Sent>("tx", first.txId)).status, "committed");
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
