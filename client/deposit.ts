import {
  type Address,
  encodeFunctionData,
  erc20Abi,
  type Hex,
  maxUint64,
  parseEventLogs,
  type TransactionReceipt,
} from "viem";
import { type Deposit, depositPositionOf } from "../protocol/deposit.ts";
import { rootChainAbi } from "../protocol/generated/rootChain.ts";
import { ETH } from "../protocol/output.ts";
import { formatPosition } from "../protocol/position.ts";
import { type Client, requireWallet } from "./client.ts";
import { clientError } from "./errors.ts";
import { eventPages } from "./events.ts";
import { atL1, type L1Call, rootChain, sendCall } from "./l1.ts";
import { signPermit } from "./permit.ts";
import { poll, type WaitOptions } from "./poll.ts";

export interface DepositRequest {
  /** Zero = ETH. */
  readonly token: Address;
  /** Base units. */
  readonly amount: bigint;
  /** Who owns the output; the wallet's address by default. */
  readonly recipient?: Address;
  /** Newest Plasma block that the sender has checked; refused if a newer one is committed. Undefined checks nothing. */
  readonly newestSeen?: bigint;
  /** Sign an allowance of exactly the amount (ERC-2612) instead of sending one: one L1 transaction less. */
  readonly permit?: boolean;
}

export interface DepositResult {
  readonly deposit: Deposit;
  readonly position: bigint;
  readonly transactionHash: Hex;
  /** Of every L1 transaction it took. */
  readonly gasUsed: bigint;
}

/**
 * The L1 transactions that make a deposit, in order: for a token, an approval of exactly the amount comes first where the
 * allowance is too small, unless it is signed as a permit. Throws AMOUNT_OUT_OF_RANGE, L1_TOKEN_FUNDS_LOW, TOKEN_INVALID,
 * PERMIT_UNSUPPORTED.
 */
export async function depositCalls(client: Client, request: DepositRequest): Promise<L1Call[]> {
  const { address } = requireWallet(client);
  const { token, amount, recipient = address, newestSeen = maxUint64, permit = false } = request;
  if (amount < 1n || amount >= 1n << 128n) throw clientError("AMOUNT_OUT_OF_RANGE", `${amount} cannot be deposited`);
  const to = client.domain.contract;
  if (token === ETH) {
    const data = encodeFunctionData({ abi: rootChainAbi, functionName: "deposit", args: [recipient, newestSeen] });
    return [{ purpose: "deposit", to, data, value: amount }];
  }
  const erc20 = { address: token, abi: erc20Abi } as const;
  const [balance, allowance] = await atL1(
    Promise.all([
      client.l1.readContract({ ...erc20, functionName: "balanceOf", args: [address] }),
      client.l1.readContract({ ...erc20, functionName: "allowance", args: [address, to] }),
    ]),
  );
  if (balance < amount) {
    const message = `the account holds ${balance} base units of ${token} on L1 and ${amount} are needed`;
    throw clientError("L1_TOKEN_FUNDS_LOW", message, { token, needed: amount, available: balance });
  }
  if (permit && allowance < amount) {
    const { deadline, v, r, s } = await signPermit(client, token, amount);
    const permitted = encodeFunctionData({
      abi: rootChainAbi,
      functionName: "depositERC20WithPermit",
      args: [token, amount, recipient, newestSeen, deadline, v, r, s],
    });
    return [{ purpose: "deposit", to, data: permitted, value: 0n }];
  }
  const approve = encodeFunctionData({ abi: erc20Abi, functionName: "approve", args: [to, amount] });
  const data = encodeFunctionData({
    abi: rootChainAbi,
    functionName: "depositERC20",
    args: [token, amount, recipient, newestSeen],
  });
  const deposit: L1Call = { purpose: "deposit", to, data, value: 0n };
  return allowance < amount ? [{ purpose: "approve", to: token, data: approve, value: 0n }, deposit] : [deposit];
}

/** Moves money from L1 onto the chain and waits until L1 has it. Throws like `depositCalls` and `sendCall`. */
export async function deposit(client: Client, request: DepositRequest): Promise<DepositResult> {
  const receipts: TransactionReceipt[] = [];
  for (const call of await depositCalls(client, request)) receipts.push(await sendCall(client, call));
  const gasUsed = receipts.reduce((sum, receipt) => sum + receipt.gasUsed, 0n);
  const receipt = receipts.at(-1);
  const made = receipt && depositsIn(client, receipt)[0];
  if (!made) throw clientError("CONTRACT_MISSING", "the contract recorded no deposit");
  return { deposit: made, position: depositPositionOf(made), transactionHash: receipt.transactionHash, gasUsed };
}

/** The k-th deposit as the contract recorded it. Throws DEPOSIT_UNKNOWN. */
export async function findDeposit(client: Client, index: number): Promise<Deposit> {
  const unknown = clientError("DEPOSIT_UNKNOWN", `there is no deposit d${index}`, { index });
  const [count, head] = await atL1(
    Promise.all([
      client.l1.readContract({ ...rootChain(client), functionName: "depositCount" }),
      client.l1.getBlockNumber(),
    ]),
  );
  if (index >= count) throw unknown;
  for await (const [log] of eventPages(client, "Deposited", { index: BigInt(index) }, head)) {
    if (log) return toDeposit(log.args);
  }
  throw unknown;
}

/** Waits until the operator takes a deposit for final, so that it can pay. Throws WAIT_TIMEOUT. */
export async function waitForDeposit(client: Client, position: bigint, options: WaitOptions): Promise<void> {
  const ask = () => client.operator.call("plasma_getOutput", position);
  const isThere = (output: Awaited<ReturnType<typeof ask>>) => output !== null && output.status !== "unconfirmed";
  await poll(ask, isThere, `the operator has not taken deposit ${formatPosition(position)} yet`, options);
}

function depositsIn(client: Client, { logs }: TransactionReceipt): Deposit[] {
  const own = logs.filter(({ address }) => address.toLowerCase() === client.domain.contract);
  return parseEventLogs({ abi: rootChainAbi, eventName: "Deposited", logs: own }).map(({ args }) => toDeposit(args));
}

interface DepositedEvent {
  readonly index: bigint;
  readonly owner: Address;
  readonly token: Address;
  readonly amount: bigint;
  readonly newestBlock: bigint;
}

function toDeposit({ index, owner, token, amount, newestBlock }: DepositedEvent): Deposit {
  return {
    index: Number(index),
    block: newestBlock,
    owner: owner.toLowerCase() as Address,
    token: token.toLowerCase() as Address,
    amount,
  };
}
