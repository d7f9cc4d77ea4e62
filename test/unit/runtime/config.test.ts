import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, it, type TestContext } from "node:test";
import * as z from "zod";
import { operatorOptions } from "../../../operator/options.ts";
import { type ConfigSources, configOptions, loadConfig, printableConfig } from "../../../runtime/config.ts";
import { temporaryDirectory } from "../../support/temporaryDirectory.ts";

const schema = z.object({
  port: z.coerce.number().int().max(65_535).default(9545).describe("port to listen on"),
  l1Url: z.url().default("http://127.0.0.1:8545"),
  dataDir: z.string(),
});

async function fileWith(test: TestContext, content: string): Promise<string> {
  const file = path.join(temporaryDirectory(test), "config.json");
  await writeFile(file, content);
  return file;
}

describe("configuration", () => {
  it("refuses a recipient of fees that no fee claim can name", () => {
    const flags = { dataDir: "d", contract: `0x${"cc".repeat(20)}`, feeRecipient: `0x${"00".repeat(20)}` };
    assert.throws(() => loadConfig(operatorOptions, { flags }), { code: "CONFIG_INVALID" });
  });

  it("takes each option from flag, environment, file and default, in this order", async (test) => {
    const file = await fileWith(test, JSON.stringify({ dataDir: "file", port: 3, l1Url: "http://file" }));
    const environment = { PLASMA_PORT: "2", PLASMA_L1_URL: "http://environment" };
    const sources: ConfigSources = { flags: { port: "1" }, environment, file };
    assert.deepEqual(loadConfig(schema, sources), { port: 1, l1Url: "http://environment", dataDir: "file" });
    assert.deepEqual(loadConfig(schema, { flags: { dataDir: "flag" } }), {
      port: 9545,
      l1Url: "http://127.0.0.1:8545",
      dataDir: "flag",
    });
  });

  it("refuses what it cannot use, by code", async (test) => {
    const flags = { dataDir: "d" };
    const cases: [string, ConfigSources][] = [
      ["CONFIG_MISSING", {}],
      ["CONFIG_INVALID", { flags: { ...flags, port: "65536" } }],
      ["CONFIG_INVALID", { flags, environment: { PLASMA_PORT: "many" } }],
      ["CONFIG_INVALID", { flags: { ...flags, l1Url: "not an URL" } }],
      ["CONFIG_UNKNOWN_KEY", { flags: { ...flags, prot: "1" } }],
      ["CONFIG_UNKNOWN_KEY", { flags, file: await fileWith(test, '{"prot":1}') }],
      ["CONFIG_FILE_UNREADABLE", { flags, file: "does-not-exist.json" }],
      ["CONFIG_FILE_UNREADABLE", { flags, file: await fileWith(test, "{") }],
      ["CONFIG_FILE_UNREADABLE", { flags, file: await fileWith(test, "[]") }],
    ];
    for (const [code, sources] of cases) {
      assert.throws(() => loadConfig(schema, sources), { code }, `${code}: ${JSON.stringify(sources)}`);
    }
  });

  it("lists its options as a command line names them", () => {
    const options = configOptions(schema);
    assert.deepEqual(
      options.map(({ flag, environment, required }) => [flag, environment, required]),
      [
        ["--port", "PLASMA_PORT", false],
        ["--l1-url", "PLASMA_L1_URL", false],
        ["--data-dir", "PLASMA_DATA_DIR", true],
      ],
    );
    assert.deepEqual([options[0]?.defaultValue, options[0]?.description], [9545, "port to listen on"]);
  });

  it("prints no part of an URL that can hold a key", () => {
    const secrets = [
      "https://user:secret@node.example/",
      "https://node.example/v3/secret",
      "https://node.example/?key=secret",
    ];
    for (const l1Url of secrets) assert.doesNotMatch(JSON.stringify(printableConfig({ l1Url })), /secret/);
    assert.deepEqual(printableConfig({ l1Url: "http://127.0.0.1:8545", chainId: 5n, port: 1 }), {
      l1Url: "http://127.0.0.1:8545",
      chainId: "5",
      port: 1,
    });
  });
});
