import { type Address, erc20Abi, type PublicClient } from "viem";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import { ETH } from "../../protocol/output.ts";
import type { TestNetwork } from "./devNetwork.ts";

/** Who has gained what on L1 since the audit began, gas apart. */
export interface MoneyAudit {
  /** ETH that each account has more than at the beginning, with the gas that it has paid since added back, in wei. */
  gains(): Promise<Readonly<Record<string, bigint>>>;
  /** What they have more of the development token, in base units. */
  tokenGains(): Promise<Readonly<Record<string, bigint>>>;
  /** What the contract holds of a token (by default ETH), and what it owes of it to owners of outputs. */
  contract(token?: Address): Promise<{ readonly balance: bigint; readonly pot: bigint }>;
}

const names = ["alice", "bob", "carol"];

/** What an account has gained in ETH since the count began, with the gas that it has paid since added back, in wei. */
export type EthCount = (account: Address) => Promise<bigint>;

/** Begins to count for these accounts: what they hold now is zero. */
export async function countEth(
  node: Pick<PublicClient, "getBlock" | "getBlockNumber" | "getBalance" | "getTransactionReceipt">,
  accounts: readonly Address[],
): Promise<EthCount> {
  const balanceOf = (address: Address) => node.getBalance({ address });
  let scanned = await node.getBlockNumber({ cacheTime: 0 });
  const before = new Map(
    await Promise.all(accounts.map(async (account) => [account, await balanceOf(account)] as const)),
  );
  const gasPaid = new Map<string, bigint>();

  const scan = async () => {
    const head = await node.getBlockNumber({ cacheTime: 0 });
    for (; scanned < head; scanned++) {
      const { transactions } = await node.getBlock({ blockNumber: scanned + 1n });
      for (const hash of transactions) {
        const { from, gasUsed, effectiveGasPrice } = await node.getTransactionReceipt({ hash });
        gasPaid.set(from.toLowerCase(), (gasPaid.get(from.toLowerCase()) ?? 0n) + gasUsed * effectiveGasPrice);
      }
    }
  };

  return async (account) => {
    await scan();
    const paid = gasPaid.get(account.toLowerCase()) ?? 0n;
    return (await balanceOf(account)) - (before.get(account) ?? 0n) + paid;
  };
}

/** Begins to count: whatever the accounts hold now is zero. */
export async function auditMoney({ node, address, contract, token }: TestNetwork): Promise<MoneyAudit> {
  const ethGained = await countEth(node, names.map(address));
  const holdingOf = (erc20: Address, owner: Address) =>
    node.readContract({ address: erc20, abi: erc20Abi, functionName: "balanceOf", args: [owner] });
  const holdings = () => Promise.all(names.map((name) => holdingOf(token, address(name))));
  const tokensBefore = await holdings();

  return {
    async gains() {
      const gains: Record<string, bigint> = {};
      for (const name of names) gains[name] = await ethGained(address(name));
      return gains;
    },
    async tokenGains() {
      const after = await holdings();
      return Object.fromEntries(names.map((name, index) => [name, (after[index] ?? 0n) - (tokensBefore[index] ?? 0n)]));
    },
    async contract(of = ETH) {
      const [balance, [pot]] = await Promise.all([
        of === ETH ? node.getBalance({ address: contract }) : holdingOf(of, contract),
        node.readContract({ address: contract, abi: rootChainAbi, functionName: "pot", args: [of] }),
      ]);
      return { balance, pot };
    },
  };
}
