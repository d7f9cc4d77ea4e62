import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { lockDataDirectory } from "../../../runtime/dataDirectory.ts";
import { openStore, type StoreIdentity } from "../../../runtime/store.ts";
import { temporaryDirectory } from "../../support/temporaryDirectory.ts";

const IDENTITY: StoreIdentity = {
  kind: "operator",
  chainId: 31337n,
  contract: "0x00000000000000000000000000000000000000cc",
};

describe("store", () => {
  it("refuses a store of another chain, contract, kind or format", async (test) => {
    const file = path.join(temporaryDirectory(test), "store");
    openStore(file, IDENTITY).close();
    openStore(file, IDENTITY).close();
    const others: [string, StoreIdentity][] = [
      ["STORE_WRONG_CHAIN", { ...IDENTITY, chainId: 1n }],
      ["STORE_WRONG_CHAIN", { ...IDENTITY, contract: "0x00000000000000000000000000000000000000dd" }],
      ["STORE_WRONG_KIND", { ...IDENTITY, kind: "watcher" }],
    ];
    for (const [code, identity] of others) assert.throws(() => openStore(file, identity), { code });
    const database = new DatabaseSync(file);
    database.exec("PRAGMA user_version = 999");
    database.close();
    assert.throws(() => openStore(file, IDENTITY), { code: "STORE_WRONG_VERSION" });
  });

  it("refuses a file that is no database", async (test) => {
    const file = path.join(temporaryDirectory(test), "store");
    await writeFile(file, "not a database, but long enough to be looked at as one".repeat(100));
    assert.throws(() => openStore(file, IDENTITY), { code: "STORE_CORRUPT" });
  });

  it("says when another process writes", async (test) => {
    const file = path.join(temporaryDirectory(test), "store");
    const store = openStore(file, IDENTITY);
    const other = new DatabaseSync(file);
    other.exec("BEGIN IMMEDIATE");
    assert.throws(() => store.transaction(() => undefined), { code: "STORE_LOCKED" });
    other.close();
    store.transaction(() => undefined);
    store.close();
  });

  it("undoes a transaction that throws", async (test) => {
    const store = openStore(path.join(temporaryDirectory(test), "store"), IDENTITY);
    const insert = store.prepare("INSERT INTO unspent_sums VALUES (?, '0x0')");
    const count = store.prepare("SELECT count(*) AS count FROM unspent_sums");
    const refuse = () =>
      store.transaction(() => {
        insert.run(new Uint8Array(20));
        throw new RangeError("no");
      });
    assert.throws(refuse, RangeError);
    assert.equal(count.get()?.count, 0);
    store.close();
  });

  it("says when the disk is full, and keeps what was committed", async (test) => {
    const file = path.join(temporaryDirectory(test), "store");
    const script = `
      import { openStore } from ${JSON.stringify(new URL("../../../runtime/store.ts", import.meta.url).href)};
      const store = openStore(process.argv[1], ${JSON.stringify({ ...IDENTITY, chainId: "31337" })});
      const insert = store.prepare("INSERT INTO attempts VALUES (randomblob(32), 1, zeroblob(10000), '0x0', '0x0', 0)");
      let committed = 0;
      try {
        for (; committed < 1000; committed++) store.transaction(() => insert.run());
      } catch (error) {
        console.log(JSON.stringify({ committed, code: error.code }));
      }
    `;
    const command = 'ulimit -f 512; exec "$0" --input-type=module -e "$1" "$2"';
    const child = spawn("bash", ["-c", command, process.execPath, script, file], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    await once(child, "close");
    const { committed, code } = JSON.parse(output);
    assert.equal(code, "STORE_DISK_FULL");
    const store = openStore(file, IDENTITY);
    assert.equal(store.prepare("SELECT count(*) AS count FROM attempts").get()?.count, committed);
    store.close();
  });
});

describe("data directory", () => {
  it("belongs to one process at a time", async (test) => {
    const directory = path.join(temporaryDirectory(test), "new", "data");
    const first = lockDataDirectory(directory);
    assert.throws(() => lockDataDirectory(directory), { code: "DATA_DIRECTORY_LOCKED" });
    first.release();
    lockDataDirectory(directory).release();
  });

  it("must be a directory that can be written", async (test) => {
    const file = path.join(temporaryDirectory(test), "file");
    await writeFile(file, "");
    assert.throws(() => lockDataDirectory(path.join(file, "data")), { code: "DATA_DIRECTORY_UNUSABLE" });
  });
});
