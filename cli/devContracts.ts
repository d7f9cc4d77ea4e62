import {
  type Address,
  createPublicClient,
  createTestClient,
  createWalletClient,
  type Hex,
  http,
  parseEther,
} from "viem";
import { rootChainAbi } from "../protocol/generated/rootChain.ts";
import { CliError } from "./errors.ts";
import { devTokenAbi, devTokenBytecode } from "./generated/devToken.ts";
import { rootChainBytecode } from "./generated/rootChainBytecode.ts";

export interface DevContracts {
  readonly chainId: bigint;
  readonly contract: Address;
  readonly token: Address;
}

export interface DevDeployment {
  readonly rpcUrl: string;
  /** Seconds. */
  readonly minExitPeriod: number;
  /** Commits the blocks, and owns the contract. */
  readonly operator: Address;
  /** Who get tokens besides. */
  readonly holders: readonly Address[];
}

/** What everybody has on L1: ETH, and as many tokens. */
const FUNDS = parseEther("1000");

/**
 * Gives everybody money on a development L1 and deploys the root chain and a token there. The node signs for an account that it
 * impersonates, so no key is needed.
 */
export async function deployDevContracts(deployment: DevDeployment): Promise<DevContracts> {
  const { rpcUrl, minExitPeriod, operator, holders } = deployment;
  const transport = http(rpcUrl, { retryCount: 0 });
  const l1 = createPublicClient({ transport, pollingInterval: 50 });
  const wallet = createWalletClient({ account: operator, transport });
  const node = createTestClient({ mode: "hardhat", transport });
  for (const address of [operator, ...holders]) await node.setBalance({ address, value: FUNDS });
  await node.impersonateAccount({ address: operator });

  const created = async (hash: Hex): Promise<Address> => {
    const { contractAddress } = await l1.waitForTransactionReceipt({ hash });
    if (!contractAddress) throw new CliError("PROGRAM_ENDED", "the contracts could not be deployed");
    return contractAddress.toLowerCase() as Address;
  };
  const rootChain = { abi: rootChainAbi, bytecode: rootChainBytecode } as const;
  const args = [operator, BigInt(minExitPeriod), operator] as const;
  const contract = await created(await wallet.deployContract({ ...rootChain, args, chain: null }));
  const devToken = { abi: devTokenAbi, bytecode: devTokenBytecode } as const;
  const names = ["Development Token", "DEV"] as const;
  const token = await created(await wallet.deployContract({ ...devToken, args: names, chain: null }));
  for (const holder of holders) {
    const mint = {
      address: token,
      abi: devTokenAbi,
      functionName: "mint",
      args: [holder, FUNDS],
      chain: null,
    } as const;
    await l1.waitForTransactionReceipt({ hash: await wallet.writeContract(mint) });
  }
  await node.stopImpersonatingAccount({ address: operator });
  return { chainId: BigInt(await l1.getChainId()), contract, token };
}
