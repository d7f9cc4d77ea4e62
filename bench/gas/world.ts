import { type Address, encodeDeployData, encodeFunctionData, type Hex } from "viem";
import { devTokenAbi, devTokenBytecode } from "../../cli/generated/devToken.ts";
import { rootChainBytecode } from "../../cli/generated/rootChainBytecode.ts";
import { type BlockHeader, GENESIS, headerHash, type SealedBlock } from "../../protocol/block.ts";
import { type Deposit, depositOutput, depositOutputId, nextDepositHash } from "../../protocol/deposit.ts";
import { CHALLENGE_GAS, MIN_BOND_GAS_PRICE } from "../../protocol/generated/constants.ts";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import { ZERO_HASH } from "../../protocol/hashing.ts";
import { ETH } from "../../protocol/output.ts";
import { depositPosition } from "../../protocol/position.ts";
import type { Signer } from "../../protocol/signature.ts";
import type { Input } from "../../protocol/transaction.ts";
import type { Domain } from "../../protocol/typedData.ts";
import type { Call, L1 } from "./l1.ts";
import {
  deposit,
  depositERC20,
  type Hint,
  type IncludedOutput,
  startDepositExit,
  startExit,
  submitBlocks,
} from "./plasma.ts";

/** In seconds. */
export const MIN_EXIT_PERIOD = 7 * 86_400;

/** The largest uint64: a deposit behind any block. */
const ANY_BLOCK = 2n ** 64n - 1n;

/** What is in the pots and what a deposit adds, in wei. */
const POT = 10n ** 21n;
const DEPOSIT = 10n ** 17n;

/** The least bond at a base fee up to 5 gwei. */
export const BOND = CHALLENGE_GAS * MIN_BOND_GAS_PRICE;

/** A deployed root chain with a token, deposits in both and everybody funded. */
export interface World {
  readonly l1: L1;
  readonly contract: Address;
  readonly token: Address;
  readonly domain: Domain;
  readonly deploymentGas: bigint;
  readonly people: People;
  depositCall(token: Address): Call;
  /** Mines a deposit of the depositor and remembers it. */
  deposit(token: Address): Promise<Deposit>;
  depositInput(deposit: Deposit): Input;
  startDepositExitCall(deposit: Deposit, hint: Hint): Call;
  startExitCall(exit: IncludedOutput, from: Address, hint: Hint, authorization?: Hex): Call;
  /** A block behind the newest that has seen every deposit. */
  seal(root: Hex, txCount: number): SealedBlock;
  submitCall(blocks: readonly SealedBlock[]): Call;
  /** Commits one block and gives its header. */
  commit(block: SealedBlock): Promise<BlockHeader>;
}

export interface People {
  readonly operator: Signer;
  readonly depositor: Signer;
  readonly helper: Signer;
  readonly challenger: Signer;
  /** Owns everything in the backlog. */
  readonly hoarder: Signer;
  /** Own the inputs of the largest transactions. */
  readonly spenders: readonly Signer[];
  /** Are paid by exits, one each. */
  readonly payees: readonly Signer[];
}

export const SPENDER_COUNT = 8;
export const PAYEE_COUNT = 50;
export const PEOPLE_COUNT = 5 + SPENDER_COUNT + PAYEE_COUNT;

export async function createWorld(l1: L1): Promise<World> {
  const accounts = l1.accounts;
  const [operator, depositor, helper, challenger, hoarder, ...others] = accounts;
  if (!operator || !depositor || !helper || !challenger || !hoarder || others.length < SPENDER_COUNT + PAYEE_COUNT) {
    throw new RangeError(`${PEOPLE_COUNT} accounts are needed, not ${accounts.length}`);
  }
  const spenders = others.slice(0, SPENDER_COUNT);
  const payees = others.slice(SPENDER_COUNT, SPENDER_COUNT + PAYEE_COUNT);
  const people = { operator, depositor, helper, challenger, hoarder, spenders, payees };

  const deployed = await l1.send({
    from: operator.address,
    data: encodeDeployData({
      abi: rootChainAbi,
      bytecode: rootChainBytecode,
      args: [operator.address, BigInt(MIN_EXIT_PERIOD), operator.address],
    }),
  });
  const contract = deployed.contractAddress;
  const tokenDeployed = await l1.send({
    from: operator.address,
    data: encodeDeployData({ abi: devTokenAbi, bytecode: devTokenBytecode, args: ["Test token", "TEST"] }),
  });
  const token = tokenDeployed.contractAddress;
  for (const holder of [depositor, ...payees]) {
    const data = encodeFunctionData({ abi: devTokenAbi, functionName: "mint", args: [holder.address, 10n * POT] });
    await l1.send({ from: operator.address, to: token, data });
  }
  const approve = encodeFunctionData({ abi: devTokenAbi, functionName: "approve", args: [contract, 10n * POT] });
  await l1.send({ from: depositor.address, to: token, data: approve });

  const deposits: Deposit[] = [];
  const depositHashes: Hex[] = [ZERO_HASH];
  let newest = GENESIS;

  const depositCall = (asset: Address, amount: bigint): Call => {
    const from = depositor.address;
    return asset === ETH
      ? { from, to: contract, value: amount, data: deposit(from, ANY_BLOCK) }
      : { from, to: contract, data: depositERC20(asset, amount, from, ANY_BLOCK) };
  };

  const makeDeposit = async (asset: Address, amount: bigint): Promise<Deposit> => {
    await l1.send(depositCall(asset, amount));
    const owner = depositor.address;
    const made = { index: deposits.length, block: newest.number, owner, token: asset, amount };
    deposits.push(made);
    depositHashes.push(nextDepositHash(depositHashes.at(-1) ?? ZERO_HASH, depositOutputId(made)));
    return made;
  };

  for (const asset of [ETH, token]) await makeDeposit(asset, POT);

  return {
    l1,
    contract,
    token,
    domain: { chainId: l1.chainId, contract },
    deploymentGas: deployed.gasUsed,
    people,
    depositCall: (asset) => depositCall(asset, DEPOSIT),
    deposit: (asset) => makeDeposit(asset, DEPOSIT),
    depositInput: (made) => ({ position: depositPosition(made.index, made.block), outputId: depositOutputId(made) }),
    startDepositExitCall: (made, hint) => {
      const previous = depositHashes[made.index] ?? ZERO_HASH;
      const data = startDepositExit(made.index, made.block, previous, depositOutput(made), hint);
      return { from: made.owner, to: contract, value: BOND, data };
    },
    startExitCall: (exit, from, hint, authorization) => ({
      from,
      to: contract,
      value: BOND,
      data: startExit(exit, hint, authorization),
    }),
    seal: (root, txCount) => ({
      number: newest.number + 1n,
      root,
      txCount,
      sealedAt: l1.now(),
      depositCount: deposits.length,
      depositHash: depositHashes.at(-1) ?? ZERO_HASH,
    }),
    submitCall: (blocks) => ({ from: operator.address, to: contract, data: submitBlocks(newest, blocks) }),
    async commit(block) {
      await l1.send({ from: operator.address, to: contract, data: submitBlocks(newest, [block]) });
      newest = { ...block, parentHash: headerHash(newest), timestamp: l1.now() };
      return newest;
    },
  };
}
