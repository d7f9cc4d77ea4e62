import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, it } from "node:test";
import { openWriteAheadLog, type WriteAheadLogOptions } from "../../../runtime/writeAheadLog.ts";
import { temporaryDirectory } from "../../support/temporaryDirectory.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

async function replayed(directory: string): Promise<string[]> {
  const records: string[] = [];
  const log = await openWriteAheadLog({ directory }, (record) => records.push(Buffer.from(record).toString()));
  await log.close();
  return records;
}

const open = (options: WriteAheadLogOptions) => openWriteAheadLog(options, () => undefined);

/** A log with one group per list of records; returns the bytes of its only segment. */
async function writeGroups(directory: string, groups: string[][]): Promise<Buffer> {
  const log = await open({ directory });
  for (const group of groups) {
    for (const record of group) log.append(bytes(record));
    await log.sync();
  }
  await log.close();
  return readFile(path.join(directory, "0000000001.log"));
}

describe("write-ahead log", () => {
  it("replays what was synced, in order, over several openings", async (test) => {
    const directory = temporaryDirectory(test);
    await writeGroups(directory, [
      ["a", "bb"],
      ["", "ccc"],
    ]);
    await writeGroups(directory, [["d"]]);
    assert.deepEqual(await replayed(directory), ["a", "bb", "", "ccc", "d"]);
  });

  it("writes everything that waits with one fdatasync, and resolves one promise for it", async (test) => {
    const directory = temporaryDirectory(test);
    const groups: number[] = [];
    const log = await open({ directory, onSync: (_seconds, records) => groups.push(records) });
    for (let index = 0; index < 500; index++) log.append(bytes(`record ${index}`));
    const group = log.sync();
    assert.equal(log.sync(), group);
    await group;
    await log.close();
    assert.deepEqual(groups, [500]);
  });

  it("resolves a sync only when its own records are in the file", async (test) => {
    const directory = temporaryDirectory(test);
    const log = await open({ directory });
    const file = path.join(directory, "0000000001.log");
    for (let index = 0; index < 50; index++) {
      log.append(bytes(`<${index}>`));
      await log.sync();
      assert.ok((await readFile(file)).includes(`<${index}>`));
    }
    await log.close();
  });

  it("cuts a tail torn at any byte and keeps every group before it", async (test) => {
    const directory = temporaryDirectory(test);
    const whole = await writeGroups(directory, [["first", "second"], ["third"], ["fourth", "fifth"]]);
    const two = await writeGroups(path.join(directory, "two"), [["first", "second"], ["third"]]);
    const one = await writeGroups(path.join(directory, "one"), [["first", "second"]]);
    const torn = path.join(directory, "torn");
    await mkdir(torn);
    for (let length = 0; length < whole.length; length++) {
      await writeFile(path.join(torn, "0000000001.log"), whole.subarray(0, length));
      const expected =
        length >= two.length ? ["first", "second", "third"] : length >= one.length ? ["first", "second"] : [];
      assert.deepEqual(await replayed(torn), expected, `cut at ${length}`);
      // What is appended to a repaired log is as good as ever.
      const log = await open({ directory: torn });
      log.append(bytes("after"));
      await log.sync();
      await log.close();
      assert.deepEqual(await replayed(torn), [...expected, "after"], `appended after a cut at ${length}`);
    }
  });

  it("cuts a tail whose bytes never reached the disk", async (test) => {
    const directory = temporaryDirectory(test);
    const whole = await writeGroups(directory, [["first"], ["second"]]);
    await truncate(path.join(directory, "0000000001.log"), whole.length - 3);
    await truncate(path.join(directory, "0000000001.log"), whole.length + 4096);
    assert.deepEqual(await replayed(directory), ["first"]);
  });

  it("cuts a torn group whose records look like groups themselves", async (test) => {
    const directory = temporaryDirectory(test);
    const frame = await writeGroups(path.join(directory, "inner"), [["a stranger's bytes"]]);
    const log = await open({ directory });
    log.append(bytes("first"));
    await log.sync();
    log.append(frame);
    log.append(bytes("last"));
    await log.sync();
    await log.close();
    const file = path.join(directory, "0000000001.log");
    await truncate(file, (await readFile(file)).length - 1);
    assert.deepEqual(await replayed(directory), ["first"]);
  });

  it("fails for good when it cannot write", async (test) => {
    const directory = temporaryDirectory(test);
    const log = await open({ directory });
    log.append(bytes("first"));
    await log.sync();
    log.rotate();
    await rm(directory, { recursive: true });
    log.append(bytes("second"));
    await assert.rejects(log.sync(), { code: "LOG_WRITE_FAILED" });
    assert.throws(() => log.append(bytes("third")), { code: "LOG_WRITE_FAILED" });
    await assert.rejects(log.sync(), { code: "LOG_WRITE_FAILED" });
  });

  it("refuses a log with any bit flipped before the last group", async (test) => {
    const directory = temporaryDirectory(test);
    const last = await writeGroups(path.join(directory, "all"), [["first", "second"], ["third"], ["fourth"]]);
    const before = await writeGroups(path.join(directory, "before"), [["first", "second"], ["third"]]);
    const damaged = path.join(directory, "damaged");
    await mkdir(damaged);
    for (let bit = 0; bit < before.length * 8; bit++) {
      const copy = Buffer.from(last);
      copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
      await writeFile(path.join(damaged, "0000000001.log"), copy);
      await assert.rejects(replayed(damaged), { code: "LOG_CORRUPT" }, `bit ${bit}`);
    }
  });

  it("keeps records of several segments in order and forgets the dropped ones", async (test) => {
    const directory = temporaryDirectory(test);
    const log = await open({ directory });
    log.append(bytes("one"));
    const second = log.rotate();
    log.append(bytes("two"));
    log.rotate();
    log.append(bytes("three"));
    await log.sync();
    assert.deepEqual(await readdir(directory), ["0000000001.log", "0000000002.log", "0000000003.log"]);
    await log.dropBefore(second);
    await log.close();
    assert.deepEqual(await replayed(directory), ["two", "three"]);
  });

  it("refuses a log with a missing segment, and one torn in an older segment", async (test) => {
    const directory = temporaryDirectory(test);
    const log = await open({ directory });
    for (const record of ["one", "two", "three"]) {
      log.append(bytes(record));
      log.rotate();
    }
    await log.sync();
    await log.close();
    const copyOf = async (name: string, segments: number[]) => {
      const copy = path.join(directory, name);
      await mkdir(copy);
      for (const segment of segments) {
        await copyFile(path.join(directory, `000000000${segment}.log`), path.join(copy, `000000000${segment}.log`));
      }
      return copy;
    };
    await assert.rejects(replayed(await copyOf("missing", [1, 3])), { code: "LOG_CORRUPT" });
    const torn = await copyOf("torn", [1, 2, 3]);
    await truncate(path.join(torn, "0000000002.log"), 20);
    await assert.rejects(replayed(torn), { code: "LOG_CORRUPT" });
  });

  it("fails for good when no more bytes may be stored, and loses nothing that it acknowledged", async (test) => {
    const directory = temporaryDirectory(test);
    // The limit of the file's size is a real one, set by the shell for the child.
    const script = `
      import { openWriteAheadLog } from ${JSON.stringify(new URL("../../../runtime/writeAheadLog.ts", import.meta.url).href)};
      const log = await openWriteAheadLog({ directory: process.argv[1] }, () => undefined);
      const codeOf = async (run) => { try { await run(); } catch (error) { return error.code; } };
      let acknowledged = 0;
      const failure = await codeOf(async () => {
        for (; acknowledged < 1000; acknowledged++) {
          log.append(new Uint8Array(1000).fill(acknowledged));
          await log.sync();
        }
      });
      const after = [await codeOf(() => log.append(new Uint8Array(1))), await codeOf(() => log.sync())];
      await log.close();
      console.log(JSON.stringify({ acknowledged, failure, after }));
    `;
    const command = 'ulimit -f 64; exec "$0" --input-type=module -e "$1" "$2"';
    const child = spawn("bash", ["-c", command, process.execPath, script, directory], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    const [exitCode] = await once(child, "close");
    assert.equal(exitCode, 0);
    const { acknowledged, failure, after } = JSON.parse(output);
    assert.equal(failure, "STORE_DISK_FULL");
    assert.deepEqual(after, ["STORE_DISK_FULL", "STORE_DISK_FULL"]);
    assert.ok(acknowledged > 0);
    const records = await replayed(directory);
    assert.ok(records.length >= acknowledged);
  });
});
