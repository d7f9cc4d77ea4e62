import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { dataPaths } from "../../../cli/paths.ts";
import { loadSettings, type Profile, writeProfile } from "../../../cli/settings.ts";
import { rejectsWithCode } from "../../support/failureCode.ts";
import { temporaryDirectory } from "../../support/temporaryDirectory.ts";

const FLAG = "http://flag:1";
const VARIABLE = "http://variable:1";
const FILE = "http://file:1";

describe("settings", () => {
  const sources: [name: string, flags: object, env: Record<string, string>, profile: Profile, expected: string][] = [
    ["a flag", { rpcUrl: FLAG }, { PLASMA_RPC_URL: VARIABLE }, { rpcUrl: FILE }, FLAG],
    ["a variable", {}, { PLASMA_RPC_URL: VARIABLE }, { rpcUrl: FILE }, VARIABLE],
    ["the profile", {}, {}, { rpcUrl: FILE }, FILE],
    ["the default", {}, {}, {}, "http://127.0.0.1:8545"],
  ];
  for (const [name, flags, env, profile, expected] of sources) {
    test(`${name} wins over what comes after it`, (t) => {
      const paths = dataPaths(temporaryDirectory(t));
      writeProfile(paths, profile);
      assert.equal(loadSettings(paths, { ...flags }, env).rpcUrl, expected);
    });
  }

  test("there need not be a profile", (t) => {
    const settings = loadSettings(dataPaths(temporaryDirectory(t)), {}, {});
    assert.equal(settings.contract, undefined);
    assert.equal(settings.fromBlock, 0n);
  });

  const refused: [name: string, flags: object, code: string][] = [
    ["a URL that is none", { rpcUrl: "localhost" }, "CONFIG_INVALID"],
    ["a URL of another protocol", { operatorUrl: "ftp://operator" }, "CONFIG_INVALID"],
    ["a short address", { contract: "0x12" }, "CONFIG_INVALID"],
    ["an address without 0x", { contract: "11".repeat(20) }, "CONFIG_INVALID"],
    ["a negative chain id", { chainId: "-1" }, "CONFIG_INVALID"],
    ["a chain id in words", { chainId: "mainnet" }, "CONFIG_INVALID"],
  ];
  for (const [name, flags, code] of refused) {
    test(`${name} is refused with ${code}`, (t) =>
      rejectsWithCode(code, () => loadSettings(dataPaths(temporaryDirectory(t)), { ...flags }, {})));
  }

  test("a profile with an unknown name, or that is no JSON, is refused", async (t) => {
    const paths = dataPaths(temporaryDirectory(t));
    writeProfile(paths, {});
    writeFileSync(paths.profile, '{"rpcurl":"http://127.0.0.1:1"}');
    await rejectsWithCode("CONFIG_UNKNOWN_KEY", () => loadSettings(paths, {}, {}));
    writeFileSync(paths.profile, "rpcUrl=http://127.0.0.1:1");
    await rejectsWithCode("CONFIG_FILE_UNREADABLE", () => loadSettings(paths, {}, {}));
  });
});
