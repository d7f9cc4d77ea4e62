import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { Worker } from "node:worker_threads";
import {
  type Abi,
  type Address,
  decodeErrorResult,
  decodeFunctionResult,
  encodeDeployData,
  encodeFunctionData,
  type Hex,
} from "viem";
import { ZERO_ADDRESS } from "../../protocol/hashing.ts";
import { artifactsOf } from "./artifacts.ts";
import type { EvmRequest, EvmResponse } from "./evmWorker.ts";

/** What a call did: the decoded result, or the name of the Solidity error that it reverted with. */
export type Outcome = { readonly value: unknown } | { readonly error: string };

export interface CallOptions {
  readonly from?: Address;
  /** In wei. */
  readonly value?: bigint;
}

export interface EvmContract {
  readonly address: Address;
  /** Runs a function and forgets what it changed. */
  call(functionName: string, args?: readonly unknown[], options?: CallOptions): Promise<Outcome>;
  /** Runs a function for good; it must succeed. */
  send(functionName: string, args?: readonly unknown[], options?: CallOptions): Promise<unknown>;
}

export interface TestEvm {
  readonly chainId: bigint;
  /** L1 time of the next calls, Unix seconds. */
  timestamp: number;
  baseFee: bigint;
  /** Deploys a compiled contract, by the path of its source and its name; called with its own ABI unless another is given. */
  deploy(source: string, name: string, args?: readonly unknown[], callAbi?: Abi): Promise<EvmContract>;
  /** A contract that another one has created. */
  at(address: Address, abi: Abi): EvmContract;
}

interface Artifact {
  readonly abi: Abi;
  readonly bytecode: Hex;
}

/**
 * A chain on the EVM of EthereumJS: an implementation that shares nothing with the network that the contracts' own tests
 * run on, and fast enough for thousands of cases. Calls are made one after the other.
 */
export function createTestEvm(): TestEvm {
  const worker = new Worker(new URL("./evmWorker.ts", import.meta.url));
  worker.unref();
  const chain: TestEvm = { chainId: 1n, timestamp: 1, baseFee: 0n, deploy, at };

  async function run(data: Hex, options: CallOptions, rest: Pick<EvmRequest, "to" | "dryRun">): Promise<EvmResponse> {
    const { from = ZERO_ADDRESS, value = 0n } = options;
    const { timestamp, baseFee } = chain;
    worker.ref();
    worker.postMessage({ data, from, value, timestamp, baseFee, ...rest } satisfies EvmRequest);
    const [response] = (await once(worker, "message")) as [EvmResponse];
    worker.unref();
    return response;
  }

  async function deploy(
    source: string,
    name: string,
    args: readonly unknown[] = [],
    callAbi?: Abi,
  ): Promise<EvmContract> {
    const artifact = readArtifact(source, name);
    const abi = callAbi ?? artifact.abi;
    const { failed, created } = await run(encodeDeployData({ ...artifact, args }), {}, { dryRun: false });
    assert.ok(!failed && created !== undefined, `${name} is deployed`);
    return at(created, abi);
  }

  function at(address: Address, abi: Abi): EvmContract {
    async function execute(functionName: string, args: readonly unknown[], options: CallOptions, dryRun: boolean) {
      const data = encodeFunctionData({ abi, functionName, args });
      const { failed, returned } = await run(data, options, { to: address, dryRun });
      if (failed) return { error: decodeErrorResult({ abi, data: returned }).errorName };
      return { value: decodeFunctionResult({ abi, functionName, data: returned }) };
    }
    return {
      address,
      call: (functionName, args = [], options = {}) => execute(functionName, args, options, true),
      async send(functionName, args = [], options = {}) {
        const outcome = await execute(functionName, args, options, false);
        assert.ok("value" in outcome, `${functionName} succeeds, not ${"error" in outcome && outcome.error}`);
        return outcome.value;
      },
    };
  }
  return chain;
}

function readArtifact(source: string, name: string): Artifact {
  const file = path.resolve(import.meta.dirname, "../..", artifactsOf(source), source, `${name}.json`);
  return JSON.parse(readFileSync(file, "utf8")) as Artifact;
}
