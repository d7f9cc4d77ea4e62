import { type Address, type Hex, numberToHex, type RpcBlock } from "viem";
import { API_LIMITS } from "../protocol/api.ts";
import { fromHex, toHex } from "../protocol/bytes.ts";
import { ZERO_HASH } from "../protocol/hashing.ts";
import { decodeL1Header, encodeL1Header } from "../protocol/l1Header.ts";
import { formatPosition } from "../protocol/position.ts";
import type { ExitProof, InclusionProof } from "../protocol/proof.ts";
import { type AnchoredReceipt, receiptBlocks } from "../protocol/receipt.ts";
import { blockHashSlot, findStorageRoot, findWords } from "../protocol/stateProof.ts";
import { type VerifiedReceipt, verifyReceipt } from "../protocol/verifyReceipt.ts";
import type { Client } from "./client.ts";
import { ClientError, clientError } from "./errors.ts";
import { atL1 } from "./l1.ts";

/** A receipt that was checked as anybody will check it. */
export interface MadeReceipt {
  readonly receipt: AnchoredReceipt;
  readonly verified: VerifiedReceipt;
}

/** Nodes cap how many slots one `eth_getProof` may name. */
const SLOTS_PER_REQUEST = 256;

/**
 * Makes the receipt of the transactions that created some outputs, anchored in an L1 block: the one named, else the newest final one
 * that has their commits, else the newest. Nothing of the proofs is believed: the whole receipt is verified against that
 * block's hash. Throws RECEIPT_*, PROOF_INVALID, L1_*, BLOCK_NOT_ON_L1.
 */
export async function makeReceipt(
  client: Client,
  proofs: readonly InclusionProof[],
  l1Block?: bigint,
): Promise<MadeReceipt> {
  const { domain, crypto } = client;
  const blocks = receiptBlocks(proofs);
  const newest = blocks.at(-1);
  if (newest === undefined) throw clientError("RECEIPT_EMPTY", "there is no transaction to make a receipt of");
  const anchor = await findAnchor(client, newest.header.number, l1Block);
  const slots = blocks.map(({ header }) => blockHashSlot(header.number, crypto.keccak256));
  const shown = await getStateProof(client, slots, anchor.number);
  const { stateRoot } = decodeL1Header(anchor.header);
  const account = await findStorageRoot(stateRoot, domain.contract, shown.accountProof, crypto.keccak256);
  const storage = await findWords(account.found, slots, shown.storageProof, crypto.keccak256);
  const receipt: AnchoredReceipt = {
    version: 1,
    kind: "receipt",
    ...domain,
    l1Header: anchor.header,
    accountProof: account.nodes,
    storageProof: storage.nodes,
    blocks,
  };
  const verified = await verifyReceipt(receipt, { domain, l1BlockHash: anchor.hash }, crypto);
  const proven = new Set(verified.transactions.flatMap(({ outputs }) => outputs.map(({ position }) => position)));
  requireAll(
    proofs.map(({ position }) => position),
    proven,
  );
  return { receipt, verified };
}

/**
 * Proofs of outputs from the operator, ascending, which `makeReceipt` has yet to check. Throws RECEIPT_OF_DEPOSIT, PROOF_INVALID
 * and what the operator refuses with.
 */
export async function fetchProofs(client: Client, positions: readonly bigint[]): Promise<InclusionProof[]> {
  // Ascending, since the operator has the trees of the last few blocks at hand.
  const ascending = [...positions].sort((a, b) => (a < b ? -1 : 1));
  const proofs: InclusionProof[] = [];
  for (let start = 0; start < ascending.length; start += API_LIMITS.maxProofsPerCall) {
    const asked = ascending.slice(start, start + API_LIMITS.maxProofsPerCall);
    const answered = await client.operator.call("plasma_getProofs", asked);
    proofs.push(...answered.map(requireInclusion));
  }
  requireAll(ascending, new Set(proofs.map(({ position }) => position)));
  return proofs;
}

/** A proof that something stands in a Plasma block. Throws RECEIPT_OF_DEPOSIT. */
export function requireInclusion(proof: ExitProof): InclusionProof {
  if (proof.kind !== "deposit") return proof;
  const name = formatPosition(proof.position);
  throw clientError("RECEIPT_OF_DEPOSIT", `${name} was made on L1, not in a Plasma block`, {
    position: proof.position,
  });
}

