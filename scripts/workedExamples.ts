// Writes the worked examples of docs/protocol.md and docs/conditions/README.md: runs every line on networks of its own, with real services, and puts what
// plasma-cli answers between the markers. Hashes are shortened, and nothing else is changed.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { createTestClient, encodeAbiParameters, http } from "viem";
import { findFreePort } from "../cli/childProgram.ts";
import { DEV_DEFAULTS, type DevNetwork, startDevNetwork } from "../cli/devNetwork.ts";
import { dataPaths } from "../cli/paths.ts";
import { createWatcherApi } from "../client/watcherApi.ts";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const HOST = "127.0.0.1";
const PERIOD = 604_800;

interface Network extends DevNetwork {
  readonly data: string;
}

const files = mkdtempSync(path.join(tmpdir(), "plasma-examples-"));

async function startNetwork(): Promise<Network> {
  const data = mkdtempSync(path.join(tmpdir(), "plasma-example-chain-"));
  const [rpcPort, operatorPort, watcherPort] = await Promise.all([1, 2, 3].map(() => findFreePort(HOST)));
  const ports = { rpcPort: rpcPort ?? 0, operatorPort: operatorPort ?? 0, watcherPort: watcherPort ?? 0 };
  const options = { ...DEV_DEFAULTS, ...ports, minExitPeriod: PERIOD, blockIntervalMs: 200, l1IntervalMs: 0 };
  const signal = new AbortController().signal;
  const env = { PATH: process.env.PATH };
  const network = await startDevNetwork(options, { paths: dataPaths(data), env, signal, progress: () => {} });
  return { ...network, data };
}

async function stopNetwork(network: Network): Promise<void> {
  await network.stop();
  rmSync(network.data, { recursive: true, force: true });
}

/** Runs a program in the directory of the files and gives what it wrote on standard output. */
function run(program: readonly string[], env: Readonly<Record<string, string>>, cwd = files): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...program], { cwd, env: { PATH: process.env.PATH, HOME: files, ...env } });
    const written = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk) => {
      written.stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      written.stderr += chunk;
    });
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0 || written.stderr.startsWith("error"))
        resolve(written.stdout + (code === 0 ? "" : written.stderr));
      else reject(new Error(`${program.join(" ")}\n${written.stdout}${written.stderr}`));
    });
  });
}

