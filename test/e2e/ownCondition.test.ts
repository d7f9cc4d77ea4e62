import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Address, encodeAbiParameters, parseEther } from "viem";
import { type Deposited, startTestNetwork } from "../support/devNetwork.ts";
import {
  type Guarded,
  type GuardedSpend,
  holdings,
  openFile,
  processAll,
  refusals,
  takeAll,
  takeToL1,
} from "../support/guarded.ts";
import { auditMoney } from "../support/moneyAudit.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const network = await startTestNetwork();
after(() => network.close());
const { ok, fails, node, data } = network;

const code = join(data, "inheritance.hex");
const money = join(data, "money.json");

test("a condition of one's own, from the template to Ethereum", async (t) => {
  let condition: Address;
  let from: number;

  await t.test("is compiled, checked and registered", async () => {
    const compiler = [join(root, "scripts/compileCondition.ts"), join(root, "docs/conditions/Inheritance.sol"), code];
    assert.match(execFileSync(process.execPath, compiler, { encoding: "utf8" }), /^Inheritance: \d+ bytes/);
    const impure = join(data, "impure.hex");
    writeFileSync(impure, "0x4200");
    await fails("CONDITION_OPCODE_FORBIDDEN", 3, "condition", "register", impure);
    await fails("CODE_MALFORMED", 2, "condition", "register", join(root, "docs/conditions/Inheritance.sol"));
    const registered = await ok<{ condition: Address; isFinal: boolean }>("condition", "register", code);
    condition = registered.condition;
    assert.equal(registered.isFinal, true);
    assert.equal((await ok<{ name: string | null }>("condition", "show", condition)).name, null);
  });

  await t.test("holds money on terms of its own", async () => {
    await ok<Deposited>("deposit", "10", "eth", "--wait");
    from = Number((await node.getBlock()).timestamp) + 86_400;
    const params = encodeAbiParameters([{ type: "address" }, { type: "uint40" }], [network.address("bob"), from]);
    await ok<Guarded>("condition", "pay", condition, "6", "eth", "--params", params, "--out", money);
    const spent = await ok<GuardedSpend>("spend", money, "carol", "1", "eth");
    assert.deepEqual(
      spent.outputs.map(({ owner, amount }) => [owner, amount]),
      [
        [network.address("carol"), parseEther("1").toString()],
        [network.address("alice"), parseEther("5").toString()],
      ],
    );
    const [rest] = (await ok<{ conditional: { position: string; kind: string }[] }>("outputs")).conditional;
    assert.deepEqual([rest?.position, rest?.kind], [spent.outputs[1]?.position, "other"]);
    await fails("SIGNED_ANOTHER", 3, "spend", money, "carol", "2", "eth");
    await ok<Guarded>("condition", "pay", condition, "3", "eth", "--params", params, "--out", money);
  });

  await t.test("is handed over in a file that cannot say anything else", async () => {
    const changed = join(data, "changed.json");
    const document = JSON.parse(readFileSync(money, "utf8"));
    const spendChanged = async (code: string, change: Readonly<Record<string, unknown>>) => {
      writeFileSync(changed, JSON.stringify({ ...document, ...change }));
      await fails(code, code === "FILE_DAMAGED" ? 2 : 3, "spend", changed, "bob", "1", "eth", "--account", "bob");
    };
    await spendChanged("CONDITION_MISMATCH", { params: `${document.params.slice(0, -2)}ff` });
    await spendChanged("EXIT_PERIOD_MISMATCH", { minExitPeriod: document.minExitPeriod + 1 });
    await spendChanged("FILE_DAMAGED", { proof: undefined });
  });

  await t.test("says no to the heir before the time, and to strangers always", async () => {
    await fails("TX_CONDITION_REFUSED", 3, "spend", money, "bob", "3", "eth", "--account", "bob");
    const file = openFile(money);
    const refused = ["TX_CONDITION_REFUSED", "CONDITION_REFUSED"];
    assert.deepEqual(await refusals(network, "bob", file, takeAll(file, network.address("bob"))), refused);
    const stranger = takeAll(file, network.address("carol"), { validAfter: from });
    await network.pass(86_400);
    const { conditional } = await ok<{ conditional: { next: { action: string } }[] }>("outputs", "--account", "bob");
    assert.deepEqual(
      conditional.map(({ next }) => next.action),
      ["spend"],
    );
    assert.deepEqual(await refusals(network, "carol", file, stranger), refused);
  });

  await t.test("and yes from then on", async () => {
    await ok<GuardedSpend>(
      ...["spend", money, "bob", "1", "eth", "--valid-after", String(from), "--account", "bob", "--args", "0x2a"],
    );
    assert.deepEqual(await holdings(network, "bob"), [parseEther("1"), 0n]);
    assert.deepEqual(await holdings(network, "alice"), [parseEther("1"), 0n]);
  });

  await t.test("also on Ethereum, with the operator gone", async () => {
    const { conditional } = await ok<{ conditional: { position: string; amount: string }[] }>(
      "outputs",
      "--account",
      "bob",
    );
    const rest = conditional.find(({ amount }) => amount === parseEther("2").toString());
    await network.operator.stop("SIGKILL");
    const audit = await auditMoney(network);
    const spent = await ok<GuardedSpend>(
      ...[
        "spend",
        rest?.position ?? "",
        "bob",
        "2",
        "eth",
        "--valid-after",
        String(from),
        "--account",
        "bob",
        "--offline",
      ],
    );
    await takeToL1(network, spent.txId, "bob", ["alice"]);
    const [processed] = await processAll(network);
    assert.deepEqual(
      processed?.decided.map(({ txId, canonical }) => [txId, canonical]),
      [[spent.txId, true]],
    );
    assert.deepEqual(await audit.gains(), { alice: 0n, bob: parseEther("2"), carol: 0n });
  });
});
