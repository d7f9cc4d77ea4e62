import assert from "node:assert/strict";
import { after, test } from "node:test";
import { erc20Abi, parseEther } from "viem";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import {
  type Deposited,
  EXIT_PERIOD,
  type Listed,
  type Processed,
  type Sent,
  type StartedExit,
  startTestNetwork,
} from "../support/devNetwork.ts";

const ETH = `0x${"00".repeat(20)}` as const;
const fees = JSON.stringify([{ token: ETH, amount: parseEther("0.0001").toString() }]);

const network = await startTestNetwork({ operatorOptions: ["--fees", fees] });
after(() => network.close());
const { ok, node, token, contract } = network;

const PEOPLE = ["alice", "bob"] as const;

const held = async () => ({
  ether: await node.getBalance({ address: contract }),
  tokens: await node.readContract({ address: token, abi: erc20Abi, functionName: "balanceOf", args: [contract] }),
});
const pots = async () =>
  Promise.all(
    [ETH, token].map(
      async (of) =>
        (await node.readContract({ address: contract, abi: rootChainAbi, functionName: "pot", args: [of] }))[0],
    ),
  );

test("two people make many payments, everybody exits, and the contract ends at zero", async (t) => {
  await t.test("both deposit both kinds of money, and one deposit is never touched", async () => {
    for (const name of PEOPLE) {
      await ok<Deposited>("deposit", "2", "eth", "--account", name);
      await ok<Deposited>("deposit", "50", "DEV", "--account", name);
    }
    await ok<Deposited>("deposit", "0.5", "eth", "--account", "alice", "--to", "carol", "--wait");
  });

  await t.test("they pay each other, also with outputs that are not on L1 yet", async () => {
    for (let round = 0; round < 4; round++) {
      const [from, to] = round % 2 === 0 ? PEOPLE : PEOPLE.toReversed();
      await ok<Sent>("send", `${to}`, "0.3", "eth", "--and", `${to} 7 DEV`, "--use-pending", "--account", `${from}`);
    }
    await ok<Sent>("send", "carol", "1", "DEV", "--use-pending", "--wait");
  });

  await t.test("what the outputs are worth is what the contract holds", async () => {
    let ether = 0n;
    let tokens = 0n;
    for (const name of [...PEOPLE, "carol", "operator"]) {
      for (const output of (await ok<Listed>("outputs", "--account", name)).outputs) {
        assert.ok(output.verified);
        if (output.token === ETH) ether += BigInt(output.amount);
        else tokens += BigInt(output.amount);
      }
    }
    assert.deepEqual(await held(), { ether, tokens });
    assert.deepEqual(await pots(), [ether, tokens]);
  });

  await t.test("everybody exits everything, the operator its fees as well", async () => {
    const exitAll = async (name: string) => {
      let bonds = 0n;
      for (const { position } of (await ok<Listed>("outputs", "--account", name)).outputs) {
        bonds += BigInt((await ok<StartedExit>("exit", "start", position, "--account", name)).bond);
      }
      return bonds;
    };
    const bonds = (await Promise.all([...PEOPLE, "carol", "operator"].map(exitAll))).reduce((sum, bond) => sum + bond);
    const [ether] = await pots();
    assert.equal((await held()).ether, (ether ?? 0n) + bonds);
  });

  await t.test("when all is processed the contract holds nothing and owes nothing", async () => {
    await network.pass(2 * EXIT_PERIOD + 60);
    for (const unit of ["eth", "DEV"]) {
      const { credited, dropped } = await ok<Processed>("exit", "process", unit, "--max", "100");
      assert.deepEqual([credited, dropped], [[], []]);
    }
    assert.deepEqual(await pots(), [0n, 0n]);
    assert.deepEqual(await held(), { ether: 0n, tokens: 0n });
  });
});
