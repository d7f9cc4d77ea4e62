import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Address, createPublicClient, createTestClient, http } from "viem";
import { createClient } from "../client/client.ts";
import { type ChildProgram, requireFreePort, startChildProgram } from "./childProgram.ts";
import { type DevContracts, deployDevContracts } from "./devContracts.ts";
import { CliError } from "./errors.ts";
import { makePrivateDirectory, writePrivateFile } from "./files.ts";
import { type AccountEntry, createAccount } from "./keystore.ts";
import type { DataPaths } from "./paths.ts";
import { writeProfile } from "./settings.ts";
import { createTokens } from "./tokens.ts";

export interface DevNetworkOptions {
  readonly rpcPort: number;
  readonly operatorPort: number;
  /** Of a watcher that tells and does not act; absent = none is started. */
  readonly watcherPort: number | undefined;
  /** Seconds that every exit is open to challenge. */
  readonly minExitPeriod: number;
  /** A Plasma block is sealed so long after its first transaction. */
  readonly blockIntervalMs: number;
  /** L1 mines a block so often, besides one per transaction; 0 = time stands still between transactions. */
  readonly l1IntervalMs: number;
  /** Names of the accounts that get money. */
  readonly accountNames: readonly string[];
  /** More options of the operator service, as on its command line. */
  readonly operatorOptions: readonly string[];
}

export const DEV_DEFAULTS: DevNetworkOptions = {
  rpcPort: 8545,
  operatorPort: 9545,
  watcherPort: 9645,
  minExitPeriod: 120,
  blockIntervalMs: 1_000,
  l1IntervalMs: 1_000,
  accountNames: ["alice", "bob", "carol"],
  operatorOptions: [],
};

export interface DevNetwork {
  readonly rpcUrl: string;
  readonly operatorUrl: string;
  readonly watcherUrl: string | undefined;
  readonly contract: Address;
  /** An ERC-20 token that anyone may mint. */
  readonly token: Address;
  readonly accounts: readonly AccountEntry[];
  readonly l1: ChildProgram;
  readonly operator: ChildProgram;
  readonly watcher: ChildProgram | undefined;
  /** Starts the operator again after it was stopped, on what it left on disk; later options override the network's. */
  restartOperator(operatorOptions?: readonly string[]): Promise<ChildProgram>;
  /** Ends the services, then L1. The data directory stays; its chain is gone. */
  stop(): Promise<void>;
}

export interface DevNetworkSurroundings {
  readonly paths: DataPaths;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  progress(text: string): void;
}

const HOST = "127.0.0.1";
const PROJECT = fileURLToPath(new URL("..", import.meta.url));
const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
const OPERATOR_ACCOUNT = "operator";

/**
 * Starts a whole chain on this machine: an L1 node, the contracts, funded accounts in the data directory, the operator, and
 * a profile, so that every command works with this data directory. The directory must be empty or one that a development
 * network has used; what is left of that network is deleted. Throws DIRECTORY_IN_USE, PORT_TAKEN, PROGRAM_ENDED.
 */
export async function startDevNetwork(
  options: DevNetworkOptions,
  { paths, env, signal, progress }: DevNetworkSurroundings,
): Promise<DevNetwork> {
  const rpcUrl = `http://${HOST}:${options.rpcPort}`;
  const operatorUrl = `http://${HOST}:${options.operatorPort}`;
  const { watcherPort } = options;
  const watcherUrl = watcherPort === undefined ? undefined : `http://${HOST}:${watcherPort}`;
  clearDirectory(paths);
  const ports = [options.rpcPort, options.operatorPort, ...(watcherPort === undefined ? [] : [watcherPort])];
  await Promise.all(ports.map((port) => requireFreePort(port, HOST)));

  progress("Starting the L1 node …");
  const l1 = await startL1(options.rpcPort, { paths, env, signal });
  const startOperator = (more: readonly string[] = []) => {
    const operatorOptions = [...options.operatorOptions, ...more];
    return startOperatorProgram({ ...options, operatorOptions }, operatorUrl, { paths, env, signal });
  };
  try {
    progress("Making accounts …");
    const accounts = await makeAccounts(paths, options.accountNames);
    progress("Deploying the contracts …");
    const { contract, token } = await setUpChain(options, accounts, { rpcUrl, operatorUrl, watcherUrl, paths });
    progress("Starting the operator …");
    let operator = await startOperator();
    if (watcherUrl !== undefined) progress("Starting the watcher …");
    const watcher =
      watcherUrl === undefined
        ? undefined
        : await startServiceProgram("watcher", ["--port", String(watcherPort)], watcherUrl, { paths, env, signal });
    return {
      rpcUrl,
      operatorUrl,
      watcherUrl,
      contract,
      token,
      accounts,
      l1,
      get operator() {
        return operator;
      },
      async restartOperator(operatorOptions) {
        operator = await startOperator(operatorOptions);
        return operator;
      },
      watcher,
      async stop() {
        await watcher?.stop();
        await operator.stop();
        await l1.stop();
      },
    };
  } catch (error) {
    await l1.stop();
    throw error;
  }
}

