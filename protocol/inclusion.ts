import type { Hex } from "viem";
import * as z from "zod";
import { type BlockHeader, headerHash } from "./block.ts";
import { toHex } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";
import { decodeFeeClaim, FEE_CLAIM_TYPE, type FeeClaim, feeClaimOutput } from "./feeClaim.ts";
import { type Keccak256, portableCrypto } from "./hashing.ts";
import { countSchema, hashSchema, headerSchema } from "./json.ts";
import { leafHash, verifyPath } from "./merkle.ts";
import type { Output } from "./output.ts";
import { depositIndexOf, encodePosition, formatPosition, isDepositPosition } from "./position.ts";
import { decodeBody, type Transaction } from "./transaction.ts";
import { type Domain, feeClaimIdOf, txIdOf } from "./typedData.ts";

/** Where an entry stands in a committed block, with the Merkle path that shows it. */
export const inclusionSchema = z.object({
  header: headerSchema,
  txIndex: countSchema,
  witnessHash: hashSchema,
  path: z.array(hashSchema).readonly(),
});

export type Inclusion = z.output<typeof inclusionSchema>;

/** A block and an index in it. */
export type Place = Pick<Inclusion, "header" | "txIndex">;

/** An entry that was shown included: what it created, and the hash that L1 must hold for its block. */
export interface IncludedEntry {
  readonly txId: Hex;
  readonly outputs: readonly Output[];
  readonly blockHash: Hex;
}

/**
 * Checks that the transaction or fee claim with these canonical bytes is included (R9, R5); a claim has no witness. It is as true as the root
 * chain contract holds the returned hash for the header's number.
 * @throws what `verifyInclusion` throws, FEE_CLAIM_WRONG_BLOCK for a fee claim in another block than its own, and the
 * errors of the codec
 */
export function verifyIncludedEntry(
  body: Uint8Array,
  inclusion: Inclusion,
  domain: Domain,
  keccak: Keccak256 = portableCrypto.keccak256,
): IncludedEntry {
  if (body[0] === FEE_CLAIM_TYPE) return verifyIncludedFeeClaim(body, inclusion, domain, keccak);
  const transaction = decodeBody(body);
  const txId = txIdOf(transaction, domain, keccak);
  const blockHash = verifyInclusion(txId, transaction, inclusion, keccak);
  return { txId, outputs: transaction.outputs, blockHash };
}

/**
 * Checks that a transaction is included (R9) and returns the hash of the header: its leaf is at the shown place, the
 * block was sealed within its window, every input is older than it, and every deposit input was seen by the block.
 * @throws PROOF_PATH_INVALID, PROOF_OUTSIDE_WINDOW, PROOF_INPUT_NOT_LOWER, PROOF_DEPOSIT_NOT_IN_BLOCK, and what
 * `headerHash` throws
 */
export function verifyInclusion(
  txId: Hex,
  transaction: Transaction,
  inclusion: Inclusion,
  keccak: Keccak256 = portableCrypto.keccak256,
): Hex {
  const blockHash = verifyLeaf(txId, inclusion, keccak);
  checkPlace(transaction, inclusion);
  return blockHash;
}

/**
 * What a transaction asks of the block and of the place that includes it (R9): the block was sealed within its window, every
 * input is older than it, and every deposit input was seen by the block.
 * @throws PROOF_OUTSIDE_WINDOW, PROOF_INPUT_NOT_LOWER, PROOF_DEPOSIT_NOT_IN_BLOCK
 */
export function checkPlace(transaction: Transaction, { header, txIndex }: Place): void {
  if (!isWithinWindow(transaction, header.sealedAt)) {
    throw new ProtocolError("PROOF_OUTSIDE_WINDOW", `sealed at ${header.sealedAt}, outside the transaction's window`, {
      sealedAt: header.sealedAt,
      validAfter: transaction.validAfter,
      validBefore: transaction.validBefore,
    });
  }
  const youngest = transaction.inputs.reduce((a, { position }) => (position > a ? position : a), 0n);
  if (youngest >= encodePosition({ block: header.number, txIndex, outputIndex: 0 })) {
    const message = `input ${formatPosition(youngest)} is not older than its spend`;
    throw new ProtocolError("PROOF_INPUT_NOT_LOWER", message, { position: youngest });
  }
  const unseen = transaction.inputs.find(
    ({ position }) => isDepositPosition(position) && depositIndexOf(position) >= header.depositCount,
  );
  if (unseen) {
    const message = `block ${header.number} has not seen ${formatPosition(unseen.position)}`;
    throw new ProtocolError("PROOF_DEPOSIT_NOT_IN_BLOCK", message, { position: unseen.position });
  }
}

/**
 * A fee claim counts in its own block only (R5).
 * @throws FEE_CLAIM_WRONG_BLOCK
 */
export function checkClaimPlace(claim: FeeClaim, header: Pick<BlockHeader, "number">): void {
  if (claim.blockNumber === header.number) return;
  const message = `a claim for block ${claim.blockNumber} is shown in another block`;
  throw new ProtocolError("FEE_CLAIM_WRONG_BLOCK", message, { claimed: claim.blockNumber, shown: header.number });
}

/** Whether a time lies in the transaction's window [validAfter, validBefore); Unix seconds. */
export function isWithinWindow({ validAfter, validBefore }: Transaction, time: number): boolean {
  return validAfter <= time && (validBefore === 0 || time < validBefore);
}

function verifyIncludedFeeClaim(
  body: Uint8Array,
  inclusion: Inclusion,
  domain: Domain,
  keccak: Keccak256,
): IncludedEntry {
  const claim = decodeFeeClaim(body);
  checkClaimPlace(claim, inclusion.header);
  const txId = feeClaimIdOf(claim, domain, keccak);
  const witnessHash = toHex(keccak(new Uint8Array(0)));
  return { txId, outputs: [feeClaimOutput(claim)], blockHash: verifyLeaf(txId, { ...inclusion, witnessHash }, keccak) };
}

function verifyLeaf(txId: Hex, { header, txIndex, witnessHash, path }: Inclusion, keccak: Keccak256): Hex {
  const leaf = leafHash(txId, witnessHash, keccak);
  if (!verifyPath(leaf, txIndex, path, header.root, header.txCount, keccak)) {
    throw new ProtocolError("PROOF_PATH_INVALID", `the path does not lead from entry ${txIndex} to the root`, {
      txIndex,
      txCount: header.txCount,
    });
  }
  return headerHash(header, keccak);
}
