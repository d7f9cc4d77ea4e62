import { type Deposit, depositOutput, depositOutputId, depositPositionOf } from "../protocol/deposit.ts";
import { ZERO_HASH } from "../protocol/hashing.ts";
import { depositIndexOf, formatPosition, isDepositPosition } from "../protocol/position.ts";
import { type ExitProof, type ProofAnchor, verifyProof } from "../protocol/proof.ts";
import type { Client } from "./client.ts";
import { findDeposit } from "./deposit.ts";
import { clientError } from "./errors.ts";
import { blockHashAt, depositHashAt } from "./headers.ts";

/**
 * The proof of a committed output, from the operator and verified against L1: what comes back is true whoever sent it.
 * Throws what the operator refuses with, PROOF_* of `verifyProof`, and like `verifyProofOnL1`.
 */
export async function getProof(client: Client, position: bigint): Promise<ExitProof> {
  const proof = await client.operator.call("plasma_getProof", position);
  if (proof.position !== position) {
    throw clientError("PROOF_INVALID", `the operator answered with the proof of ${formatPosition(proof.position)}`);
  }
  await verifyProofOnL1(client, proof);
  return proof;
}

/** The proof of any output: a deposit's from L1 alone, another one's from the operator. Throws like the two. */
export async function findProof(client: Client, position: bigint): Promise<ExitProof> {
  if (!isDepositPosition(position)) return getProof(client, position);
  return makeDepositProof(client, await findDeposit(client, depositIndexOf(position)));
}

/** The proof of a deposit, made from L1 alone. Throws like `verifyProofOnL1`. */
export async function makeDepositProof(client: Client, deposit: Deposit): Promise<ExitProof> {
  const proof: ExitProof = {
    version: 1,
    kind: "deposit",
    chainId: client.domain.chainId,
    contract: client.domain.contract,
    position: depositPositionOf(deposit),
    outputId: depositOutputId(deposit, client.crypto.keccak256),
    output: depositOutput(deposit),
    index: deposit.index,
    block: deposit.block,
    previousDepositHash: deposit.index === 0 ? ZERO_HASH : await depositHashAt(client, deposit.index - 1),
  };
  await verifyProofOnL1(client, proof);
  return proof;
}

/**
 * Checks a proof against itself and against the hash that the contract holds. It proves that the output was included, not
 * that it is unspent or that its block is valid. Throws PROOF_* of `verifyProof`, BLOCK_NOT_ON_L1, PROOF_INVALID.
 */
export async function verifyProofOnL1(client: Client, proof: ExitProof): Promise<ProofAnchor> {
  const anchor = verifyProof(proof, { domain: client.domain }, client.crypto);
  const held =
    anchor.kind === "block" ? await blockHashAt(client, anchor.number) : await depositHashAt(client, anchor.index);
  const name = anchor.kind === "block" ? `block ${anchor.number}` : `deposit ${anchor.index}`;
  if (held === ZERO_HASH)
    throw clientError("BLOCK_NOT_ON_L1", `L1 does not know ${name}`, { position: proof.position });
  if (held !== anchor.hash) {
    throw clientError("PROOF_INVALID", `L1 holds another ${name} than the proof shows`, { held, shown: anchor.hash });
  }
  return anchor;
}
