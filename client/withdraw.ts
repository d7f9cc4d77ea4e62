import { type Address, encodeFunctionData, type Hex } from "viem";
import { rootChainAbi } from "../protocol/generated/rootChain.ts";
import { type Client, requireWallet } from "./client.ts";
import { atL1, type L1Call, rootChain, sendCall } from "./l1.ts";

export interface WithdrawRequest {
  /** Zero = ETH. */
  readonly token: Address;
  /** Whose credit; the wallet's own by default. */
  readonly account?: Address;
  /** Where to; another address than the account's own only by the account itself. */
  readonly to?: Address;
}

/** What L1 could not pay to `account` and holds for it, in base units (R22). */
export function getCredit(client: Client, account: Address, token: Address): Promise<bigint> {
  return atL1(client.l1.readContract({ ...rootChain(client), functionName: "credit", args: [account, token] }));
}

/** The L1 transaction that withdraws a credit. */
export function withdrawCall(client: Client, request: WithdrawRequest): L1Call {
  const { address } = requireWallet(client);
  const { token, account = address, to = account } = request;
  const data = encodeFunctionData({ abi: rootChainAbi, functionName: "withdraw", args: [account, token, to] });
  return { purpose: "withdraw", to: client.domain.contract, data, value: 0n };
}

/** Withdraws a credit and waits until L1 has it. Throws NOTHING_TO_WITHDRAW and like `sendCall`. */
export async function withdraw(
  client: Client,
  request: WithdrawRequest,
): Promise<{ readonly transactionHash: Hex; readonly gasUsed: bigint; readonly amount: bigint }> {
  const { address } = requireWallet(client);
  const amount = await getCredit(client, request.account ?? address, request.token);
  const { transactionHash, gasUsed } = await sendCall(client, withdrawCall(client, request));
  return { transactionHash, gasUsed, amount };
}
