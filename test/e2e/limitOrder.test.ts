import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { parseEther } from "viem";
import { findFreePort } from "../../cli/childProgram.ts";
import { type Deposited, type Listed, startTestNetwork } from "../support/devNetwork.ts";
import {
  type Guarded,
  type GuardedSpend,
  holdings,
  openFile,
  processAll,
  refusals,
  takeAll,
  takeToL1,
  watcherIsUpToDate,
} from "../support/guarded.ts";
import { auditMoney } from "../support/moneyAudit.ts";

const network = await startTestNetwork({ watcherPort: await findFreePort("127.0.0.1") });
after(() => network.close());
const { ok, fails, data } = network;

const order = join(data, "order.json");

const place = (amount: string, price: string, ...more: readonly string[]) =>
  ok<Guarded>("order", "place", amount, "eth", "--for", price, "--until", "+4h", "--out", order, ...more);
/** Fills an order whose block the filler's watcher has executed. */
async function fill(written: string, name: string, ...more: readonly string[]): Promise<GuardedSpend> {
  await watcherIsUpToDate(network);
  return ok<GuardedSpend>("order", "fill", written, ...more, "--account", name);
}

const both = (eth: string, dev: string) => [parseEther(eth), parseEther(dev)];

test("alice offers ETH for a token, and strangers take it", async (t) => {
  await ok<Deposited>("deposit", "20", "eth", "--wait");
  for (const amount of ["10", "90"]) await ok<Deposited>("deposit", amount, "DEV", "--account", "bob", "--wait");
  await ok("condition", "register", "limitOrder");
  let rest = "";

  await t.test("the order shows its price to whoever has the file", async () => {
    await fails(
      "CONDITION_PARAMS_INVALID",
      3,
      "order",
      "place",
      "1",
      "eth",
      "--for",
      "1 DEV",
      "--until",
      "+1h",
      "--minimum",
      "2 eth",
    );
    await place("4", "40 DEV", "--minimum", "0.5 eth");
    const shown = await ok<{ wanted: string; minimum: string; status: string }>(
      ...["order", "show", order, "--account", "bob"],
    );
    assert.deepEqual(
      [shown.wanted, shown.minimum, shown.status],
      [parseEther("40").toString(), parseEther("0.5").toString(), "committed"],
    );
  });

  await t.test("bob takes a quarter; the rest stands under the same terms", async () => {
    await watcherIsUpToDate(network);
    await fails("ORDER_FILL_INVALID", 3, ...["order", "fill", order, "0.1", "eth", "--account", "bob"]);
    const filled = await fill(order, "bob", "1", "eth");
    assert.deepEqual(
      filled.outputs.map(({ owner, amount }) => [owner, amount]),
      [
        [network.address("alice"), parseEther("10").toString()],
        [network.address("alice"), parseEther("3").toString()],
        [network.address("bob"), parseEther("1").toString()],
      ],
    );
    rest = filled.outputs[1]?.position ?? "";
    assert.deepEqual(await holdings(network, "bob"), both("1", "90"));
    assert.deepEqual(await holdings(network, "alice"), both("16", "10"));
    const { conditional } = await ok<{ conditional: { position: string; kind: string }[] }>("outputs");
    assert.deepEqual(
      conditional.map(({ position, kind }) => [position, kind]),
      [[rest, "limitOrder"]],
    );
  });

  await t.test("money that is younger than the order allows does not pay for it", async () => {
    await ok<Deposited>("deposit", "30", "DEV", "--account", "carol", "--wait");
    await watcherIsUpToDate(network);
    await ok("order", "show", rest, "--out", order);
    await fails("FUNDS_LOW", 3, "order", "fill", order, "--account", "carol");
    const { outputs } = await ok<Listed>("outputs", "--account", "carol");
    assert.equal(outputs.length, 1);
  });

  await t.test("nobody takes it without the price", async () => {
    const file = openFile(order);
    const stolen = takeAll(file, network.address("bob"));
    assert.deepEqual(await refusals(network, "bob", file, stolen), ["TX_CONDITION_REFUSED", "CONDITION_REFUSED"]);
  });

  await t.test("bob takes the rest, and alice has her price to the unit", async () => {
    await fill(order, "bob");
    assert.deepEqual(await holdings(network, "bob"), both("4", "60"));
    assert.deepEqual(await holdings(network, "alice"), both("16", "40"));
  });

  await t.test("an order that is cancelled can no longer be filled", async () => {
    const { position } = await place("2", "20 DEV");
    await fails("NOT_SIGNER", 3, "order", "cancel", order, "--account", "bob");
    await ok<GuardedSpend>("order", "cancel", position);
    await watcherIsUpToDate(network);
    await fails("TX_INPUT_SPENT", 3, "order", "fill", order, "--account", "bob");
    assert.deepEqual(await holdings(network, "alice"), both("16", "40"));
    await fails("ORDER_EXPIRED", 3, "order", "fill", await expired(), "--account", "bob");
  });

  await t.test("with the operator gone a fill and a cancellation end on Ethereum", async () => {
    await place("3", "30 DEV");
    const filled = await fill(order, "bob", "--offline");
    const open = join(data, "open.json");
    const unfilled = await ok<Guarded>(
      "order",
      "place",
      "5",
      "eth",
      "--for",
      "50 DEV",
      "--until",
      "+4h",
      "--out",
      open,
    );
    await network.operator.stop("SIGKILL");
    const audit = await auditMoney(network);
    await takeToL1(network, filled.txId, "bob", ["alice"]);
    const cancelled = await ok<GuardedSpend>("order", "cancel", unfilled.position, "--offline");
    await takeToL1(network, cancelled.txId, "alice", []);
    const decided = (await processAll(network, "eth", "DEV")).flatMap((processed) => processed.decided);
    assert.deepEqual(
      new Set(decided.map(({ txId, canonical }) => `${txId} ${canonical}`)),
      new Set([`${filled.txId} true`, `${cancelled.txId} true`]),
    );
    assert.deepEqual(await audit.gains(), { alice: parseEther("5"), bob: parseEther("3"), carol: 0n });
    assert.deepEqual(await audit.tokenGains(), { alice: parseEther("30"), bob: parseEther("30"), carol: 0n });
  });

  async function expired(): Promise<string> {
    const file = join(data, "expired.json");
    const { position } = await ok<Guarded>(
      "order",
      "place",
      "1",
      "eth",
      "--for",
      "1 DEV",
      "--until",
      "+1h",
      "--out",
      file,
    );
    await network.pass(3_600);
    await ok<GuardedSpend>("order", "cancel", position);
    await watcherIsUpToDate(network);
    return file;
  }
});
