import { network } from "hardhat";
import { type Address, createTestClient, type Hex, http, publicActions, walletActions } from "viem";
import { type HDAccount, type LocalAccount, mnemonicToAccount } from "viem/accounts";
import { rootChainBytecode } from "../../cli/generated/rootChainBytecode.ts";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import { ZERO_HASH } from "../../protocol/hashing.ts";
import { ETH, PLAIN } from "../../protocol/output.ts";
import { blockOf, depositIndexOf } from "../../protocol/position.ts";

/** An L1 network of its own, served over HTTP: Hardhat's unless it says otherwise. */
export interface L1 {
  readonly url: string;
  readonly client: ReturnType<typeof createL1Client>;
  /** Funded account `index` of the network. */
  account(index: number): HDAccount;
  close(): Promise<void>;
}

/** Mnemonic of Hardhat's funded accounts. */
const MNEMONIC = "test test test test test test test test test test test junk";

function createL1Client(url: string) {
  return createTestClient({ mode: "hardhat", transport: http(url, { retryCount: 0 }), pollingInterval: 20 })
    .extend(publicActions)
    .extend(walletActions);
}

/** Starts a network that mines every transaction at once. */
export async function startL1(): Promise<L1> {
  const server = await network.createServer("node", "127.0.0.1", 0);
  const { address, port } = await server.listen();
  return openL1(`http://${address}:${port}`, () => server.close());
}

/** A network with Hardhat's accounts that runs already. */
export function openL1(url: string, close: () => Promise<void>): L1 {
  const account = (index: number) => mnemonicToAccount(MNEMONIC, { addressIndex: index });
  return { url, client: createL1Client(url), account, close };
}

/** Accounts that play a part in every test's chain. */
export const OPERATOR = 0;
export const OWNER = 1;
export const FIRST_USER = 2;

export const TEST_EXIT_PERIOD = 7 * 24 * 3600;

/** Deploys the root chain with account OPERATOR as its operator; returns the lowercase address. */
export async function deployRootChain(l1: L1, minExitPeriod = TEST_EXIT_PERIOD): Promise<Address> {
  const hash = await l1.client.deployContract({
    abi: rootChainAbi,
    bytecode: rootChainBytecode,
    args: [l1.account(OPERATOR).address, BigInt(minExitPeriod), l1.account(OWNER).address],
    account: l1.account(OWNER),
    chain: null,
  });
  const { contractAddress } = await l1.client.waitForTransactionReceipt({ hash });
  return (contractAddress as Address).toLowerCase() as Address;
}

/** Deposits ETH for the account itself and returns the L1 transaction. */
export async function depositEth(l1: L1, contract: Address, account: LocalAccount, amount: bigint): Promise<Hex> {
  const hash = await l1.client.writeContract({
    address: contract,
    abi: rootChainAbi,
    functionName: "deposit",
    args: [account.address, 2n ** 64n - 1n],
    value: amount,
    account,
    chain: null,
  });
  await l1.client.waitForTransactionReceipt({ hash });
  return hash;
}

/** Starts the exit of the account's own deposit, paying the least bond; `behind` are entries to be linked behind (R25). */
export async function startDepositExit(
  l1: L1,
  contract: Address,
  account: LocalAccount,
  { position, amount }: { readonly position: bigint; readonly amount: bigint },
  behind: readonly Hex[] = [],
): Promise<void> {
  const read = { address: contract, abi: rootChainAbi } as const;
  const index = depositIndexOf(position);
  const previous =
    index === 0
      ? ZERO_HASH
      : await l1.client.readContract({ ...read, functionName: "depositHashes", args: [BigInt(index - 1)] });
  const { baseFeePerGas } = await l1.client.getBlock();
  const bond = await l1.client.readContract({ ...read, functionName: "minimumBond", args: [baseFeePerGas ?? 0n] });
  const output = { owner: account.address, token: ETH, amount, condition: PLAIN };
  const hash = await l1.client.writeContract({
    ...read,
    functionName: "startDepositExit",
    args: [index, blockOf(position), previous, output, { entries: behind, walkLimit: 200n }, "0x"],
    value: bond * 2n,
    account,
    chain: null,
  });
  await l1.client.waitForTransactionReceipt({ hash });
}