/** The committed transactions that pay to or spend from an address, each by the position of its first output: the operator's word. */
export async function listTransactions(client: Client, address: Address): Promise<bigint[]> {
  const positions: bigint[] = [];
  let cursor: string | undefined;
  do {
    const query = { address, limit: API_LIMITS.maxPageSize, ...(cursor === undefined ? {} : { cursor }) };
    const page = await client.operator.call("plasma_getTransactions", query);
    const committed = page.transactions.filter(({ status }) => status === "committed");
    positions.push(...committed.map(({ position }) => position));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return positions;
}

/** Hash of an L1 block as the Ethereum node has it. Throws L1_BLOCK_UNKNOWN. */
export async function l1BlockHash(client: Client, number: bigint): Promise<Hex> {
  return (await requireL1Block(client, number)).hash;
}

function requireAll(positions: readonly bigint[], proven: ReadonlySet<bigint>): void {
  const missing = positions.find((position) => !proven.has(position));
  if (missing === undefined) return;
  throw clientError("PROOF_INVALID", `what is shown for ${formatPosition(missing)} is something else`, {
    position: missing,
  });
}

interface Anchor {
  readonly number: bigint;
  readonly hash: Hex;
  /** RLP. */
  readonly header: Hex;
}

/** The L1 block that a receipt of Plasma blocks up to `newest` is anchored in. */
async function findAnchor(client: Client, newest: bigint, asked: bigint | undefined): Promise<Anchor> {
  if (asked !== undefined) {
    const anchor = await requireL1Block(client, asked);
    if (await holdsBlock(client, newest, asked)) return anchor;
    throw clientError("BLOCK_NOT_ON_L1", `L1 block ${asked} does not have the commit of block ${newest} yet`);
  }
  const finalized = await findL1Block(client, "finalized").catch((error: unknown) => {
    if (error instanceof ClientError && error.code === "L1_REFUSED") return undefined; // a node without finality
    throw error;
  });
  if (finalized && (await holdsBlock(client, newest, finalized.number))) return finalized;
  const head = await requireL1Block(client, await atL1(client.l1.getBlockNumber()));
  if (await holdsBlock(client, newest, head.number)) return head;
  throw clientError("BLOCK_NOT_ON_L1", `L1 does not know block ${newest}`);
}

async function holdsBlock(client: Client, number: bigint, l1Block: bigint): Promise<boolean> {
  const slot = blockHashSlot(number, client.crypto.keccak256);
  const request = { address: client.domain.contract, slot, blockNumber: l1Block };
  const word = await atL1(client.l1.getStorageAt(request));
  return word !== undefined && word !== ZERO_HASH && word !== "0x";
}

async function requireL1Block(client: Client, number: bigint): Promise<Anchor> {
  const found = await findL1Block(client, numberToHex(number));
  if (found) return found;
  throw clientError("L1_BLOCK_UNKNOWN", `the Ethereum node has no block ${number}`, { number });
}

/** An L1 block with its header put together from the node's fields, which is proven right by its hash. Throws L1_HEADER_UNKNOWN. */
async function findL1Block(client: Client, tag: Hex | "finalized"): Promise<Anchor | undefined> {
  const block: RpcBlock | null = await atL1(
    client.l1.request({ method: "eth_getBlockByNumber", params: [tag, false] }),
  );
  if (block === null || block.hash === null || block.number === null) return undefined;
  const header = encodeL1Header({ ...block });
  if (toHex(client.crypto.keccak256(fromHex(header))) !== block.hash) {
    const message = `the fields of L1 block ${BigInt(block.number)} do not hash to its hash`;
    throw clientError("L1_HEADER_UNKNOWN", message, { hash: block.hash });
  }
  return { number: BigInt(block.number), hash: block.hash, header };
}

/** The nodes of the state proofs of some of the contract's slots. */
async function getStateProof(client: Client, slots: readonly Hex[], blockNumber: bigint) {
  const accountProof = new Set<Hex>();
  const storageProof = new Set<Hex>();
  for (let start = 0; start < slots.length; start += SLOTS_PER_REQUEST) {
    const storageKeys = slots.slice(start, start + SLOTS_PER_REQUEST);
    const proof = await atL1(client.l1.getProof({ address: client.domain.contract, storageKeys, blockNumber }));
    for (const node of proof.accountProof) accountProof.add(node);
    for (const node of proof.storageProof.flatMap((slot) => slot.proof)) storageProof.add(node);
  }
  return { accountProof: [...accountProof], storageProof: [...storageProof] };
}
