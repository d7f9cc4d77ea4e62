import type { Hex } from "viem";
import * as z from "zod";
import { fromHex, toHex } from "./bytes.ts";
import { depositOutput, depositOutputId, depositPositionOf, nextDepositHash } from "./deposit.ts";
import { ProtocolError } from "./errors.ts";
import { decodeFeeClaim, feeClaimOutput } from "./feeClaim.ts";
import { type Crypto, type Keccak256, portableCrypto } from "./hashing.ts";
import { checkFeeClaimPlace, checkTransactionPlace, type Inclusion, verifyEntryInclusion } from "./inclusion.ts";
import {
  addressSchema,
  bytesSchema,
  countSchema,
  hashSchema,
  headerSchema,
  outputSchema,
  quantitySchema,
} from "./json.ts";
import { type Output, outputIdOf, sameOutput } from "./output.ts";
import { decodePosition, formatPosition } from "./position.ts";
import { decodeBody } from "./transaction.ts";
import { type Domain, feeClaimIdOf, txIdOf } from "./typedData.ts";

const common = {
  version: z.literal(1),
  chainId: quantitySchema,
  contract: addressSchema,
  position: quantitySchema,
  outputId: hashSchema,
  output: outputSchema,
};

/** The proof file: everything that an owner needs to start an exit with nobody's help. */
export const exitProofSchema = z.discriminatedUnion("kind", [
  z.object({
    ...common,
    kind: z.literal("deposit"),
    /** k, from 0. */
    index: countSchema,
    /** Newest committed block at the time of the deposit. */
    block: quantitySchema,
    /** D(k), which the contract's record of the deposit is chained to (R4). */
    previousDepositHash: hashSchema,
  }),
  z.object({
    ...common,
    kind: z.literal("transaction"),
    body: bytesSchema,
    witness: bytesSchema,
    witnessHash: hashSchema,
    header: headerSchema,
    path: z.array(hashSchema),
  }),
  z.object({
    ...common,
    kind: z.literal("feeClaim"),
    body: bytesSchema,
    header: headerSchema,
    path: z.array(hashSchema),
  }),
]);

export type ExitProof = z.output<typeof exitProofSchema>;
export type ExitProofJson = z.input<typeof exitProofSchema>;

/** What L1 must hold for a proof to be true: a block hash, or the stored hash of a deposit. */
export type ProofAnchor =
  | { readonly kind: "block"; readonly number: bigint; readonly hash: Hex }
  | { readonly kind: "deposit"; readonly index: number; readonly hash: Hex };

/**
 * Reads a proof file.
 * @throws PROOF_MALFORMED
 */
export function parseExitProof(document: unknown): ExitProof {
  const result = exitProofSchema.safeParse(document);
  if (!result.success) {
    throw new ProtocolError("PROOF_MALFORMED", `not a proof file: ${z.prettifyError(result.error)}`);
  }
  return result.data;
}

/** The JSON document of a proof; `parseExitProof` reads it back. */
export function serializeExitProof(proof: ExitProof): ExitProofJson {
  return z.encode(exitProofSchema, proof);
}

/**
 * Checks a proof against itself and returns what L1 must hold for it to be true: the caller compares. It shows that the
 * output was included (R9), not that it is unspent or that its block is valid.
 * @throws PROOF_*, FEE_CLAIM_WRONG_BLOCK, and the errors of the codec for a body that is not canonical
 */
export function verifyProof(
  proof: ExitProof,
  { domain }: { readonly domain: Domain },
  crypto: Crypto = portableCrypto,
): ProofAnchor {
  const { keccak256 } = crypto;
  if (proof.chainId !== domain.chainId || proof.contract !== domain.contract) {
    throw new ProtocolError(
      "PROOF_WRONG_CHAIN",
      `the proof is for contract ${proof.contract} on chain ${proof.chainId}, not ${domain.contract} on ${domain.chainId}`,
      { chainId: proof.chainId, contract: proof.contract },
    );
  }
  if (proof.kind === "deposit") return verifyDeposit(proof, keccak256);

  const { block, txIndex, outputIndex } = decodePosition(proof.position);
  const inclusion: Inclusion = { header: proof.header, txIndex, path: proof.path };
  if (block !== proof.header.number) throw positionMismatch(proof, `block ${proof.header.number}`);
  const entry =
    proof.kind === "transaction"
      ? openTransaction(proof, inclusion, domain, keccak256)
      : openFeeClaim(proof, inclusion, domain, keccak256);
  const created = entry.outputs[outputIndex];
  if (created === undefined) throw positionMismatch(proof, `an entry with ${entry.outputs.length} outputs`);
  checkOutput(proof, created, outputIdOf(entry.txId, outputIndex, created, keccak256));
  return { kind: "block", number: block, hash: verifyEntryInclusion(entry, inclusion, keccak256) };
}

interface OpenedEntry {
  readonly txId: Hex;
  readonly witnessHash: Hex;
  readonly outputs: readonly Output[];
}

function openTransaction(
  proof: Extract<ExitProof, { kind: "transaction" }>,
  inclusion: Inclusion,
  domain: Domain,
  keccak: Keccak256,
): OpenedEntry {
  const transaction = decodeBody(fromHex(proof.body));
  const witnessHash = toHex(keccak(fromHex(proof.witness)));
  if (witnessHash !== proof.witnessHash) {
    throw new ProtocolError("PROOF_WITNESS_MISMATCH", "the witness does not hash to the witness hash", { witnessHash });
  }
  checkTransactionPlace(transaction, inclusion);
  return { txId: txIdOf(transaction, domain, keccak), witnessHash, outputs: transaction.outputs };
}

function openFeeClaim(
  proof: Extract<ExitProof, { kind: "feeClaim" }>,
  inclusion: Inclusion,
  domain: Domain,
  keccak: Keccak256,
): OpenedEntry {
  const claim = decodeFeeClaim(fromHex(proof.body));
  checkFeeClaimPlace(claim, inclusion);
  const witnessHash = toHex(keccak(new Uint8Array(0)));
  return { txId: feeClaimIdOf(claim, domain, keccak), witnessHash, outputs: [feeClaimOutput(claim)] };
}

function verifyDeposit(proof: Extract<ExitProof, { kind: "deposit" }>, keccak: Keccak256): ProofAnchor {
  const { owner, token, amount } = proof.output;
  const deposit = { index: proof.index, block: proof.block, owner, token, amount };
  if (depositPositionOf(deposit) !== proof.position) throw positionMismatch(proof, `deposit ${proof.index}`);
  checkOutput(proof, depositOutput(deposit), depositOutputId(deposit, keccak));
  const hash = nextDepositHash(proof.previousDepositHash, proof.outputId, keccak);
  return { kind: "deposit", index: proof.index, hash };
}

function checkOutput(proof: ExitProof, created: Output, outputId: Hex): void {
  if (!sameOutput(proof.output, created) || proof.outputId !== outputId) {
    throw new ProtocolError("PROOF_OUTPUT_MISMATCH", "the stated output is not the one that the proof shows", {
      stated: proof.outputId,
      shown: outputId,
    });
  }
}

function positionMismatch(proof: ExitProof, shown: string): ProtocolError {
  return new ProtocolError(
    "PROOF_POSITION_MISMATCH",
    `the proof is for ${formatPosition(proof.position)} but shows ${shown}`,
    {
      position: proof.position,
    },
  );
}
