import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createWalletClient, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { rootChainBytecode } from "../../cli/generated/rootChainBytecode.ts";
import { dataPaths } from "../../cli/paths.ts";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import { type Deposited, runCli, type Sent, startTestNetwork } from "../support/devNetwork.ts";

const network = await startTestNetwork();
after(() => network.close());
const { ok } = network;

await ok<Deposited>("deposit", "1", "eth", "--wait");
await ok<Sent>("send", "bob", "0.4", "eth", "--wait");

/** A data directory of its own with the operator's key, an account that is not the operator's, and their password. */
const directory = mkdtempSync(join(tmpdir(), "plasma-config-"));
after(() => rmSync(directory, { recursive: true, force: true }));
const env = { PLASMA_PASSWORD: "secret" };
for (const name of ["operator", "bob"]) {
  const stdin = `${await network.privateKey(name)}\n`;
  const { exitCode } = await runCli(["account", "import", name, "--light", "--data", directory], { env, stdin });
  assert.equal(exitCode, 0);
}

const chain = ["--rpc-url", network.rpcUrl, "--contract", network.contract];
const asOperator = ["--account", "operator", "--data", directory];
const port = ["--port", "0"];
const usedPort = new URL(network.operatorUrl).port;

interface Case {
  readonly name: string;
  readonly words: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly code: string;
  readonly exitCode: number;
}

const cases: readonly Case[] = [
  {
    name: "no L1",
    words: ["--rpc-url", "http://127.0.0.1:9", "--contract", network.contract, ...asOperator, ...port],
    code: "L1_UNREACHABLE",
    exitCode: 4,
  },
  {
    name: "an L1 of another chain",
    words: [...chain, "--chain-id", "1", ...asOperator, ...port],
    code: "L1_WRONG_CHAIN",
    exitCode: 2,
  },
  {
    name: "no contract named",
    words: ["--rpc-url", network.rpcUrl, ...asOperator, ...port],
    code: "CONTRACT_NOT_SET",
    exitCode: 2,
  },
  {
    name: "no contract at the address",
    words: ["--rpc-url", network.rpcUrl, "--contract", network.address("bob"), ...asOperator, ...port],
    code: "CONTRACT_NOT_FOUND",
    exitCode: 2,
  },
  {
    name: "another contract at the address",
    words: ["--rpc-url", network.rpcUrl, "--contract", network.token, ...asOperator, ...port],
    code: "CONTRACT_MISMATCH",
    exitCode: 2,
  },
  {
    name: "no key",
    words: [...chain, "--data", join(directory, "empty"), ...port],
    code: "ACCOUNT_NONE",
    exitCode: 2,
  },
  {
    name: "a wrong password",
    words: [...chain, ...asOperator, ...port],
    env: { PLASMA_PASSWORD: "wrong" },
    code: "PASSWORD_WRONG",
    exitCode: 2,
  },
  {
    name: "a key that is not the operator's",
    words: [...chain, "--account", "bob", "--data", directory, ...port],
    code: "OPERATOR_NOT_AUTHORISED",
    exitCode: 3,
  },
  {
    name: "an empty store where L1 has blocks",
    words: [...chain, ...asOperator, ...port],
    code: "OPERATOR_HISTORY_MISMATCH",
    exitCode: 3,
  },
  {
    name: "a data directory that is in use",
    words: ["--data", network.data, "--account", "operator", ...port],
    env: { PLASMA_PASSWORD: readFileSync(join(dataPaths(network.data).dev, "password"), "utf8").trim() },
    code: "DATA_DIRECTORY_LOCKED",
    exitCode: 2,
  },
  {
    name: "a port beyond all ports",
    words: [...chain, ...asOperator, "--port", "65536"],
    code: "CONFIG_INVALID",
    exitCode: 2,
  },
  {
    name: "a variable that is no number",
    words: [...chain, ...asOperator, ...port],
    env: { ...env, PLASMA_BLOCK_INTERVAL_MS: "often" },
    code: "CONFIG_INVALID",
    exitCode: 2,
  },
  {
    name: "fees that are no list",
    words: [...chain, ...asOperator, ...port, "--fees", "free"],
    code: "CONFIG_INVALID",
    exitCode: 2,
  },
];

test("an operator that cannot run says why, and ends", async (t) => {
  for (const { name, words, env: own = env, code, exitCode } of cases) {
    await t.test(`${name}: ${code}`, async () => {
      const outcome = await runCli(["operator", "start", "--json", ...words], { env: own });
      assert.equal(JSON.parse(outcome.stdout).error.code, code, outcome.stderr);
      assert.equal(outcome.exitCode, exitCode);
      assert.ok(!`${outcome.stdout}${outcome.stderr}`.includes(own.PLASMA_PASSWORD ?? env.PLASMA_PASSWORD));
    });
  }

  await t.test("a port that is taken: PORT_IN_USE", async () => {
    const rebuilt = ["operator", "rebuild", network.operatorUrl, ...chain, ...asOperator, "--json"];
    assert.equal((await runCli(rebuilt, { env })).exitCode, 0);
    const start = ["operator", "start", ...chain, ...asOperator, "--port", usedPort, "--json"];
    const { exitCode, stdout } = await runCli(start, { env });
    assert.deepEqual([JSON.parse(stdout).error.code, exitCode], ["PORT_IN_USE", 2]);
  });

  await t.test("a store of another chain: STORE_WRONG_CHAIN", async () => {
    const account = privateKeyToAccount(await network.privateKey("carol"));
    const deployer = createWalletClient({ account, transport: http(network.rpcUrl) });
    const args = [network.address("operator"), 60n, network.address("operator")] as const;
    const hash = await deployer.deployContract({ abi: rootChainAbi, bytecode: rootChainBytecode, args, chain: null });
    const { contractAddress } = await network.node.waitForTransactionReceipt({ hash });
    const foreign = ["--rpc-url", network.rpcUrl, "--contract", String(contractAddress)];
    const { exitCode, stdout } = await runCli(["operator", "start", ...foreign, ...asOperator, ...port, "--json"], {
      env,
    });
    assert.deepEqual([JSON.parse(stdout).error.code, exitCode], ["STORE_WRONG_CHAIN", 2]);
  });

  await t.test("settings come from operator.json where neither flag nor variable says otherwise", async () => {
    writeFileSync(join(directory, "operator.json"), JSON.stringify({ maxBatch: 7, maxConnections: 8, port: 9 }));
    const words = ["operator", "config", ...chain, ...asOperator, "--port", "1234", "--json"];
    const { stdout } = await runCli(words, { env: { ...env, PLASMA_MAX_CONNECTIONS: "11" } });
    const { maxBatch, maxConnections, port: chosen, rateBurst } = JSON.parse(stdout);
    assert.deepEqual([maxBatch, maxConnections, chosen, rateBurst], [7, 11, 1234, 1000]);
  });

  await t.test("the operator that runs was not disturbed", async () => {
    await ok<Sent>("send", "carol", "0.1", "eth", "--wait");
  });
});