type Programs = Pick<DevNetworkSurroundings, "paths" | "env" | "signal">;

function startL1(port: number, { paths, env, signal }: Programs): Promise<ChildProgram> {
  const hardhat = createRequire(import.meta.url).resolve("hardhat/package.json");
  return startChildProgram({
    name: "the L1 node",
    args: [join(hardhat, "../dist/src/cli.js"), "node", "--hostname", HOST, "--port", String(port)],
    cwd: PROJECT,
    env: { ...env, HARDHAT_DISABLE_TELEMETRY: "true" },
    logFile: join(paths.dev, "l1.log"),
    isReady: () => answers(`http://${HOST}:${port}`, { jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] }),
    signal,
  });
}

function startOperatorProgram(
  { operatorPort, blockIntervalMs, operatorOptions }: DevNetworkOptions,
  url: string,
  programs: Programs,
): Promise<ChildProgram> {
  const own = ["--account", OPERATOR_ACCOUNT, "--block-interval-ms", String(blockIntervalMs), ...operatorOptions];
  return startServiceProgram("operator", ["--port", String(operatorPort), ...own], url, programs);
}

function startServiceProgram(
  name: "operator" | "watcher",
  options: readonly string[],
  url: string,
  { paths, env, signal }: Programs,
): Promise<ChildProgram> {
  return startChildProgram({
    name: `the ${name}`,
    args: [MAIN, name, "start", "--data", paths.root, "--l1-poll-ms", "100", ...options],
    cwd: paths.root,
    env,
    logFile: join(paths.dev, `${name}.log`),
    isReady: () => answers(`${url}/health`),
    signal,
  });
}

/** Whether an address answers with success: a GET, or a POST of `body`. */
async function answers(url: string, body?: unknown): Promise<boolean> {
  const post = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  try {
    return (await fetch(url, body === undefined ? {} : post)).ok;
  } catch {
    return false;
  }
}

async function makeAccounts(paths: DataPaths, names: readonly string[]): Promise<Accounts> {
  const password = randomBytes(16).toString("hex");
  writePrivateFile(passwordFile(paths), `${password}\n`);
  const make = (name: string) => createAccount(paths, name, password, "light");
  return Promise.all([make(OPERATOR_ACCOUNT), ...names.map(make)]);
}

type Accounts = readonly [operator: AccountEntry, ...holders: AccountEntry[]];

/** Deploys the contracts, and writes down in the data directory what every command needs to know of them. */
async function setUpChain(
  { minExitPeriod, l1IntervalMs }: DevNetworkOptions,
  [operator, ...holders]: Accounts,
  {
    rpcUrl,
    operatorUrl,
    watcherUrl,
    paths,
  }: Pick<DevNetwork, "rpcUrl" | "operatorUrl" | "watcherUrl"> & {
    readonly paths: DataPaths;
  },
): Promise<DevContracts> {
  const deployed = await deployDevContracts({
    rpcUrl,
    minExitPeriod,
    operator: operator.address,
    holders: holders.map(({ address }) => address),
  });
  const { chainId, contract, token } = deployed;
  const transport = http(rpcUrl, { retryCount: 0 });
  const node = createTestClient({ mode: "hardhat", transport });
  if (l1IntervalMs > 0) await node.setIntervalMining({ interval: l1IntervalMs / 1000 });
  writeProfile(paths, {
    rpcUrl,
    operatorUrl,
    ...(watcherUrl === undefined ? {} : { watcherUrl }),
    contract,
    chainId: chainId.toString(),
    ...(holders[0] ? { account: holders[0].name } : {}),
    passwordFile: passwordFile(paths),
  });
  // Known from the start, so that "5 DEV" can be typed.
  const domain = { chainId, contract };
  const client = createClient({ domain, l1: createPublicClient({ transport }), operatorUrl });
  await createTokens(client, paths.tokens(domain)).unitOf(token);
  return deployed;
}

function passwordFile(paths: DataPaths): string {
  return join(paths.dev, "password");
}

/** A development chain lives in memory: what a directory holds of the last one is of no use to the next. */
function clearDirectory(paths: DataPaths): void {
  const isUsed = existsSync(paths.root) && readdirSync(paths.root).length > 0;
  if (isUsed && !existsSync(passwordFile(paths))) {
    throw new CliError("DIRECTORY_IN_USE", `${paths.root} holds something else than a development network`);
  }
  for (const path of [paths.accounts, paths.operator, paths.watcher, paths.chains, paths.profile, paths.dev]) {
    rmSync(path, { recursive: true, force: true });
  }
  makePrivateDirectory(paths.dev);
}
