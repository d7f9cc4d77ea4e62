import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createPublicClient, type Hex, http, parseEther } from "viem";
import { createClient } from "../../client/client.ts";
import { createOperatorApi } from "../../client/operatorApi.ts";
import { getBalance } from "../../client/outputs.ts";
import { type Deposited, type Sent, startTestNetwork } from "../support/devNetwork.ts";

const network = await startTestNetwork();
after(() => network.close());
const { ok, fails } = network;
const operator = createOperatorApi(network.operatorUrl);

test("a payment that is sent twice happens once", async (t) => {
  let sent: Sent;
  let raw: Hex = "0x";

  await t.test("the wallet sends it again and gets the same place", async () => {
    await ok<Deposited>("deposit", "1", "eth", "--wait");
    sent = await ok<Sent>("send", "bob", "0.25", "eth");
    const again = await ok<Sent & { raw: Hex }>("tx", sent.txId, "--resend");
    assert.deepEqual([again.txId, again.block, again.txIndex], [sent.txId, sent.block, sent.txIndex]);
    raw = again.raw;
  });

  await t.test("many times at once, in one batch, and after the commit: always the same answer", async () => {
    await ok<Sent>("send", "bob", "0.25", "eth", "--use-pending", "--wait");
    const single = await Promise.all(Array.from({ length: 20 }, () => operator.call("plasma_sendTransaction", raw)));
    const batch = await operator.call("plasma_sendTransactions", [raw, raw, raw]);
    for (const receipt of [...single, ...batch]) {
      assert.ok("txId" in receipt);
      assert.deepEqual(
        [receipt.txId, receipt.blockNumber.toString(), receipt.txIndex, receipt.status],
        [sent.txId, sent.block, sent.txIndex, "committed"],
      );
    }
  });

  await t.test("after a restart as well", async () => {
    await network.operator.stop("SIGKILL");
    await network.restartOperator();
    const again = await ok<Sent>("tx", sent.txId, "--resend");
    assert.deepEqual([again.block, again.txIndex, again.status], [sent.block, sent.txIndex, "committed"]);
  });

  await t.test("the money moved once for each payment", async () => {
    const client = createClient({
      domain: { chainId: 31337n, contract: network.contract },
      l1: createPublicClient({ transport: http(network.rpcUrl) }),
      operatorUrl: network.operatorUrl,
    });
    for (const name of ["alice", "bob"]) {
      const [balance] = await getBalance(client, network.address(name));
      assert.equal(balance?.verified, parseEther("0.5"));
    }
  });

  await t.test("a wallet cannot send again what it never signed", async () => {
    await fails("PAYMENT_UNKNOWN", 2, "tx", sent.txId, "--resend", "--account", "bob");
  });
});
