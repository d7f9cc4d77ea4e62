import {
  type Address,
  BaseError,
  ContractFunctionZeroDataError,
  formatEther,
  type Hex,
  HttpRequestError,
  isHex,
  TimeoutError,
  type TransactionReceipt,
  WebSocketRequestError,
} from "viem";
import { rootChainAbi } from "../protocol/generated/rootChain.ts";
import { type Client, requireWallet } from "./client.ts";
import { contractErrorOf } from "./contractErrors.ts";
import { ClientError, clientError } from "./errors.ts";

/** A transaction for L1, ready to be quoted or sent. */
export interface L1Call {
  /** What it does, for people. */
  readonly purpose: string;
  readonly to: Address;
  readonly data: Hex;
  /** Wei. */
  readonly value: bigint;
  /** Set where an estimate would mislead: a call that stops early when gas runs short succeeds with too little. */
  readonly gas?: bigint;
}

export interface L1Quote {
  readonly purpose: string;
  /** Gas expected, or the limit where it cannot be estimated. */
  readonly gas: bigint;
  /** Wei a unit of gas. */
  readonly gasPrice: bigint;
  /** gas x gasPrice, in wei. */
  readonly fee: bigint;
  /** Wei sent along. */
  readonly value: bigint;
}

// The state may move between the estimate and the inclusion; unused gas is not paid.
const GAS_MARGIN_PERCENT = 25n;

/**
 * Runs a call without sending it and returns its raw result. Throws the contract's refusal (`contractErrors.ts`),
 * L1_REVERTED, L1_FUNDS_LOW, L1_UNREACHABLE, L1_REFUSED.
 */
async function simulateCall(client: Client, call: L1Call): Promise<Hex> {
  const { wallet } = requireWallet(client);
  const { data } = await atL1(client.l1.call({ account: wallet.account.address, ...callFields(call) }));
  return data ?? "0x";
}

/** What a call would cost now; it must be one that would succeed. Throws like `simulateCall`. */
export async function quoteCall(client: Client, call: L1Call): Promise<L1Quote> {
  const { wallet } = requireWallet(client);
  const account = wallet.account.address;
  const balance = await atL1(client.l1.getBalance({ address: account }));
  if (balance < call.value) throw fundsLow(balance, call.value);
  await simulateCall(client, call);
  const gas = call.gas ?? (await atL1(client.l1.estimateGas({ account, ...callFields(call) })));
  const gasPrice = await atL1(client.l1.getGasPrice());
  const fee = gas * gasPrice;
  if (balance < call.value + fee) throw fundsLow(balance, call.value + fee);
  return { purpose: call.purpose, gas, gasPrice, fee, value: call.value };
}

/** Sends a call and waits until it is in a block. Throws like `simulateCall`. */
export async function sendCall(client: Client, call: L1Call): Promise<TransactionReceipt> {
  const { wallet } = requireWallet(client);
  const { gas } = await quoteCall(client, call);
  const limit = call.gas ?? (gas * (100n + GAS_MARGIN_PERCENT)) / 100n;
  const fields = { ...callFields(call), gas: limit };
  const hash = await atL1(wallet.sendTransaction({ account: wallet.account, chain: wallet.chain ?? null, ...fields }));
  const receipt = await atL1(client.l1.waitForTransactionReceipt({ hash }));
  if (receipt.status !== "success") {
    throw clientError("L1_REVERTED", `${call.purpose} failed in L1 transaction ${hash}`, { hash });
  }
  return receipt;
}

/** Timestamp of the newest L1 block in seconds: the only clock that the rules know. */
export async function l1Time(client: Client): Promise<number> {
  const { timestamp } = await atL1(client.l1.getBlock({ blockTag: "latest" }));
  return Number(timestamp);
}

/** The minimum exit period of the contract, seconds. Throws like `l1Time`. */
export async function exitPeriod(client: Client): Promise<number> {
  return Number(await atL1(client.l1.readContract({ ...rootChain(client), functionName: "minExitPeriod" })));
}

/** Waits for an answer of L1 and gives its failures their codes. */
export async function atL1<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw l1Failure(error);
  }
}

/** Fields of the contract's calls that every L1 call of the client shares. */
export function rootChain(client: Client): { readonly address: Address; readonly abi: typeof rootChainAbi } {
  return { address: client.domain.contract, abi: rootChainAbi };
}

function callFields({ to, data, value, gas }: L1Call) {
  return { to, data, value, ...(gas === undefined ? {} : { gas }) };
}

function l1Failure(error: unknown): unknown {
  if (!(error instanceof BaseError) || error instanceof ClientError) return error;
  const has = (type: new (...args: never[]) => Error) => error.walk((cause) => cause instanceof type) !== null;
  if (has(HttpRequestError) || has(TimeoutError) || has(WebSocketRequestError)) {
    return clientError("L1_UNREACHABLE", "the Ethereum node does not answer", {}, { cause: error });
  }
  const data = revertData(error);
  const refusal = data === undefined ? undefined : contractErrorOf(data, error);
  if (refusal) return refusal;
  if (has(ContractFunctionZeroDataError)) {
    return clientError("CONTRACT_MISSING", "there is no root-chain contract at the address", {}, { cause: error });
  }
  const code = data === undefined ? "L1_REFUSED" : "L1_REVERTED";
  return clientError(code, error.shortMessage, {}, { cause: error });
}

/** Nodes say this in many ways, so it is found before they are asked. */
function fundsLow(balance: bigint, needed: bigint): ClientError {
  return clientError(
    "L1_FUNDS_LOW",
    `the account has ${formatEther(balance)} ETH on L1 and needs ${formatEther(needed)} ETH`,
    {
      needed,
      available: balance,
    },
  );
}

/** What a contract returned when it reverted; nodes wrap it to different depths. */
function revertData(error: BaseError): Hex | undefined {
  const root: unknown = error.walk();
  if (typeof root !== "object" || root === null || !("data" in root)) return undefined;
  const { data } = root;
  if (isHex(data)) return data;
  if (typeof data === "object" && data !== null && "data" in data && isHex(data.data)) return data.data;
  return undefined;
}
