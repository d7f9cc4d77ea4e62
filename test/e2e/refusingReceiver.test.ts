import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createWalletClient, http, parseEther } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import {
  type Balances,
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

test("a receiver that refuses its money delays nobody and loses nothing (I8, R22)", async (t) => {
  let refused = 0n;

  await t.test("alice's account comes to run code that takes no ETH (EIP-7702)", async () => {
    const alice = privateKeyToAccount(await network.privateKey("alice"));
    const wallet = createWalletClient({ account: alice, transport: http(network.rpcUrl) });
    // The token contract has no function that receives ETH.
    const delegation = await wallet.signAuthorization({ contractAddress: network.token, executor: "self" });
    const hash = await wallet.sendTransaction({
      authorizationList: [delegation],
      to: alice.address,
      data: "0x313ce567",
      chain: null,
    });
    await node.waitForTransactionReceipt({ hash });
    assert.ok(await node.getCode({ address: alice.address }));
  });

  await t.test("she and bob exit; she stands first in the queue", async () => {
    await ok<Deposited>("deposit", "1", "eth");
    await ok<Deposited>("deposit", "2", "eth", "--account", "bob", "--wait");
    const exit = await ok<StartedExit>("exit", "start", "d0");
    refused = parseEther("1") + BigInt(exit.bond);
    await ok<StartedExit>("exit", "start", "d1", "--account", "bob");
  });

  await t.test("bob is paid, her money is kept for her", async () => {
    await network.pass(EXIT_PERIOD + 60);
    const { paid, credited } = await ok<Processed>("exit", "process", "--account", "carol");
    assert.deepEqual(
      paid.map(({ owner }) => owner),
      [network.address("alice"), network.address("bob")],
    );
    assert.deepEqual(
      credited.map(({ account, amount }) => [account, amount]),
      [[network.address("alice"), refused.toString()]],
    );
    assert.equal(await node.getBalance({ address: network.contract }), refused);
  });

  await t.test("she is told to withdraw it, and nobody else can divert it", async () => {
    assert.equal((await ok<NextSteps>("exit", "next")).exits[0]?.next, "withdraw");
    assert.equal((await ok<Balances>("balance")).balances[0]?.credit, refused.toString());
    const diverting = ["exit", "withdraw", "--for", "alice", "--to", "carol", "--account", "carol"];
    await fails("NOT_AUTHORIZED", 3, ...diverting);
    await fails("NOTHING_TO_WITHDRAW", 3, "exit", "withdraw", "--account", "bob");
  });

  await t.test("she withdraws it to another address, once", async () => {
    const before = await node.getBalance({ address: network.address("carol") });
    await ok("exit", "withdraw", "--to", "carol");
    assert.equal((await node.getBalance({ address: network.address("carol") })) - before, refused);
    assert.equal(await node.getBalance({ address: network.contract }), 0n);
    await fails("NOTHING_TO_WITHDRAW", 3, "exit", "withdraw", "--to", "carol");
    assert.equal((await ok<NextSteps>("exit", "next")).exits[0]?.next, "none");
  });

  await t.test("the chain goes on as before", async () => {
    await ok<Deposited>("deposit", "1", "eth", "--account", "bob", "--wait");
    await ok<Sent>("send", "alice", "0.5", "eth", "--account", "bob", "--wait");
  });
});
