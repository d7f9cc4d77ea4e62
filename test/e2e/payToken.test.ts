import assert from "node:assert/strict";
import { after, test } from "node:test";
import { erc20Abi, parseEther } from "viem";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import {
  type Balances,
  type Deposited,
  EXIT_PERIOD,
  type Processed,
  type Sent,
  type StartedExit,
  startTestNetwork,
} from "../support/devNetwork.ts";

const FEE = parseEther("0.001");
const ETH = `0x${"00".repeat(20)}` as const;
const fees = JSON.stringify([{ token: ETH, amount: FEE.toString(), mergeFree: true }]);

const network = await startTestNetwork({ operatorOptions: ["--fees", fees] });
after(() => network.close());
const { ok, fails, node, token, contract } = network;

const onL1 = (name: string) =>
  node.readContract({ address: token, abi: erc20Abi, functionName: "balanceOf", args: [network.address(name)] });
const potOf = async () =>
  (await node.readContract({ address: contract, abi: rootChainAbi, functionName: "pot", args: [token] }))[0];

test("ERC-20: deposit, pay with a fee in ETH, merge, exit, payout", async (t) => {
  await t.test("the deposit approves exactly what it takes, and names the token by symbol or address", async () => {
    const before = await onL1("alice");
    await ok<Deposited>("deposit", "60", "DEV");
    await ok<Deposited>("deposit", "30", token);
    const sent = await node.getTransactionCount({ address: network.address("alice") });
    await ok<Deposited>("deposit", "10", "DEV", "--permit");
    assert.equal(await node.getTransactionCount({ address: network.address("alice") }), sent + 1);
    await ok<Deposited>("deposit", "1", "eth", "--wait");
    assert.equal(before - (await onL1("alice")), parseEther("100"));
    const allowance = await node.readContract({
      address: token,
      abi: erc20Abi,
      functionName: "allowance",
      args: [network.address("alice"), contract],
    });
    assert.equal(allowance, 0n);
    assert.equal(await potOf(), parseEther("100"));
    await fails("L1_TOKEN_FUNDS_LOW", 3, "deposit", "1000000", "DEV");
  });

  await t.test("the fee is paid in the token that the operator takes, in the same transaction", async () => {
    const sent = await ok<Sent & { fee: { token: string; amount: string } }>("send", "bob", "70", "DEV", "--wait");
    assert.deepEqual(sent.fee, { token: ETH, amount: FEE.toString() });
    assert.equal(sent.inputs.length, 3);
    const { balances } = await ok<Balances>("balance");
    assert.deepEqual(
      balances.map(({ symbol, verified }) => [symbol, verified]),
      [
        ["ETH", (parseEther("1") - FEE).toString()],
        ["DEV", parseEther("30").toString()],
      ],
    );
  });

  await t.test("a receiver without ETH on the chain cannot pay the fee", async () => {
    await fails("FUNDS_LOW", 3, "send", "alice", "1", "DEV", "--account", "bob");
    await fails("FEE_TOKEN_REFUSED", 2, "send", "alice", "1", "DEV", "--fee-token", "DEV", "--account", "bob");
  });

  await t.test("several payments in two tokens go in one transaction", async () => {
    const sent = await ok<Sent>("send", "bob", "10", "DEV", "--and", "bob 0.1 eth", "carol 5 DEV", "--wait");
    assert.equal(sent.outputs.length, 5);
  });

  let exit: StartedExit;
  await t.test("bob merges his two outputs into one and exits it", async () => {
    const merged = await ok<Sent & { fee: unknown }>("merge", "DEV", "--account", "bob", "--wait");
    assert.equal(merged.inputs.length, 2 + 1);
    const [output] = merged.outputs;
    assert.ok(output);
    assert.equal(output.amount, parseEther("80").toString());
    exit = await ok<StartedExit>("exit", "start", output.position, "--account", "bob");
  });

  await t.test("the payout arrives on L1, and the bond with it", async () => {
    await network.pass(2 * EXIT_PERIOD + 60);
    const [tokens, ether] = await Promise.all([onL1("bob"), node.getBalance({ address: network.address("bob") })]);
    const { paid } = await ok<Processed>("exit", "process", "DEV");
    assert.equal(paid.length, 1);
    assert.equal((await onL1("bob")) - tokens, parseEther("80"));
    assert.equal((await node.getBalance({ address: network.address("bob") })) - ether, BigInt(exit.bond));
    assert.equal(await potOf(), parseEther("20"));
  });
});
