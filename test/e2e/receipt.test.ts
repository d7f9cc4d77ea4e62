import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Hex, parseEther } from "viem";
import { parseReceipt } from "../../protocol/receipt.ts";
import { runCli, type Sent, startTestNetwork } from "../support/devNetwork.ts";
import { temporaryDirectory } from "../support/temporaryDirectory.ts";

const network = await startTestNetwork();
after(() => network.close());
const { ok, fails, data } = network;
const inData = (name: string) => join(data, name);

interface Written {
  readonly file: string;
  readonly transactions: number;
  readonly blocks: number;
  readonly l1Block: { readonly number: string; readonly hash: Hex };
}

interface Verified {
  readonly trusted: string;
  readonly transactions: readonly {
    readonly txId: Hex;
    readonly signers: readonly Hex[];
    readonly outputs: readonly { readonly position: string; readonly owner: Hex; readonly amount: string }[];
  }[];
  readonly totals: readonly { readonly amount: string }[];
}

test("a receipt is made with the chain, and checked with nothing but the hash of an L1 block", async (t) => {
  const receipt = inData("receipt.json");
  let hash: Hex = "0x";
  let first: Sent;

  await t.test("alice pays bob twice, and makes a receipt of the first payment", async () => {
    await ok("deposit", "1", "eth", "--wait");
    first = await ok<Sent>("send", "bob", "0.2", "eth", "--wait");
    await ok("send", "bob", "0.3", "eth", "--wait");
    const written = await ok<Written>("proof", "1:0:0", "--anchor", "--out", receipt);
    assert.deepEqual([written.transactions, written.blocks], [1, 1]);
    hash = written.l1Block.hash;
    const onL1 = await network.node.getBlock({ blockHash: hash });
    assert.equal(onL1.number, BigInt(written.l1Block.number));
  });

  await t.test("somebody without profile, account or connection verifies it, and reads what it proves", async (t) => {
    const away = [
      "--data",
      temporaryDirectory(t),
      "--rpc-url",
      "http://127.0.0.1:1",
      "--operator-url",
      "http://127.0.0.1:1",
    ];
    const { exitCode, stdout, stderr } = await runCli(["verify", receipt, "--l1-block-hash", hash, ...away]);
    assert.equal(exitCode, 0, stderr);
    for (const said of ["0.2 ETH", network.address("bob"), network.contract, hash, "not proven", "unspent", "valid"]) {
      assert.ok(stdout.includes(said), `${said} in ${stdout}`);
    }
    const json = await runCli(["verify", receipt, "--l1-block-hash", hash, ...away, "--json"]);
    const [transaction] = (JSON.parse(json.stdout) as Verified).transactions;
    assert.equal(transaction?.txId, first.txId);
    assert.deepEqual(transaction?.signers, [network.address("alice")]);
    assert.deepEqual(
      transaction?.outputs.map(({ position, owner }) => [position, owner]),
      [
        ["1:0:0", network.address("bob")],
        ["1:0:1", network.address("alice")],
      ],
    );
  });

  await t.test("the Ethereum node may be asked for the hash instead, and nobody is believed without one", async () => {
    assert.equal((await ok<Verified>("verify", receipt, "--l1")).trusted, "the L1 node's block hash");
    await fails("USAGE", 2, "verify", receipt);
    await fails("USAGE", 2, "verify", receipt, "--l1-block-hash", "0x12");
    await fails("RECEIPT_L1_BLOCK_MISMATCH", 3, "verify", receipt, "--l1-block-hash", first.txId);
  });

  await t.test("another chain, another file and a damaged file are refused", async () => {
    await fails("RECEIPT_WRONG_CHAIN", 3, "verify", receipt, "--l1-block-hash", hash, "--chain-id", "1");
    const proof = inData("proof.json");
    await ok("proof", "1:0:0", "--out", proof);
    await fails("RECEIPT_MALFORMED", 3, "verify", proof, "--l1-block-hash", hash);
    await fails("USAGE", 2, "verify", proof, "--to", "bob");
    await fails("FILE_UNREADABLE", 2, "verify", inData("missing.json"), "--l1-block-hash", hash);
    const damaged = inData("damaged.json");
    writeFileSync(damaged, readFileSync(receipt, "utf8").replace('"siblings":[]', '"siblings":["0x00"]'));
    await fails("RECEIPT_MALFORMED", 3, "verify", damaged, "--l1-block-hash", hash);
  });

  await t.test("one file has all payments of an account, and says how much they are together", async () => {
    const all = inData("all.json");
    const written = await ok<Written>("proof", "--all-of", "bob", "--anchor", "--out", all);
    assert.deepEqual([written.transactions, written.blocks], [2, 2]);
    const verified = await ok<Verified>("verify", all, "--to", "bob", "--l1-block-hash", written.l1Block.hash);
    assert.deepEqual(
      verified.totals.map(({ amount }) => amount),
      [parseEther("0.5").toString()],
    );
    const { stdout } = await runCli(["verify", all, "--to", "carol", "--l1", "--data", data]);
    assert.ok(stdout.includes(`pay nothing to ${network.address("carol")}`), stdout);
  });

  await t.test("printed, it is the text that a file would hold", async () => {
    const { stdout } = await runCli(["proof", "1:0:0", "2:0:1", "--anchor", "--data", data]);
    assert.equal(parseReceipt(stdout).blocks.length, 2);
  });

  await t.test("what cannot be is refused", async () => {
    await fails("USAGE", 2, "proof", "1:0:0", "--all-of", "bob");
    await fails("USAGE", 2, "proof", "1:0:0", "1:0:1");
    await fails("USAGE", 2, "proof");
    await fails("RECEIPT_EMPTY", 3, "proof", "--anchor");
    await fails("RECEIPT_OF_DEPOSIT", 2, "proof", "d0", "--anchor");
    await fails("OUTPUT_UNKNOWN", 3, "proof", "1:7:0", "--anchor");
    await fails("BLOCK_NOT_ON_L1", 3, "proof", "1:0:0", "--anchor", "--l1-block", "1");
    await fails("L1_BLOCK_UNKNOWN", 2, "proof", "1:0:0", "--anchor", "--l1-block", "999999");
  });

  await t.test("with the operator gone, a proof file is enough to make one", async () => {
    await network.operator.stop();
    const again = inData("again.json");
    await ok("proof", "--anchor", "--from-file", inData("proof.json"), "--out", again);
    assert.equal((await ok<Verified>("verify", again, "--l1")).transactions[0]?.txId, first.txId);
    await fails("OPERATOR_UNREACHABLE", 4, "proof", "1:0:0", "--anchor");
  });
});