/** The words of a line as a shell would split it. */
const words = (line: string) => [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");

async function cli(network: Network, line: string): Promise<string> {
  await validated(network);
  return run([path.join(root, "cli/main.ts"), ...words(line)], { PLASMA_DATA: network.data });
}

/** Waits until the watcher has executed whatever is on L1. */
async function validated({ watcherUrl }: Network): Promise<void> {
  if (watcherUrl === undefined) return;
  const watcher = createWatcherApi(watcherUrl);
  for (;;) {
    const { validBlock, committedBlock } = await watcher.call("plasma_getVerification");
    if (validBlock === committedBlock) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** What a reader sees: the line, and the answer without what it says to do next. */
function shown(prompt: string, line: string, answer: string): string {
  const [done = ""] = answer.split("\n\nNext:");
  return `${prompt}$ plasma-cli ${line}\n${done.trimEnd()}\n`
    .replaceAll(`${files}/`, "")
    .replace(/0x([0-9a-f]{4})[0-9a-f]{28,}/g, "0x$1…");
}

/** Plays lines, each for one network, and gives the console text. */
async function play(lines: readonly (readonly [Network, string, string])[]): Promise<string> {
  const parts: string[] = [];
  for (const [network, prompt, line] of lines) parts.push(shown(prompt, line, await cli(network, line)));
  return parts.join("\n");
}

function put(file: string, name: string, text: string): void {
  const target = path.join(root, file);
  const document = readFileSync(target, "utf8");
  const marked = new RegExp(`(<!-- example ${name}, written by scripts/workedExamples.ts -->\\n)[^]*?(<!-- end -->)`);
  if (!marked.test(document)) throw new Error(`${file} has no place for the example ${name}`);
  const next = document.replace(marked, (_, begin, end) => `${begin}\`\`\`console\n${text}\`\`\`\n${end}`);
  writeFileSync(target, next);
}

const one = await startNetwork();
const two = await startNetwork();
try {
  for (const line of [
    "deposit 20 eth --wait",
    "deposit 10 DEV --account bob --wait",
    "deposit 30 DEV --account bob --wait",
    "condition register multiSignature",
    "condition register paymentChannel",
    "condition register limitOrder",
  ]) {
    await cli(one, line);
  }
  await cli(two, "deposit 10 eth --account bob --wait");
  await cli(two, "condition register hashTimeLock");

  put(
    "docs/protocol.md",
    "multisig",
    await play([
      [one, "", "multisig create 5 eth --threshold 2 --owners alice bob carol --out safe.json"],
      [one, "", "multisig spend safe.json carol 2 eth --out spend.json"],
      [one, "", "multisig sign spend.json --account bob"],
      [one, "", "multisig send spend.json"],
      [one, "", "multisig sign spend.json --account carol"],
      [one, "", "multisig send spend.json"],
    ]),
  );

  put(
    "docs/protocol.md",
    "swap",
    await play([
      [one, "one", "condition register hashTimeLock"],
      [one, "one", "htlc lock bob 1 eth --until +60d --out lock.json"],
      [one, "one", "htlc accept lock.json --account bob"],
      [two, "two", "htlc lock alice 2 eth --until +50d --answer lock.json --account bob"],
      [two, "two", "htlc lock alice 2 eth --until +40d --answer lock.json --out answer.json --account bob"],
      [two, "two", "htlc accept answer.json"],
      [one, "one", "htlc secret lock.json --out secret.json"],
      [two, "two", "htlc claim answer.json --secret secret.json"],
      [two, "two", "htlc secret answer.json --out found.json --account bob"],
      [one, "one", "exit next --account bob"],
      [one, "one", "htlc claim lock.json --secret found.json --account bob"],
    ]),
  );

  put(
    "docs/protocol.md",
    "channel",
    await play([
      [one, "", "channel open bob 2 eth --until +30d --out channel.json"],
      [one, "", "channel accept channel.json --account bob"],
      [one, "", "channel pay channel.json 0.01 eth --out first.json"],
      [one, "", "channel pay channel.json 0.02 eth --out second.json"],
      [one, "", "channel accept channel.json second.json --account bob"],
      [one, "", "channel accept channel.json first.json --account bob"],
      [one, "", "channel close channel.json --account bob"],
    ]),
  );

  put(
    "docs/protocol.md",
    "order",
    await play([
      [one, "", 'order place 4 eth --for "40 DEV" --minimum "0.5 eth" --until +2d --out order.json'],
      [one, "", "order fill order.json 1 eth --account bob"],
      [one, "", "outputs"],
    ]),
  );

  const code = path.join(files, "inheritance.hex");
  const compiled = await run(
    [path.join(root, "scripts/compileCondition.ts"), "docs/conditions/Inheritance.sol", code],
    {},
    root,
  );
  const registered = await cli(one, "condition register inheritance.hex");
  const [condition = ""] = /0x[0-9a-f]{40}/.exec(registered) ?? [];
  const bob = one.accounts.find(({ name }) => name === "bob");
  const node = createTestClient({ mode: "hardhat", transport: http(one.rpcUrl) });
  const from = 1_900_000_000;
  const params = encodeAbiParameters([{ type: "address" }, { type: "uint40" }], [bob?.address ?? "0x", from]);
  const before = await play([
    [one, "", `condition pay ${condition} 3 eth --params ${params} --out money.json`],
    [one, "", "spend money.json bob 1 eth --account bob"],
  ]);
  await node.setNextBlockTimestamp({ timestamp: BigInt(from) });
  await node.mine({ blocks: 1 });
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  put(
    "docs/conditions/README.md",
    "own",
    [
      `$ node scripts/compileCondition.ts docs/conditions/Inheritance.sol inheritance.hex\n${compiled.replace(code, "inheritance.hex")}`,
      shown("", "condition register inheritance.hex", registered),
      before,
      await play([[one, "", `spend money.json bob 1 eth --valid-after ${from} --account bob`]]),
    ].join("\n"),
  );
} finally {
  await Promise.all([one, two].map(stopNetwork));
  rmSync(files, { recursive: true, force: true });
}
