import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { parseEther } from "viem";
import {
  type Deposited,
  EXIT_PERIOD,
  type NextSteps,
  type Processed,
  type Sent,
  type StartedExit,
  startTestNetwork,
} from "../support/devNetwork.ts";

const network = await startTestNetwork();
after(() => network.close());
const { ok, fails, node } = network;

test("the exit of a spent output is challenged and lost", async (t) => {
  let first: StartedExit;

  await t.test("the wallet refuses to exit what it has spent", async () => {
    await ok<Deposited>("deposit", "3", "eth", "--wait");
    await ok<Sent>("send", "bob", "1", "eth", "--wait");
    await fails("SPENT_BY_WALLET", 3, "exit", "start", "d0");
  });

  await t.test("a dishonest owner exits it all the same", async () => {
    first = await ok<StartedExit>("exit", "start", "d0", "--spent-anyway");
  });

  await t.test("an honest exit cannot be challenged", async () => {
    await ok<StartedExit>("exit", "start", "1:0:0", "--account", "bob");
    await fails("SPEND_UNKNOWN", 3, "challenge", "1:0:0", "--account", "carol");
  });

  await t.test("carol shows the payment and takes the bond, to the wei less gas", async () => {
    const carol = network.address("carol");
    const quote = await ok<{ reward: string; transactions: { gas: string }[] }>(
      ...["challenge", "d0", "--account", "carol", "--dry-run"],
    );
    assert.equal(quote.reward, first.bond);
    const before = await node.getBalance({ address: carol });
    const won = await ok<{ reward: string; transactionHash: `0x${string}` }>("challenge", "d0", "--account", "carol");
    assert.equal(won.reward, first.bond);
    const { gasUsed, effectiveGasPrice } = await node.getTransactionReceipt({ hash: won.transactionHash });
    const gained = (await node.getBalance({ address: carol })) - before;
    assert.equal(gained, BigInt(first.bond) - gasUsed * effectiveGasPrice);
    assert.ok(gained > 0n, "challenging pays");
    await fails("EXIT_NOT_LIVE", 3, "challenge", "d0", "--account", "carol");
  });

  await t.test("its owner sees that it is lost", async () => {
    const [step] = (await ok<NextSteps>("exit", "next")).exits;
    assert.deepEqual([step?.position, step?.status, step?.next], ["d0", "challenged", "none"]);
  });

  await t.test("a spend that was saved ends a second attempt without the operator", async () => {
    await network.pass(EXIT_PERIOD + 60);
    const { dropped } = await ok<Processed>("exit", "process", "--max", "1");
    assert.deepEqual(dropped, [first.outputId]);
    await ok<StartedExit>("exit", "start", "d0", "--spent-anyway");
    const file = join(network.data, "spend.json");
    await ok("challenge", "d0", "--save", file);
    await network.operator.stop("SIGKILL");
    await fails("OPERATOR_UNREACHABLE", 4, "challenge", "d0", "--account", "carol");
    await ok("challenge", "d0", "--spend", file, "--account", "carol");
  });

  await t.test("the honest exit is paid and the challenged one is not", async () => {
    await network.pass(2 * EXIT_PERIOD);
    const before = await node.getBalance({ address: network.address("alice") });
    const { paid, dropped } = await ok<Processed>("exit", "process", "--account", "carol");
    assert.deepEqual(
      paid.map(({ owner, amount }) => [owner, amount]),
      [[network.address("bob"), parseEther("1").toString()]],
    );
    assert.deepEqual(dropped, [first.outputId]);
    assert.equal(await node.getBalance({ address: network.address("alice") }), before);
  });
});
