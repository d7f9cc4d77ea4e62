import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { Common, Hardfork, Mainnet } from "@ethereumjs/common";
import { createEVM, type EVMRunCallOpts } from "@ethereumjs/evm";
import { Account, createAddressFromString, createZeroAddress } from "@ethereumjs/util";
import {
  type Abi,
  type Address,
  decodeErrorResult,
  decodeFunctionResult,
  encodeDeployData,
  encodeFunctionData,
  type Hex,
} from "viem";
import { fromHex, toHex } from "../../protocol/bytes.ts";
import { ZERO_ADDRESS } from "../../protocol/hashing.ts";

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
  /** Deploys a compiled contract, by the path of its source and its name. */
  deploy(source: string, name: string, args?: readonly unknown[]): Promise<EvmContract>;
}

interface Artifact {
  readonly abi: Abi;
  readonly bytecode: Hex;
}

/** A call may take what a block has; how much it takes is not for these tests. */
const GAS_LIMIT = 100_000_000n;

/**
 * The EVM of EthereumJS, in this process: an implementation that shares nothing with the network that the contracts'
 * own tests run on, and fast enough for thousands of cases.
 */
export async function createTestEvm(): Promise<TestEvm> {
  const common = new Common({ chain: Mainnet, hardfork: Hardfork.Osaka });
  const evm = await createEVM({ common, allowUnlimitedContractSize: false });

  const chain: TestEvm = { chainId: common.chainId(), timestamp: 1, baseFee: 0n, deploy };

  const run = (options: EVMRunCallOpts, { from = ZERO_ADDRESS, value = 0n }: CallOptions = {}) =>
    evm.runCall({
      caller: createAddressFromString(from),
      value,
      skipBalance: true,
      gasLimit: GAS_LIMIT,
      block: blockAt(chain),
      ...options,
    });

  async function deploy(source: string, name: string, args: readonly unknown[] = []): Promise<EvmContract> {
    const { abi, bytecode } = readArtifact(source, name);
    const data = fromHex(encodeDeployData({ abi, bytecode, args }));
    const { execResult, createdAddress } = await run({ data });
    assert.equal(execResult.exceptionError, undefined, `${name} is deployed`);
    assert.ok(createdAddress);

    const execute = async (functionName: string, args: readonly unknown[], options?: CallOptions): Promise<Outcome> => {
      const data = fromHex(encodeFunctionData({ abi, functionName, args }));
      const { execResult } = await run({ to: createdAddress, data }, options);
      const returned = toHex(execResult.returnValue);
      if (execResult.exceptionError === undefined) {
        return { value: decodeFunctionResult({ abi, functionName, data: returned }) };
      }
      return { error: decodeErrorResult({ abi, data: returned }).errorName };
    };
    return {
      address: toHex(createdAddress.bytes),
      async call(functionName, args = [], options = {}) {
        await evm.journal.checkpoint();
        try {
          return await execute(functionName, args, options);
        } finally {
          await evm.journal.revert();
        }
      },
      async send(functionName, args = [], options = {}) {
        const outcome = await execute(functionName, args, options);
        assert.ok("value" in outcome, `${functionName} succeeds, not ${"error" in outcome && outcome.error}`);
        return outcome.value;
      },
    };
  }

  // The deployer needs an account, so that its nonce makes each address new.
  await evm.stateManager.putAccount(createZeroAddress(), new Account());
  return chain;
}

function readArtifact(source: string, name: string): Artifact {
  const file = path.resolve(import.meta.dirname, "../../artifacts", source, `${name}.json`);
  return JSON.parse(readFileSync(file, "utf8")) as Artifact;
}

/** The block context that a call sees. */
function blockAt({ timestamp, baseFee }: TestEvm): NonNullable<EVMRunCallOpts["block"]> {
  const header = {
    number: 1n,
    coinbase: createZeroAddress(),
    timestamp: BigInt(timestamp),
    difficulty: 0n,
    prevRandao: new Uint8Array(32),
    gasLimit: GAS_LIMIT,
    baseFeePerGas: baseFee,
    getBlobGasPrice: () => 1n,
  };
  return { header } as NonNullable<EVMRunCallOpts["block"]>;
}
