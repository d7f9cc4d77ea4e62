import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { Address, Hex } from "viem";
import { guardedOutputSchema } from "../../client/guardedOutputs.ts";
import { startInFlightExit } from "../../client/startInFlightExit.ts";
import { send, signPayment } from "../../client/transactions.ts";
import { createWatcherApi } from "../../client/watcherApi.ts";
import { fromHex } from "../../protocol/bytes.ts";
import { type Guard, spendGuarded, type UnsignedSpend } from "../../protocol/conditions/guardedOutput.ts";
import type { LedgerOutput } from "../../protocol/ledger.ts";
import type { Output } from "../../protocol/output.ts";
import type { ExitProof } from "../../protocol/proof.ts";
import { type Balances, EXIT_PERIOD, type Processed, type StartedInFlight, type TestNetwork } from "./devNetwork.ts";
import { failureCode } from "./failureCode.ts";
import { clientOf } from "./networkClient.ts";
import { until } from "./rpc.ts";

/** What the commands that put money under a condition answer. */
export interface Guarded {
  readonly txId: Hex;
  readonly position: string;
  readonly outputId: Hex;
  readonly amount: string;
  readonly file: string;
}

/** What the commands that spend it answer. */
export interface GuardedSpend {
  readonly txId: Hex;
  readonly status: string;
  readonly outputs: readonly {
    readonly position: string | null;
    readonly owner: Address;
    readonly token: Address;
    readonly amount: string;
  }[];
}

/** A guarded output as its file has it, for spends that no command makes. */
export interface OpenedFile {
  readonly guard: Guard;
  readonly held: LedgerOutput;
  readonly proof: ExitProof;
}

export function openFile(path: string): OpenedFile {
  const { condition, params, proof } = guardedOutputSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  const { position, outputId, output } = proof;
  return { guard: { condition, params: fromHex(params) }, held: { position, outputId, output }, proof };
}

/** A spend of a guarded output that pays all of it to one account, whatever its condition says of that. */
export function takeAll(
  { guard, held }: OpenedFile,
  to: Address,
  { args = new Uint8Array(), validAfter = 0 }: { readonly args?: Uint8Array; readonly validAfter?: number } = {},
): UnsignedSpend {
  const output: Output = { owner: to, token: held.output.token, amount: held.output.amount, condition: PLAIN };
  return spendGuarded(held, guard, args, [output], { validAfter });
}

const PLAIN = `0x${"00".repeat(32)}` as const;

/** The code with which the operator refuses a spend that `name` signs, and the one with which L1 refuses its in-flight exit. */
export async function refusals(
  network: TestNetwork,
  name: string,
  { proof }: OpenedFile,
  { transaction, reveals }: UnsignedSpend,
): Promise<readonly [operator: unknown, l1: unknown]> {
  const client = await clientOf(network, name);
  const signed = await signPayment(client, transaction, reveals);
  return [
    await failureCode(() => send(client, signed)),
    await failureCode(() => startInFlightExit(client, { saved: { raw: signed.raw, inputs: [proof] } })),
  ];
}

/** What an account has on the chain in plain outputs, proven on L1: ETH, and the development token. */
export async function holdings(network: TestNetwork, name: string): Promise<readonly [eth: bigint, token: bigint]> {
  const { balances } = await network.ok<Balances>("balance", "--account", name);
  const of = (symbol: string) => BigInt(balances.find((row) => row.symbol === symbol)?.verified ?? 0);
  return [of("ETH"), of("DEV")];
}

/** Everybody with a part in an in-flight exit takes it, and it is processed as canonical. */
export async function takeToL1(network: TestNetwork, txId: Hex, starter: string, others: readonly string[]) {
  const started = await network.ok<StartedInFlight>("exit", "in-flight", txId, "--account", starter);
  for (const name of others) await network.ok("exit", "piggyback", txId, "--account", name);
  return started;
}

/** Lets the exits of both chains ripen and pays them out. */
export async function processAll(network: TestNetwork, ...tokens: readonly string[]): Promise<readonly Processed[]> {
  await network.pass(2 * EXIT_PERIOD + 60);
  const processed: Processed[] = [];
  for (const token of tokens.length === 0 ? ["eth"] : tokens) {
    processed.push(await network.ok<Processed>("exit", "process", token, "--account", "carol"));
  }
  assert.ok(processed.every(({ credited }) => credited.length === 0));
  return processed;
}

/** Waits until the network's watcher has executed every block that is on Ethereum. */
export async function watcherIsUpToDate({ watcherUrl }: TestNetwork): Promise<void> {
  assert.ok(watcherUrl);
  const watcher = createWatcherApi(watcherUrl);
  const ask = () => watcher.call("plasma_getVerification");
  await until("the watcher's last block", ask, ({ validBlock, committedBlock }) => validBlock === committedBlock);
}
