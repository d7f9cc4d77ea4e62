import type { Address, Hex } from "viem";
import type { OperatorApi } from "../../client/operatorApi.ts";
import { API_LIMITS, type ApiResult } from "../../protocol/api.ts";
import { toHex } from "../../protocol/bytes.ts";
import { type Crypto, ZERO_HASH } from "../../protocol/hashing.ts";
import { type Output, outputIdOf, PLAIN } from "../../protocol/output.ts";
import { encodePosition } from "../../protocol/position.ts";
import { type Signer, signTransaction } from "../../protocol/signature.ts";
import { encodeSignedTransaction, type Transaction } from "../../protocol/transaction.ts";
import { type Domain, txIdOf } from "../../protocol/typedData.ts";

/** An output that its owner can spend now. */
export interface Coin {
  readonly position: bigint;
  readonly outputId: Hex;
  readonly output: Output;
}

export interface Payer {
  readonly signer: Signer;
  readonly coins: Coin[];
}

export interface TrafficOptions {
  readonly payments: number;
  readonly domain: Domain;
  readonly operator: OperatorApi;
  readonly crypto: Crypto;
  /** What the operator asks for a payment. */
  readonly fee: { readonly token: Address; readonly amount: bigint };
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly onProgress: (done: number) => void;
}

export interface Traffic {
  readonly payments: number;
  /** Outputs paid to somebody else than the payer, by token: each would be a transfer of its own on L1. */
  readonly transfers: ReadonlyMap<Address, number>;
  /** Time spent waiting for acknowledgements; signing is not in it. */
  readonly acknowledgingMs: number;
  readonly lastBlock: bigint;
}

interface PreparedPayment {
  readonly raw: Hex;
  readonly txId: Hex;
  readonly transaction: Transaction;
}

const MAX_COINS = 4;

/**
 * Makes payments of 1 to 4 inputs and 1 to 4 outputs between the payers, in calls of up to 1,000. Only what the operator
 * acknowledged is spent further, by the positions that it promised. Throws where a payment is refused: all of them are good.
 */
export async function makePayments(payers: readonly Payer[], options: TrafficOptions): Promise<Traffic> {
  const transfers = new Map<Address, number>();
  let done = 0;
  let acknowledgingMs = 0;
  let lastBlock = 0n;
  const owners = new Map(payers.map((payer) => [payer.signer.address, payer]));
  while (done < options.payments) {
    const batch = await preparePayments(
      payers,
      Math.min(API_LIMITS.maxTransactionsPerCall, options.payments - done),
      options,
    );
    const raws = batch.map(({ raw }) => raw);
    const started = performance.now();
    const answers = await options.operator.call("plasma_sendTransactions", raws);
    acknowledgingMs += performance.now() - started;
    for (const [index, { transaction, txId }] of batch.entries()) {
      const receipt = accepted(answers[index], txId);
      lastBlock = receipt.blockNumber;
      for (const [outputIndex, output] of transaction.outputs.entries()) {
        const position = encodePosition({ block: receipt.blockNumber, txIndex: receipt.txIndex, outputIndex });
        const outputId = outputIdOf(txId, outputIndex, output, options.crypto.keccak256);
        owners.get(output.owner)?.coins.push({ position, outputId, output });
      }
      const { owner: payer } = transaction.outputs.at(-1) as Output;
      for (const { owner, token } of transaction.outputs)
        if (owner !== payer) transfers.set(token, (transfers.get(token) ?? 0) + 1);
    }
    done += batch.length;
    options.onProgress(done);
  }
  return { payments: done, transfers, acknowledgingMs, lastBlock };
}

function accepted(answer: ApiResult<"plasma_sendTransactions">[number] | undefined, txId: Hex) {
  if (answer === undefined || "error" in answer) {
    throw new Error(
      `payment ${txId} was refused: ${answer === undefined ? "no answer" : JSON.stringify(answer.error)}`,
    );
  }
  if (answer.txId !== txId) throw new Error(`payment ${txId} was acknowledged as ${answer.txId}`);
  return answer;
}

/** Takes the coins it spends; a coin created in this batch is spent in a later one only. */
async function preparePayments(
  payers: readonly Payer[],
  count: number,
  options: TrafficOptions,
): Promise<PreparedPayment[]> {
  const prepared: PreparedPayment[] = [];
  for (let idle = 0; prepared.length < count && idle < payers.length * 4; ) {
    const payer = pick(payers, options.random);
    const transaction = randomPayment(payer, payers, options);
    if (transaction === undefined) {
      idle++;
      continue;
    }
    idle = 0;
    const signed = await signTransaction(transaction, options.domain, [payer.signer]);
    const txId = txIdOf(transaction, options.domain, options.crypto.keccak256);
    prepared.push({ transaction, txId, raw: toHex(encodeSignedTransaction(signed)) });
  }
  if (prepared.length === 0) throw new Error("no account has anything left to spend");
  return prepared;
}

/**
 * 1 to 4 coins, to 0 to 3 others and the rest back to the payer; where the fee is due in another token than the one that is
 * paid, one of the coins is for the fee. Undefined where the coins do not suffice.
 */
function randomPayment(
  payer: Payer,
  payers: readonly Payer[],
  { random, fee }: TrafficOptions,
): Transaction | undefined {
  const { token } = pick(payer.coins, random)?.output ?? {};
  if (token === undefined) return undefined;
  const feeCoin =
    token === fee.token
      ? undefined
      : payer.coins.find(({ output }) => output.token === fee.token && output.amount > fee.amount);
  if (token !== fee.token && feeCoin === undefined) return undefined;
  const most = feeCoin === undefined ? MAX_COINS : MAX_COINS - 1;
  const chosen = shuffled(
    payer.coins.filter(({ output }) => output.token === token),
    random,
  ).slice(0, 1 + Math.floor(random() * most));
  const total = chosen.reduce((sum, { output }) => sum + output.amount, 0n) - (feeCoin === undefined ? fee.amount : 0n);
  const others = Math.floor(random() * most);
  const share = total / BigInt(others + 1);
  if (share < 1n) return undefined;

  const outputTo = (owner: Address, token: Address, amount: bigint): Output => ({
    owner,
    token,
    amount,
    condition: PLAIN,
  });
  const { address } = payer.signer;
  // Less than an equal share each, so that something is left for the payer.
  const amounts = Array.from({ length: others }, () => 1n + (share * BigInt(Math.floor(random() * 1000))) / 1001n);
  const paid = amounts.reduce((sum, amount) => sum + amount, 0n);
  const outputs = [
    ...amounts.map((amount) => outputTo(pick(payers, random).signer.address, token, amount)),
    ...(feeCoin === undefined ? [] : [outputTo(address, fee.token, feeCoin.output.amount - fee.amount)]),
    outputTo(address, token, total - paid),
  ];
  const coins = feeCoin === undefined ? chosen : [...chosen, feeCoin];
  for (const coin of coins) payer.coins.splice(payer.coins.indexOf(coin), 1);
  const inputs = coins.map(({ position, outputId }) => ({ position, outputId }));
  return { inputs, outputs, memo: ZERO_HASH, validAfter: 0, validBefore: 0 };
}

function pick<T>(items: readonly T[], random: () => number): T {
  return items[Math.floor(random() * items.length)] as T;
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const copy = [...items];
  for (let last = copy.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [copy[last], copy[other]] = [copy[other] as T, copy[last] as T];
  }
  return copy;
}
