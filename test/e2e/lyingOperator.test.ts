import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { dirname } from "node:path";
import { after, test } from "node:test";
import { parseEther } from "viem";
import {
  type Balances,
  type Deposited,
  type Listed,
  runCli,
  type Sent,
  startTestNetwork,
} from "../support/devNetwork.ts";
import { type Lie, startLyingOperator } from "../support/lyingOperator.ts";

const network = await startTestNetwork();
after(() => network.close());
const { ok, fails } = network;

await ok<Deposited>("deposit", "1", "eth", "--wait");
await ok<Sent>("send", "bob", "0.4", "eth", "--wait");

type Json = Record<string, unknown>;

/** Changes one answer, and leaves the others alone. */
const lieAbout =
  (method: string, change: (result: Json) => unknown): Lie =>
  async (asked, ask) =>
    asked === method ? change((await ask()) as Json) : ask();

const inListedOutputs = (change: Json) =>
  lieAbout("plasma_getOutputs", ({ outputs }) => ({
    outputs: (outputs as Json[]).map((output) => ({ ...output, ...change })),
  }));
const flipped = (hash: unknown) => String(hash).replace(/.$/, (digit) => (digit === "0" ? "1" : "0"));
const inProof = (change: (proof: Json) => Json) => lieAbout("plasma_getProof", change);

const lies: [name: string, lie: Lie, code: string][] = [
  ["an amount that is too large", inListedOutputs({ amount: "0xffffffffffffffffffff" }), "PROOF_INVALID"],
  ["another token", inListedOutputs({ token: network.token }), "PROOF_INVALID"],
  [
    "a proof with a larger amount",
    inProof((proof) => ({ ...proof, output: { ...(proof.output as Json), amount: "0xffffffffffffffffffff" } })),
    "PROOF_OUTPUT_MISMATCH",
  ],
  [
    "a block that is not on L1",
    inProof((proof) => {
      const inclusion = proof.inclusion as { header: Json };
      return {
        ...proof,
        inclusion: { ...inclusion, header: { ...inclusion.header, parentHash: flipped(inclusion.header.parentHash) } },
      };
    }),
    "PROOF_INVALID",
  ],
  [
    "a root of its own making",
    inProof((proof) => {
      const inclusion = proof.inclusion as { header: Json };
      return {
        ...proof,
        inclusion: { ...inclusion, header: { ...inclusion.header, root: flipped(inclusion.header.root) } },
      };
    }),
    "PROOF_PATH_INVALID",
  ],
  ["the proof of another chain", inProof((proof) => ({ ...proof, chainId: "0x1" })), "PROOF_WRONG_CHAIN"],
];

test("what the operator says is shown as verified only with a proof that L1 confirms", async (t) => {
  for (const [name, lie, code] of lies) {
    await t.test(`${name} is disputed: ${code}`, async (t) => {
      const liar = await startLyingOperator(network.operatorUrl, lie);
      t.after(() => liar.close());
      const asBob = ["--account", "bob", "--operator-url", liar.url];
      const { outputs } = await ok<Listed>("outputs", ...asBob);
      assert.deepEqual(
        outputs.map(({ verified, problem }) => [verified, problem?.split(":")[0]]),
        [[false, code]],
      );
      const { balances } = await ok<Balances>("balance", ...asBob);
      assert.ok(balances.every(({ verified }) => verified === "0"));
      assert.ok(balances.some(({ disputed }) => disputed !== "0"));
      await fails("FUNDS_LOW", 3, "send", "alice", "0.1", "eth", ...asBob);
    });
  }

  await t.test("the truth is verified, and only it is kept on disk", async () => {
    const [output] = (await ok<Listed>("outputs", "--account", "bob")).outputs;
    assert.deepEqual([output?.verified, output?.amount], [true, parseEther("0.4").toString()]);
    assert.deepEqual(readdirSync(dirname(output?.proofFile ?? "")), ["1-0-0.json"]);
  });

  await t.test("an answer of the wrong shape is no answer", async (t) => {
    const liar = await startLyingOperator(
      network.operatorUrl,
      lieAbout("plasma_getOutputs", () => ({ outputs: "all" })),
    );
    t.after(() => liar.close());
    await fails("OPERATOR_ANSWER_INVALID", 4, "outputs", "--operator-url", liar.url);
  });

  await t.test("the receipt of another payment is none", async (t) => {
    const lie = lieAbout("plasma_sendTransaction", (receipt) => ({ ...receipt, txId: flipped(receipt.txId) }));
    const liar = await startLyingOperator(network.operatorUrl, lie);
    t.after(() => liar.close());
    await fails("OPERATOR_ANSWER_INVALID", 4, "send", "bob", "0.1", "eth", "--operator-url", liar.url);
  });

  await t.test("what nobody answered may have been taken: its money is promised until it is sent again", async (t) => {
    const deaf: Lie = async (asked, ask) => (asked === "plasma_sendTransaction" ? undefined : ask());
    const liar = await startLyingOperator(network.operatorUrl, deaf);
    t.after(() => liar.close());
    const run = await runCli(
      ["send", "alice", "0.4", "eth", "--account", "bob", "--operator-url", liar.url, "--data", network.data, "--json"],
      {},
    );
    const { code, details } = JSON.parse(run.stdout).error;
    assert.deepEqual([code, run.exitCode], ["OPERATOR_UNREACHABLE", 4]);
    await fails("PAYMENT_UNRESOLVED", 3, "send", "carol", "0.4", "eth", "--account", "bob");
    await fails("SPENT_BY_WALLET", 3, "exit", "start", "1:0:0", "--account", "bob");
    assert.equal((await ok<Sent>("tx", details.txId, "--resend", "--account", "bob")).txId, details.txId);
  });
});
