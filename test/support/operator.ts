import type { Address, Hex } from "viem";
import { type OperatorConfig, operatorOptions } from "../../operator/options.ts";
import { startOperator } from "../../operator/service.ts";
import { createLogger } from "../../runtime/logger.ts";
import { depositEth, type L1, OPERATOR } from "./l1.ts";
import type { Spendable } from "./payer.ts";
import { type Rpc, rpcTo, until } from "./rpc.ts";
import { type Ending, temporaryDirectory } from "./temporaryDirectory.ts";

export interface TestOperator {
  readonly url: string;
  readonly rpc: Rpc;
  readonly config: OperatorConfig;
  stop(): Promise<void>;
}

/** Options of a quick operator on a free port. */
export function operatorConfig(
  l1: L1,
  contract: Address,
  dataDir: string,
  overrides: Readonly<Record<string, unknown>> = {},
) {
  const quick = { blockIntervalMs: 100, l1PollMs: 40, verifierThreads: 1, ratePerSecond: 1e6, rateBurst: 1e6 };
  return operatorOptions.parse({ dataDir, l1Url: l1.url, contract, port: 0, ...quick, ...overrides });
}

/** Runs the service in this process, in a fresh directory unless `overrides` names one, until the test ends. */
export async function startTestOperator(
  test: Ending,
  l1: L1,
  contract: Address,
  overrides: Readonly<Record<string, unknown>> = {},
): Promise<TestOperator> {
  const config = operatorConfig(l1, contract, temporaryDirectory(test), overrides);
  const { url, stop } = await startOperator(config, {
    account: l1.account(OPERATOR),
    logger: createLogger("silent"),
    clock: Date.now,
  });
  test.after(() => stop());
  return { url, rpc: rpcTo(url), config, stop };
}

export interface OutputJson {
  readonly position: Hex;
  readonly outputId: Hex;
  readonly amount: Hex;
  readonly token: Address;
  readonly owner: Address;
  readonly status: string;
}

export interface ReceiptJson {
  readonly txId: Hex;
  readonly blockNumber: Hex;
  readonly txIndex: number;
  readonly status: string;
}

/** Deposits for funded account `index` and waits until the operator lets the deposit be spent. */
export async function fund(
  operator: Pick<TestOperator, "rpc"> & { readonly config: Pick<OperatorConfig, "contract"> },
  l1: L1,
  index: number,
  amount: bigint,
): Promise<Spendable> {
  const { address } = l1.account(index);
  await depositEth(l1, operator.config.contract, l1.account(index), amount);
  const outputs = async () => {
    const page = (await operator.rpc("plasma_getOutputs", { address, limit: 1000 })) as { outputs: OutputJson[] };
    return page.outputs.findLast((output) => output.status === "committed" && BigInt(output.amount) === amount);
  };
  const found = (await until("the deposit", outputs, (output) => output !== undefined)) as OutputJson;
  return { position: BigInt(found.position), outputId: found.outputId, amount };
}

/** Waits until everything acknowledged so far is committed on L1. */
export async function settle(operator: Pick<TestOperator, "rpc">): Promise<void> {
  const status = () =>
    operator.rpc("plasma_status") as Promise<{ pendingTransactions: number; latestBlock: Hex; committedBlock: Hex }>;
  await until("the commit", status, (now) => now.pendingTransactions === 0 && now.latestBlock === now.committedBlock);
}
