import { createMerkleProof, createMPT } from "@ethereumjs/trie";
import { type Hex, toRlp } from "viem";
import { type BlockHeader, GENESIS, headerHash } from "../../protocol/block.ts";
import { openEntries } from "../../protocol/blockExecution.ts";
import { fromHex, toHex } from "../../protocol/bytes.ts";
import { portableCrypto, ZERO_HASH } from "../../protocol/hashing.ts";
import { encodeL1Header } from "../../protocol/l1Header.ts";
import { mergePaths } from "../../protocol/multiproof.ts";
import type { AnchoredReceipt } from "../../protocol/receipt.ts";
import { blockHashSlot } from "../../protocol/stateProof.ts";
import type { Domain } from "../../protocol/typedData.ts";

/** An L1 block whose state has a root chain with some Plasma blocks, numbered from 1. */
export interface AnchoredBlocks {
  readonly l1BlockHash: Hex;
  /** The receipt of the entries at some indexes of each block, of none where a block is left out. */
  receipt(indexes: readonly (readonly number[])[]): Promise<AnchoredReceipt>;
  /** Nodes that show what the contract's storage has for blocks, in it or not. */
  storageProof(numbers: readonly bigint[]): Promise<Hex[]>;
}

/** Seconds. */
const SEALED_AT = 1_900_000_000;
const OTHER_KEYS = 20;

/** Commits blocks of these entries, valid or not, to an L1 that consists of its tries only. */
export async function anchorBlocks(
  domain: Domain,
  blocks: readonly (readonly Uint8Array[])[],
): Promise<AnchoredBlocks> {
  const opened = blocks.map((entries) => openEntries(entries, domain));
  const headers: BlockHeader[] = [];
  for (const [index, { entries, tree }] of opened.entries()) {
    headers.push({
      ...GENESIS,
      number: BigInt(index + 1),
      parentHash: headerHash(headers.at(-1) ?? GENESIS),
      root: tree.root,
      txCount: entries.length,
      timestamp: SEALED_AT,
      sealedAt: SEALED_AT,
      depositCount: 10,
    });
  }

  const storage = await createMPT({ useKeyHashing: true });
  const state = await createMPT({ useKeyHashing: true });
  for (const header of headers) {
    await storage.put(fromHex(blockHashSlot(header.number)), fromHex(toRlp(headerHash(header))));
  }
  for (let other = 1; other <= OTHER_KEYS; other++) {
    await storage.put(new Uint8Array(32).fill(other), fromHex(toRlp("0x2a")));
    await state.put(new Uint8Array(20).fill(other), fromHex(toRlp(["0x01", "0x", ZERO_HASH, ZERO_HASH])));
  }
  const account = toRlp(["0x01", "0x", toHex(storage.root()), ZERO_HASH]);
  await state.put(fromHex(domain.contract), fromHex(account));

  const l1Header = encodeL1Header({
    parentHash: ZERO_HASH,
    sha3Uncles: ZERO_HASH,
    miner: domain.contract,
    stateRoot: toHex(state.root()),
    transactionsRoot: ZERO_HASH,
    receiptsRoot: ZERO_HASH,
    logsBloom: `0x${"00".repeat(256)}`,
    difficulty: "0x0",
    number: "0x10",
    gasLimit: "0x1c9c380",
    gasUsed: "0x0",
    timestamp: `0x${SEALED_AT.toString(16)}`,
    extraData: "0x",
    mixHash: ZERO_HASH,
    nonce: "0x0000000000000000",
  });
  const proofOf = async (trie: typeof state, keys: readonly Hex[]): Promise<Hex[]> => {
    const nodes = new Set<Hex>();
    for (const key of keys) for (const node of await createMerkleProof(trie, fromHex(key))) nodes.add(toHex(node));
    return [...nodes];
  };
  const storageProof = (numbers: readonly bigint[]) =>
    proofOf(
      storage,
      numbers.map((number) => blockHashSlot(number)),
    );

  return {
    l1BlockHash: toHex(portableCrypto.keccak256(fromHex(l1Header))),
    storageProof,
    async receipt(indexes) {
      const shown = opened.flatMap(({ entries, tree }, at) => {
        const header = headers[at] as BlockHeader;
        const chosen = entries.filter(({ txIndex }) => indexes[at]?.includes(txIndex));
        const siblings = mergePaths(chosen.map(({ txIndex: index }) => ({ index, path: tree.path(index) })));
        const transactions = chosen.map(({ txIndex, raw }) => ({ txIndex, raw: toHex(raw) }));
        return transactions.length === 0 ? [] : [{ header, transactions, siblings }];
      });
      return {
        version: 1,
        kind: "receipt",
        ...domain,
        l1Header,
        accountProof: await proofOf(state, [domain.contract]),
        storageProof: await storageProof(shown.map(({ header }) => header.number)),
        blocks: shown,
      };
    },
  };
}
