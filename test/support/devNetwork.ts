import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Address, createTestClient, type Hex, http, publicActions } from "viem";
import { findFreePort } from "../../cli/childProgram.ts";
import { type DevNetwork, type DevNetworkOptions, startDevNetwork } from "../../cli/devNetwork.ts";
import { unlockAccount } from "../../cli/keystore.ts";
import { dataPaths } from "../../cli/paths.ts";

const MAIN = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));
const HOST = "127.0.0.1";

/** Seconds that an exit is open to challenge on a test network. */
export const EXIT_PERIOD = 3_600;

export interface CliRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliSurroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

/** Runs plasma-cli as a program of its own, with none of the caller's settings. */
export function runCli(args: readonly string[], { env = {}, stdin = "" }: CliSurroundings = {}): Promise<CliRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...args], { env: { PATH: process.env.PATH, HOME: tmpdir(), ...env } });
    const written = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk) => {
      written.stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      written.stderr += chunk;
    });
    child.once("error", reject);
    child.once("close", (exitCode) => resolve({ exitCode: exitCode ?? -1, ...written }));
    child.stdin.end(stdin);
  });
}

/** A development network in a directory of its own, and plasma-cli to use it as a person would. */
export interface TestNetwork extends DevNetwork {
  readonly data: string;
  readonly node: ReturnType<typeof createNode>;
  /** Runs a command that must succeed and returns its JSON. */
  ok<T = Readonly<Record<string, unknown>>>(...args: readonly string[]): Promise<T>;
  /** Runs a command that must fail with this code and exit code, and in nothing but the expected way. */
  fails(code: string, exitCode: number, ...args: readonly string[]): Promise<void>;
  /** The key of an account, for what no command would do. */
  privateKey(name: string): Promise<Hex>;
  address(name: string): Address;
  /** Moves L1 time. */
  pass(seconds: number): Promise<void>;
  close(): Promise<void>;
}

function createNode(url: string) {
  return createTestClient({
    mode: "hardhat",
    transport: http(url, { retryCount: 0 }),
    pollingInterval: 20,
    cacheTime: 0,
  }).extend(publicActions);
}

/** Starts a network with alice, bob and carol, whose L1 time stands still between transactions. */
export async function startTestNetwork(options: Partial<DevNetworkOptions> = {}): Promise<TestNetwork> {
  const data = mkdtempSync(join(tmpdir(), "plasma-e2e-"));
  const stop = new AbortController();
  const [rpcPort, operatorPort] = await Promise.all([findFreePort(HOST), findFreePort(HOST)]);
  const network = await startDevNetwork(
    {
      rpcPort,
      operatorPort,
      minExitPeriod: EXIT_PERIOD,
      blockIntervalMs: 100,
      l1IntervalMs: 0,
      accountNames: ["alice", "bob", "carol"],
      operatorOptions: [],
      watcherPort: undefined,
      ...options,
    },
    { paths: dataPaths(data), env: { PATH: process.env.PATH }, signal: stop.signal, progress: () => {} },
  );
  const node = createNode(network.rpcUrl);
  const run = (args: readonly string[]) => runCli([...args, "--json", "--data", data]);
  const addresses = new Map(network.accounts.map(({ name, address }) => [name, address]));
  const password = readFileSync(join(dataPaths(data).dev, "password"), "utf8").trim();

  return {
    ...network,
    get operator() {
      return network.operator;
    },
    data,
    node,
    async ok(...args) {
      const { exitCode, stdout, stderr } = await run(args);
      assert.equal(exitCode, 0, `plasma-cli ${args.join(" ")}\n${stderr}`);
      return JSON.parse(stdout);
    },
    async fails(code, exitCode, ...args) {
      const outcome = await run(args);
      assert.equal(JSON.parse(outcome.stdout).error?.code, code, `plasma-cli ${args.join(" ")}\n${outcome.stderr}`);
      assert.equal(outcome.exitCode, exitCode);
      assert.ok(!outcome.stderr.includes("    at "), outcome.stderr);
    },
    privateKey: (name) => unlockAccount(dataPaths(data), name, password),
    address(name) {
      const address = addresses.get(name);
      assert.ok(address, name);
      return address;
    },
    async pass(seconds) {
      await node.increaseTime({ seconds });
      await node.mine({ blocks: 1 });
    },
    async close() {
      await network.stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** What the commands answer, as far as the stories look at it. */
export interface Deposited {
  readonly position: string;
  readonly outputId: Hex;
  readonly amount: string;
  readonly transactionHash: Hex;
  readonly proofFile: string;
}

export interface Sent {
  readonly txId: Hex;
  readonly block: string;
  readonly txIndex: number;
  readonly status: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly { readonly position: string; readonly owner: Address; readonly amount: string }[];
}

export interface Balances {
  readonly balances: readonly {
    readonly symbol: string;
    readonly verified: string;
    readonly pending: string;
    readonly disputed: string;
    readonly onL1: string;
    readonly credit: string;
  }[];
}

export interface Listed {
  readonly outputs: readonly {
    readonly position: string;
    readonly outputId: Hex;
    readonly amount: string;
    readonly token: Address;
    readonly status: string;
    readonly verified: boolean;
    readonly problem: string | null;
    readonly proofFile: string | null;
  }[];
}

export interface StartedExit {
  readonly position: string;
  readonly outputId: Hex;
  readonly bond: string;
  readonly exitableAt: number;
}

export interface StartedInFlight {
  readonly txId: Hex;
  readonly pieces: readonly string[];
  readonly bond: string;
  readonly bonds: string;
  readonly phaseOneEnds: number;
  readonly exitableAt: number;
}

export interface ListedInFlight {
  readonly txId: Hex;
  readonly status: string;
  readonly contested: boolean;
  readonly verdict: string;
  readonly bondOwner: Address;
  readonly phaseOneEnds: number;
  readonly exitableAt: number;
  readonly pieces: readonly { readonly piece: string; readonly state: string }[];
}

export interface ListedExits {
  readonly exits: readonly { readonly position: string; readonly status: string; readonly bondOnly: boolean }[];
  readonly inFlight: readonly ListedInFlight[];
}

export interface InFlightStepRow {
  readonly action: string;
  readonly pieces?: readonly string[];
  readonly before?: number;
  readonly at?: number;
  readonly next?: string;
  readonly outcome?: string;
  readonly value?: string;
  readonly reward?: string;
  readonly tokens?: readonly Address[];
  readonly gas: string | null;
}

export interface NextSteps {
  readonly exits: readonly {
    readonly position: string;
    readonly status: string;
    readonly next: string;
    readonly at: number | null;
  }[];
  readonly inFlight: readonly (ListedInFlight & {
    readonly roles: readonly string[];
    readonly steps: readonly InFlightStepRow[];
  })[];
  readonly payments: readonly {
    readonly txId: Hex;
    readonly next: string;
    readonly endsSoon: boolean;
    readonly bonds: string | null;
  }[];
}

export interface Processed {
  readonly paid: readonly { readonly outputId: Hex; readonly owner: Address; readonly amount: string }[];
  readonly credited: readonly { readonly account: Address; readonly amount: string }[];
  readonly dropped: readonly Hex[];
  readonly decided: readonly { readonly txId: Hex; readonly canonical: boolean; readonly bondOwner: Address }[];
}
