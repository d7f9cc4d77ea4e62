import type { Hex } from "viem";
import { type BlockHeader, headerHash } from "./block.ts";
import { ProtocolError } from "./errors.ts";
import type { FeeClaim } from "./feeClaim.ts";
import { type Keccak256, portableCrypto } from "./hashing.ts";
import { leafHash, verifyPath } from "./merkle.ts";
import { depositIndexOf, encodePosition, formatPosition, isDepositPosition } from "./position.ts";
import type { Transaction } from "./transaction.ts";

/** Where an entry stands in a committed block, with the Merkle path that shows it. */
export interface Inclusion {
  readonly header: BlockHeader;
  readonly txIndex: number;
  readonly path: readonly Hex[];
}

/**
 * Checks that the entry with these ids is leaf `txIndex` of the header's root, and returns the header's hash: the
 * inclusion is as true as the root chain contract holds that hash for that number.
 * @throws PROOF_PATH_INVALID, and what `headerHash` throws
 */
export function verifyEntryInclusion(
  entry: { readonly txId: Hex; readonly witnessHash: Hex },
  { header, txIndex, path }: Inclusion,
  keccak: Keccak256 = portableCrypto.keccak256,
): Hex {
  const leaf = leafHash(entry.txId, entry.witnessHash, keccak);
  if (!verifyPath(leaf, txIndex, path, header.root, header.txCount, keccak)) {
    throw new ProtocolError("PROOF_PATH_INVALID", `the path does not lead from entry ${txIndex} to the root`, {
      txIndex,
      txCount: header.txCount,
    });
  }
  return headerHash(header, keccak);
}

/**
 * Checks what makes an inclusion of a transaction count (R9), besides its path: the block was sealed within its window,
 * every input is older than it, and every deposit input was seen by its block.
 * @throws PROOF_OUTSIDE_WINDOW, PROOF_INPUT_NOT_LOWER, PROOF_DEPOSIT_NOT_IN_BLOCK
 */
export function checkTransactionPlace(transaction: Transaction, { header, txIndex }: Inclusion): void {
  const { validAfter, validBefore } = transaction;
  const { sealedAt } = header;
  if (sealedAt < validAfter || (validBefore !== 0 && sealedAt >= validBefore)) {
    throw new ProtocolError(
      "PROOF_OUTSIDE_WINDOW",
      `sealed at ${sealedAt}, valid from ${validAfter} to ${validBefore}`,
      {
        sealedAt,
        validAfter,
        validBefore,
      },
    );
  }
  const own = encodePosition({ block: header.number, txIndex, outputIndex: 0 });
  for (const { position } of transaction.inputs) {
    if (position >= own) {
      throw new ProtocolError(
        "PROOF_INPUT_NOT_LOWER",
        `input ${formatPosition(position)} is not older than its spend`,
        {
          position,
        },
      );
    }
    if (isDepositPosition(position) && depositIndexOf(position) >= header.depositCount) {
      throw new ProtocolError(
        "PROOF_DEPOSIT_NOT_IN_BLOCK",
        `block ${header.number} has not seen ${formatPosition(position)}`,
        {
          position,
        },
      );
    }
  }
}

/**
 * A fee claim counts in its own block only (R5).
 * @throws FEE_CLAIM_WRONG_BLOCK
 */
export function checkFeeClaimPlace({ blockNumber }: FeeClaim, { header }: Inclusion): void {
  if (blockNumber !== header.number) {
    throw new ProtocolError(
      "FEE_CLAIM_WRONG_BLOCK",
      `a claim for block ${blockNumber} is shown in block ${header.number}`,
      {
        blockNumber,
        header: header.number,
      },
    );
  }
}
