import type { Address, Hex } from "viem";
import type { Client } from "../../client/client.ts";
import { rootChain } from "../../client/l1.ts";
import { type BlockHeader, headerHash } from "../../protocol/block.ts";
import { executeBlock } from "../../protocol/blockExecution.ts";
import { fromHex } from "../../protocol/bytes.ts";
import type { RegisteredCondition } from "../../protocol/conditionalSpend.ts";
import { createConditionVerdicts, judgeAsking } from "../../protocol/conditionVerdicts.ts";
import { type Deposit, depositOutput, depositOutputId, depositPositionOf } from "../../protocol/deposit.ts";
import { conditionsAbi } from "../../protocol/generated/conditions.ts";
import { createOverlay, type LedgerOutput, type LedgerView } from "../../protocol/ledger.ts";

/** The chain as somebody reaches it who believes nothing but L1. */
export interface Replay {
  readonly blocks: number;
  /** Entries of all blocks, fee claims included. */
  readonly transactions: number;
  readonly feeClaims: number;
  /** By position. */
  readonly unspent: ReadonlyMap<bigint, LedgerOutput>;
  readonly spent: readonly LedgerOutput[];
  /** Sum of the unspent outputs, per token. */
  readonly sums: ReadonlyMap<Address, bigint>;
}

export interface ReplayOptions {
  readonly minExitPeriod: number;
  readonly lastBlock: bigint;
  readonly onProgress: (block: bigint) => void;
}

/**
 * Re-executes every block from its entries, over the deposits that L1 recorded, and compares each recomputed root and
 * header with the hash that the contract holds. Throws at the first difference.
 */
export async function replayChain(client: Client, options: ReplayOptions): Promise<Replay> {
  const deposits = await readDeposits(client);
  const unspent = new Map<bigint, LedgerOutput>();
  for (const deposit of deposits) {
    const position = depositPositionOf(deposit);
    const outputId = depositOutputId(deposit, client.crypto.keccak256);
    unspent.set(position, { position, outputId, output: depositOutput(deposit) });
  }
  const deposited = new Map(unspent);
  const { find, prepare, verdict } = await readConditions(client);
  const conditions = { find, verdict };
  const onlyDeposits: LedgerView = {
    output: (position) => deposited.get(position),
    isSpent: () => false,
    hasTransaction: () => false,
    exitOf: () => undefined,
    conditions,
  };
  const ledger = createOverlay(onlyDeposits);
  const spent: LedgerOutput[] = [];
  let parent: Pick<BlockHeader, "number" | "sealedAt" | "depositCount"> = { number: 0n, sealedAt: 0, depositCount: 0 };
  let transactions = 0;
  let feeClaims = 0;

  for (let number = 1n; number <= options.lastBlock; number++) {
    const header = await committedHeader(client, number);
    const entries = await readEntries(client, number);
    const context = {
      domain: client.domain,
      parent,
      committedAt: header.timestamp,
      minExitPeriod: options.minExitPeriod,
    };
    const execute = () => executeBlock(header, entries, context, ledger, client.crypto);
    const executed = await judgeAsking(execute, prepare);
    for (const entry of executed.entries) {
      ledger.apply(entry);
      if (entry.content.kind === "feeClaim") feeClaims += 1;
      for (const output of entry.spent) {
        unspent.delete(output.position);
        spent.push(output);
      }
      for (const output of entry.created) unspent.set(output.position, output);
    }
    transactions += entries.length;
    parent = header;
    options.onProgress(number);
  }
  return {
    blocks: Number(options.lastBlock),
    transactions,
    feeClaims,
    unspent,
    spent,
    sums: sumByToken(unspent.values()),
  };
}

/** What the outputs are worth, per token. */
export function sumByToken(outputs: Iterable<LedgerOutput>): Map<Address, bigint> {
  const sums = new Map<Address, bigint>();
  for (const { output } of outputs) sums.set(output.token, (sums.get(output.token) ?? 0n) + output.amount);
  return sums;
}

/** The header as the operator tells it, if it is the one that the contract committed to. */
async function committedHeader(client: Client, number: bigint): Promise<BlockHeader> {
  const block = await client.operator.call("plasma_getBlock", number);
  if (block === null || block.parentHash === null || block.timestamp === null) {
    throw new Error(`block ${number} is not committed`);
  }
  const header: BlockHeader = {
    number: block.number,
    parentHash: block.parentHash,
    root: block.root,
    txCount: block.txCount,
    timestamp: block.timestamp,
    sealedAt: block.sealedAt,
    depositCount: block.depositCount,
    depositHash: block.depositHash,
  };
  const hash = headerHash(header, client.crypto.keccak256);
  const held: Hex = await client.l1.readContract({ ...rootChain(client), functionName: "blockHashes", args: [number] });
  if (hash !== held) throw new Error(`block ${number} has the hash ${hash}, and the contract holds ${held}`);
  return header;
}

async function readEntries(client: Client, number: bigint): Promise<Uint8Array[]> {
  const entries: Uint8Array[] = [];
  let cursor: string | undefined;
  do {
    const query = { number, limit: 1_000, ...(cursor === undefined ? {} : { cursor }) };
    const page = await client.operator.call("plasma_getBlockTransactions", query);
    for (const entry of page.entries) entries.push(fromHex(entry));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return entries;
}

/** The conditions that L1 recorded, with what runs them. */
async function readConditions(client: Client) {
  const { keccak256 } = client.crypto;
  const address = await client.l1.readContract({ ...rootChain(client), functionName: "conditions" });
  const logs = await client.l1.getContractEvents({
    address,
    abi: conditionsAbi,
    eventName: "ConditionRegistered",
    fromBlock: client.fromBlock,
    strict: true,
  });
  const registered = new Map<Address, RegisteredCondition>();
  const codes = new Map<Hex, Uint8Array>();
  for (const { args } of logs) {
    registered.set(args.condition.toLowerCase() as Address, args);
    codes.set(args.codeHash, fromHex((await client.l1.getCode({ address: args.condition })) ?? "0x"));
  }
  const verdicts = createConditionVerdicts({ codeOf: (codeHash) => codes.get(codeHash), keccak256 });
  return { ...verdicts.hold(), find: (condition: Address) => registered.get(condition) };
}

async function readDeposits(client: Client): Promise<Deposit[]> {
  const logs = await client.l1.getContractEvents({
    ...rootChain(client),
    eventName: "Deposited",
    fromBlock: client.fromBlock,
    strict: true,
  });
  return logs.map(({ args }) => ({
    index: Number(args.index),
    block: args.newestBlock,
    owner: args.owner.toLowerCase() as Address,
    token: args.token.toLowerCase() as Address,
    amount: args.amount,
  }));
}
