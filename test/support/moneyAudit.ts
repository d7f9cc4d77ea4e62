import { type Address, erc20Abi } from "viem";
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

/** Begins to count: whatever the accounts hold now is zero. */
export async function auditMoney({ node, address, contract, token }: TestNetwork): Promise<MoneyAudit> {
  const firstBlock = await node.getBlockNumber();
  const balances = () => Promise.all(names.map((name) => node.getBalance({ address: address(name) })));
  const holdingOf = (erc20: Address, owner: Address) =>
    node.readContract({ address: erc20, abi: erc20Abi, functionName: "balanceOf", args: [owner] });
  const holdings = () => Promise.all(names.map((name) => holdingOf(token, address(name))));
  const [ethBefore, tokensBefore] = await Promise.all([balances(), holdings()]);

  async function gasPaid(): Promise<ReadonlyMap<string, bigint>> {
    const paid = new Map<string, bigint>();
    const head = await node.getBlockNumber();
    for (let blockNumber = firstBlock + 1n; blockNumber <= head; blockNumber++) {
      const { transactions } = await node.getBlock({ blockNumber });
      for (const hash of transactions) {
        const { from, gasUsed, effectiveGasPrice } = await node.getTransactionReceipt({ hash });
        paid.set(from.toLowerCase(), (paid.get(from.toLowerCase()) ?? 0n) + gasUsed * effectiveGasPrice);
      }
    }
    return paid;
  }

  const compare = (before: readonly bigint[], after: readonly bigint[], extra: (name: string) => bigint) =>
    Object.fromEntries(names.map((name, index) => [name, (after[index] ?? 0n) - (before[index] ?? 0n) + extra(name)]));

  return {
    async gains() {
      const [after, paid] = await Promise.all([balances(), gasPaid()]);
      return compare(ethBefore, after, (name) => paid.get(address(name)) ?? 0n);
    },
    tokenGains: async () => compare(tokensBefore, await holdings(), () => 0n),
    async contract(of = ETH) {
      const [balance, [pot]] = await Promise.all([
        of === ETH ? node.getBalance({ address: contract }) : holdingOf(of, contract),
        node.readContract({ address: contract, abi: rootChainAbi, functionName: "pot", args: [of] }),
      ]);
      return { balance, pot };
    },
  };
}
