import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { decryptKeystoreJson } from "ethers/wallet";
import { privateKeyToAddress } from "viem/accounts";
import { createAccount, findAccount, importAccount, listAccounts, unlockAccount } from "../../../cli/keystore.ts";
import { dataPaths } from "../../../cli/paths.ts";
import { rejectsWithCode } from "../../support/failureCode.ts";
import { temporaryDirectory } from "../../support/temporaryDirectory.ts";

const KEY = `0x${"42".repeat(32)}` as const;

describe("keystore", () => {
  test("an imported key comes back with its password only", async (t) => {
    const paths = dataPaths(temporaryDirectory(t));
    const account = await importAccount(paths, "alice", KEY, "correct horse", "light");
    assert.equal(account.address, privateKeyToAddress(KEY).toLowerCase());
    assert.equal(await unlockAccount(paths, "alice", "correct horse"), KEY);
    await rejectsWithCode("PASSWORD_WRONG", () => unlockAccount(paths, "alice", "correct house"));
  });

  test("the file is a keystore v3 that other software opens, and does not hold the key", async (t) => {
    const paths = dataPaths(temporaryDirectory(t));
    await importAccount(paths, "alice", KEY, "pass", "light");
    const json = readFileSync(paths.account("alice"), "utf8");
    assert.equal(JSON.parse(json).version, 3);
    assert.equal((await decryptKeystoreJson(json, "pass")).privateKey, KEY);
    assert.ok(!json.includes(KEY.slice(2)));
  });

  test("the standard strength is that of other wallets", async (t) => {
    const paths = dataPaths(temporaryDirectory(t));
    await createAccount(paths, "main", "pass", "standard");
    const { Crypto } = JSON.parse(readFileSync(paths.account("main"), "utf8"));
    assert.equal(Crypto.kdfparams.n, 131_072);
  });

  test("only the owner can read keys and directories", async (t) => {
    const paths = dataPaths(`${temporaryDirectory(t)}/fresh`);
    await createAccount(paths, "alice", "pass", "light");
    const modeOf = (path: string) => statSync(path).mode & 0o777;
    assert.equal(modeOf(paths.account("alice")), 0o600);
    assert.equal(modeOf(paths.accounts), 0o700);
    assert.equal(modeOf(paths.root), 0o700);
  });

  test("every new account has another key", async (t) => {
    const paths = dataPaths(temporaryDirectory(t));
    const [alice, bob] = await Promise.all([
      createAccount(paths, "alice", "pass", "light"),
      createAccount(paths, "bob", "pass", "light"),
    ]);
    assert.notEqual(alice.address, bob.address);
    assert.deepEqual(listAccounts(paths), [alice, bob]);
  });

  test("neither a name nor a key is stored twice", async (t) => {
    const paths = dataPaths(temporaryDirectory(t));
    await importAccount(paths, "alice", KEY, "pass", "light");
    const before = readFileSync(paths.account("alice"), "utf8");
    await rejectsWithCode("ACCOUNT_EXISTS", () => createAccount(paths, "alice", "pass", "light"));
    await rejectsWithCode("ACCOUNT_EXISTS", () => importAccount(paths, "twin", KEY, "pass", "light"));
    assert.equal(readFileSync(paths.account("alice"), "utf8"), before);
  });

  test("a name cannot leave the directory of accounts", async (t) => {
    const paths = dataPaths(temporaryDirectory(t));
    for (const name of ["../alice", "a/b", "", ".hidden", "a".repeat(65)]) {
      await rejectsWithCode("USAGE", () => createAccount(paths, name, "pass", "light"));
    }
  });

  test("accounts are found by name, by address, or because there is only one", async (t) => {
    const paths = dataPaths(temporaryDirectory(t));
    await rejectsWithCode("ACCOUNT_NONE", () => findAccount(paths, undefined));
    const alice = await createAccount(paths, "alice", "pass", "light");
    assert.deepEqual(findAccount(paths, undefined), alice);
    const bob = await createAccount(paths, "bob", "pass", "light");
    await rejectsWithCode("ACCOUNT_AMBIGUOUS", () => findAccount(paths, undefined));
    assert.deepEqual(findAccount(paths, "bob"), bob);
    assert.deepEqual(findAccount(paths, alice.address.toUpperCase().replace("0X", "0x")), alice);
    await rejectsWithCode("ACCOUNT_UNKNOWN", () => findAccount(paths, "carol"));
  });

  test("a damaged file is reported, never taken for an account", async (t) => {
    const paths = dataPaths(temporaryDirectory(t));
    await createAccount(paths, "alice", "pass", "light");
    writeFileSync(paths.account("alice"), '{"address":"0x12"}');
    await rejectsWithCode("FILE_DAMAGED", () => listAccounts(paths));
    writeFileSync(paths.account("alice"), "{");
    await rejectsWithCode("FILE_DAMAGED", () => listAccounts(paths));
  });
});
