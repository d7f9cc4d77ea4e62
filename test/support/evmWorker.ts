// The EVM of EthereumJS in a thread of its own: the test runner follows every promise of its own thread, and this EVM
// makes one per instruction.
import { parentPort } from "node:worker_threads";
import { Common, Hardfork, Mainnet } from "@ethereumjs/common";
import { Account, createAddressFromString, createZeroAddress } from "@ethereumjs/util";
import { createVM } from "@ethereumjs/vm";
import type { Address, Hex } from "viem";
import { fromHex, toHex } from "../../protocol/bytes.ts";

export interface EvmRequest {
  /** Absent to deploy. */
  readonly to?: Address;
  readonly data: Hex;
  readonly from: Address;
  readonly value: bigint;
  readonly timestamp: number;
  readonly baseFee: bigint;
  /** Whether what the call changes is forgotten. */
  readonly dryRun: boolean;
}

export interface EvmResponse {
  readonly failed: boolean;
  readonly returned: Hex;
  /** Of the deployed contract. */
  readonly created: Address | undefined;
}

type BlockContext = NonNullable<Parameters<typeof evm.runCall>[0]["block"]>;

/** A call may take what a block has; how much it takes is not for these tests. */
const GAS_LIMIT = 100_000_000n;

const { evm } = await createVM({ common: new Common({ chain: Mainnet, hardfork: Hardfork.Osaka }) });
// The deployer needs an account, so that its nonce makes each address new.
await evm.stateManager.putAccount(createZeroAddress(), new Account());

async function execute({ to, data, from, value, timestamp, baseFee, dryRun }: EvmRequest): Promise<EvmResponse> {
  if (dryRun) await evm.journal.checkpoint();
  const { execResult, createdAddress } = await evm.runCall({
    caller: createAddressFromString(from),
    ...(to === undefined ? {} : { to: createAddressFromString(to) }),
    data: fromHex(data),
    value,
    skipBalance: true,
    gasLimit: GAS_LIMIT,
    block: blockAt(timestamp, baseFee),
  });
  if (dryRun) await evm.journal.revert();
  return {
    failed: execResult.exceptionError !== undefined,
    returned: toHex(execResult.returnValue),
    created: createdAddress === undefined ? undefined : toHex(createdAddress.bytes),
  };
}

/** The block context that a call sees. */
function blockAt(timestamp: number, baseFee: bigint): BlockContext {
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
  return { header } as BlockContext;
}

let queue = Promise.resolve();
parentPort?.on("message", (request: EvmRequest) => {
  queue = queue.then(async () => parentPort?.postMessage(await execute(request)));
});
