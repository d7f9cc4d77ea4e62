import assert from "node:assert/strict";
import { createServer } from "node:net";
import { after, before, describe, it } from "node:test";
import type { Address } from "viem";
import { startOperator } from "../../operator/service.ts";
import { createLogger } from "../../runtime/logger.ts";
import { deployRootChain, FIRST_USER, type L1, OPERATOR, startL1 } from "../support/l1.ts";
import { fund, operatorConfig, settle, startTestOperator } from "../support/operator.ts";
import { signPayment } from "../support/payer.ts";
import { temporaryDirectory } from "../support/temporaryDirectory.ts";

describe("operator start", () => {
  let l1: L1;
  let contract: Address;

  before(async () => {
    l1 = await startL1();
    contract = await deployRootChain(l1);
  });
  after(() => l1.close());

  const start = (dataDir: string, overrides: Readonly<Record<string, unknown>> = {}, account = OPERATOR) =>
    startOperator(operatorConfig(l1, contract, dataDir, overrides), {
      account: l1.account(account),
      logger: createLogger("silent"),
      clock: Date.now,
    });

  it("refuses surroundings in which it cannot work, by code, and leaves nothing running", async (test) => {
    const dataDir = temporaryDirectory(test);
    const elsewhere = await deployRootChain(l1);
    const other: Address = "0x00000000000000000000000000000000000000ee";
    const notRootChain: Address = "0x00000000000000000000000000000000000000ef";
    await l1.client.setCode({ address: notRootChain, bytecode: "0x5f5ffd" });
    const server = createServer().listen(0, "127.0.0.1");
    test.after(() => server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    const taken = (server.address() as { port: number }).port;

    const cases: [string, Record<string, unknown>, number?][] = [
      ["L1_UNREACHABLE", { l1Url: "http://127.0.0.1:1" }],
      ["L1_WRONG_CHAIN", { chainId: "1" }],
      ["CONTRACT_NOT_FOUND", { contract: other }],
      ["CONTRACT_MISMATCH", { contract: notRootChain }],
      ["OPERATOR_NOT_AUTHORISED", {}, FIRST_USER],
      ["PORT_IN_USE", { port: taken }],
      ["LISTEN_FAILED", { host: "192.0.2.1" }],
    ];
    for (const [code, overrides, account] of cases) {
      await assert.rejects(start(dataDir, overrides, account), { code }, `${code} ${JSON.stringify(overrides)}`);
    }
    // Every refusal has let go of the data directory and the store.
    const running = await start(dataDir);
    await assert.rejects(start(dataDir), { code: "DATA_DIRECTORY_LOCKED" });
    await running.stop();
    await assert.rejects(start(dataDir, { contract: elsewhere }), { code: "STORE_WRONG_CHAIN" });
    await (await start(dataDir)).stop();
  });

  it("refuses a contract whose blocks are not its own (I6)", async (test) => {
    const operator = await startTestOperator(test, l1, contract);
    const source = await fund(operator, l1, FIRST_USER, 100n);
    const domain = { chainId: 31337n, contract };
    const payment = await signPayment(domain, l1.account(FIRST_USER), source, { to: contract, amount: 1n });
    await operator.rpc("plasma_sendTransaction", payment.raw);
    await settle(operator);
    await operator.stop();
    await assert.rejects(start(temporaryDirectory(test)), { code: "OPERATOR_HISTORY_MISMATCH" });
    await (await start(operator.config.dataDir)).stop();
  });

  it("needs no key to read", async (test) => {
    const config = operatorConfig(l1, contract, temporaryDirectory(test), { readOnly: true });
    const reader = await startOperator(config, { logger: createLogger("silent"), clock: Date.now });
    assert.equal((await fetch(`${reader.url}/health`)).status, 200);
    await reader.stop();
  });
});
