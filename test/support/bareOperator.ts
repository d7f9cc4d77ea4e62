import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { type Address, keccak256 } from "viem";
import { type BlockHeader, GENESIS, headerHash, type SealedBlock } from "../../protocol/block.ts";
import { type OpenedBlock, openEntries } from "../../protocol/blockExecution.ts";
import { toHex } from "../../protocol/bytes.ts";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import { ZERO_HASH } from "../../protocol/hashing.ts";
import type { Inclusion } from "../../protocol/inclusion.ts";
import { splitEntry } from "../../runtime/proofs.ts";
import { type L1, OPERATOR } from "./l1.ts";
import type { Ending } from "./temporaryDirectory.ts";

/** Commits whatever it is told to, valid or not, and shows it, or not. */
export interface BareOperator {
  readonly url: string;
  /** Numbers of the blocks that nobody is shown. */
  readonly withheld: Set<bigint>;
  /** Commits a block of these entries, some fields changed, and returns its header. */
  commit(entries: readonly Uint8Array[], changes?: Partial<SealedBlock>): Promise<BlockHeader>;
  /** Builds on `header` from now on, as after an L1 reorg. */
  goBack(header: BlockHeader): void;
  /** Where an entry of a committed block stands. */
  inclusion(number: bigint, txIndex: number): Inclusion;
}

/** Seconds: after blocks that were mined at once, the node's next one may have an earlier time than its parent. */
const SEALED_BEFORE = 60;

export async function startBareOperator(test: Ending, l1: L1, contract: Address): Promise<BareOperator> {
  const rootChain = { address: contract, abi: rootChainAbi } as const;
  const blocks = new Map<bigint, OpenedBlock & { readonly header: BlockHeader }>();
  const withheld = new Set<bigint>();
  let parent: BlockHeader = GENESIS;

  const server = createServer(async (request, response) => {
    const { id, method, params } = JSON.parse(await text(request));
    const isBlock = method === "plasma_getBlockTransactions";
    const number = isBlock ? BigInt(params[0].number) : 0n;
    const entries = withheld.has(number) ? [] : (blocks.get(number)?.entries ?? []);
    const result = isBlock ? { entries: entries.map(({ raw }) => toHex(raw)) } : null;
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ jsonrpc: "2.0", id, result }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  test.after(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new TypeError("the server has no port");

  return {
    url: `http://127.0.0.1:${address.port}`,
    withheld,
    async commit(entries, changes = {}) {
      const depositCount = await l1.client.readContract({ ...rootChain, functionName: "depositCount" });
      const args = [BigInt(depositCount - 1)] as const;
      const { timestamp } = await l1.client.getBlock();
      const opened = openEntries(entries, { chainId: 31337n, contract });
      const block: SealedBlock = {
        number: parent.number + 1n,
        root: opened.tree.root,
        txCount: entries.length,
        sealedAt: Math.max(parent.sealedAt, Number(timestamp) - SEALED_BEFORE),
        depositCount,
        depositHash:
          depositCount === 0
            ? ZERO_HASH
            : await l1.client.readContract({ ...rootChain, functionName: "depositHashes", args }),
        ...changes,
      };
      const hash = await l1.client.writeContract({
        ...rootChain,
        functionName: "submitBlocks",
        args: [parent, [block], block.depositHash],
        account: l1.account(OPERATOR),
        chain: null,
      });
      const { blockNumber } = await l1.client.waitForTransactionReceipt({ hash });
      const committed = await l1.client.getBlock({ blockNumber });
      parent = { ...block, parentHash: headerHash(parent), timestamp: Number(committed.timestamp) };
      blocks.set(block.number, { ...opened, header: parent });
      return parent;
    },
    goBack(header) {
      parent = header;
    },
    inclusion(number, txIndex) {
      const block = blocks.get(number);
      const entry = block?.entries[txIndex];
      if (block === undefined || entry === undefined) throw new RangeError(`no entry ${txIndex} in block ${number}`);
      const witnessHash = keccak256(splitEntry(entry.raw).witness);
      return { header: block.header, txIndex, witnessHash, path: [...block.tree.path(txIndex)] };
    },
  };
}
