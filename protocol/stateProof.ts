import { createMerkleProof, createMPTFromProof } from "@ethereumjs/trie";
import { type FromRlpReturnType, fromRlp, type Hex, isHex, pad } from "viem";
import { createWriter, fromHex, toHex } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";
import { BLOCK_HASHES_SLOT } from "./generated/constants.ts";
import { type Keccak256, portableCrypto } from "./hashing.ts";

/** What a state trie holds, with the nodes that show it: root first, each once, in the order in which they are needed. */
export interface StateProof<T> {
  readonly found: T;
  readonly nodes: readonly Hex[];
}

/** A decoded value: bytes, or a list. */
type Rlp = FromRlpReturnType<"hex">;

type ProofErrorCode = "RECEIPT_ACCOUNT_PROOF_INVALID" | "RECEIPT_STORAGE_PROOF_INVALID";

/** Fields of an account in RLP: nonce, balance, storageRoot, codeHash. */
const STORAGE_ROOT = 2;
/** A shorter node stands inside its parent and has no hash of its own. */
const MIN_HASHED_NODE_BYTES = 32;

/** The storage slot in which the root chain keeps the hash of a Plasma block. */
export function blockHashSlot(number: bigint, keccak: Keccak256 = portableCrypto.keccak256): Hex {
  const words = createWriter(64).uint(number, 32, "number").uint(BLOCK_HASHES_SLOT, 32, "slot");
  return toHex(keccak(words.bytes));
}

/**
 * The storage root of an account, by the nodes of an `eth_getProof`.
 * @throws RECEIPT_ACCOUNT_PROOF_INVALID
 */
export async function findStorageRoot(
  stateRoot: Hex,
  account: Hex,
  nodes: readonly Hex[],
  keccak: Keccak256 = portableCrypto.keccak256,
): Promise<StateProof<Hex>> {
  const code = "RECEIPT_ACCOUNT_PROOF_INVALID";
  const proof = await openTrie(stateRoot, [account], nodes, code, keccak);
  const storageRoot = proof.found[0]?.[STORAGE_ROOT];
  if (!isHex(storageRoot)) {
    throw new ProtocolError(code, `there is no contract ${account} in the L1 state`, { account });
  }
  return { found: storageRoot, nodes: proof.nodes };
}

/**
 * The words in some storage slots, undefined where one is empty, by the nodes of an `eth_getProof`.
 * @throws RECEIPT_STORAGE_PROOF_INVALID
 */
export async function findWords(
  storageRoot: Hex,
  slots: readonly Hex[],
  nodes: readonly Hex[],
  keccak: Keccak256 = portableCrypto.keccak256,
): Promise<StateProof<readonly (Hex | undefined)[]>> {
  const { found, ...proof } = await openTrie(storageRoot, slots, nodes, "RECEIPT_STORAGE_PROOF_INVALID", keccak);
  return { ...proof, found: found.map((value) => (isHex(value) ? pad(value) : undefined)) };
}

/** What a trie holds at some keys, undefined where it holds nothing. */
async function openTrie(
  root: Hex,
  keys: readonly Hex[],
  nodes: readonly Hex[],
  code: ProofErrorCode,
  keccak: Keccak256,
): Promise<StateProof<readonly (Rlp | undefined)[]>> {
  try {
    const trie = await createMPTFromProof(
      nodes.map((node) => fromHex(node)),
      { root: fromHex(root), useKeyHashing: true, useKeyHashingFunction: keccak },
    );
    const found: (Rlp | undefined)[] = [];
    const used = new Set<Hex>();
    for (const key of keys) {
      const keyBytes = fromHex(key);
      const value = await trie.get(keyBytes, true);
      found.push(value === null ? undefined : fromRlp(value, "hex"));
      for (const [depth, node] of (await createMerkleProof(trie, keyBytes)).entries()) {
        if (depth === 0 || node.length >= MIN_HASHED_NODE_BYTES) used.add(toHex(node));
      }
    }
    return { found, nodes: [...used] };
  } catch (cause) {
    // The trie throws errors without a code: a node that is missing, is not the root's, or is no node at all.
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ProtocolError(code, `the nodes do not lead from ${root} to what they should show: ${reason}`, { root });
  }
}
