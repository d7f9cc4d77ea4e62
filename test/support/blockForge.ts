import { type Account, type Address, keccak256, type PublicClient, type Transport, type WalletClient } from "viem";
import { type BlockHeader, headerHash, type SealedBlock } from "../../protocol/block.ts";
import { type OpenedBlock, openEntries } from "../../protocol/blockExecution.ts";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import { ZERO_HASH } from "../../protocol/hashing.ts";
import type { Inclusion } from "../../protocol/inclusion.ts";
import { splitEntry } from "../../runtime/proofs.ts";

/** Commits whatever it is given, valid or not, and keeps it. */
export interface BlockForge {
  /** Commits a block of these entries, some fields changed, and returns its header. */
  commit(entries: readonly Uint8Array[], changes?: Partial<SealedBlock>): Promise<BlockHeader>;
  /** Builds on `header` from now on, as after an L1 reorg. */
  goBack(header: BlockHeader): void;
  /** Header that the next block builds on. */
  parent(): BlockHeader;
  /** Bytes of a committed block's entries. */
  entriesOf(number: bigint): readonly Uint8Array[] | undefined;
  /** Where an entry of a committed block stands. */
  inclusion(number: bigint, txIndex: number): Inclusion;
}

interface ForgeOptions {
  readonly l1: PublicClient;
  /** Of the operator's key. */
  readonly wallet: WalletClient<Transport, undefined, Account>;
  readonly contract: Address;
  /** Header of the newest committed block. */
  readonly parent: BlockHeader;
}

/** Seconds: after blocks that were mined at once, the node's next one may have an earlier time than its parent. */
const SEALED_BEFORE = 60;

export function createBlockForge({ l1, wallet, contract, parent: first }: ForgeOptions): BlockForge {
  const rootChain = { address: contract, abi: rootChainAbi } as const;
  const blocks = new Map<bigint, OpenedBlock & { readonly header: BlockHeader }>();
  let parent = first;

  return {
    async commit(entries, changes = {}) {
      const depositCount = await l1.readContract({ ...rootChain, functionName: "depositCount" });
      const args = [BigInt(depositCount - 1)] as const;
      const { timestamp } = await l1.getBlock();
      const opened = openEntries(entries, { chainId: BigInt(await l1.getChainId()), contract });
      const block: SealedBlock = {
        number: parent.number + 1n,
        root: opened.tree.root,
        txCount: entries.length,
        sealedAt: Math.max(parent.sealedAt, Number(timestamp) - SEALED_BEFORE),
        depositCount,
        depositHash:
          depositCount === 0 ? ZERO_HASH : await l1.readContract({ ...rootChain, functionName: "depositHashes", args }),
        ...changes,
      };
      const hash = await wallet.writeContract({
        ...rootChain,
        functionName: "submitBlocks",
        args: [parent, [block], block.depositHash],
        chain: null,
      });
      const { blockNumber } = await l1.waitForTransactionReceipt({ hash });
      const committed = await l1.getBlock({ blockNumber });
      parent = { ...block, parentHash: headerHash(parent), timestamp: Number(committed.timestamp) };
      blocks.set(block.number, { ...opened, header: parent });
      return parent;
    },
    goBack(header) {
      parent = header;
    },
    parent: () => parent,
    entriesOf: (number) => blocks.get(number)?.entries.map(({ raw }) => raw),
    inclusion(number, txIndex) {
      const block = blocks.get(number);
      const entry = block?.entries[txIndex];
      if (block === undefined || entry === undefined) throw new RangeError(`no entry ${txIndex} in block ${number}`);
      const witnessHash = keccak256(splitEntry(entry.raw).witness);
      return { header: block.header, txIndex, witnessHash, path: [...block.tree.path(txIndex)] };
    },
  };
}
