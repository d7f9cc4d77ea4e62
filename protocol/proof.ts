import type { Hex } from "viem";
import * as z from "zod";
import { fromHex, toHex } from "./bytes.ts";
import { depositOutput, depositOutputId, depositPositionOf, nextDepositHash } from "./deposit.ts";
import { ProtocolError } from "./errors.ts";
import { FEE_CLAIM_TYPE } from "./feeClaim.ts";
import { type Crypto, type Keccak256, portableCrypto } from "./hashing.ts";
import { type Inclusion, inclusionSchema, verifyIncludedEntry } from "./inclusion.ts";
import { addressSchema, bytesSchema, countSchema, hashSchema, outputSchema, quantitySchema } from "./json.ts";
import { type Output, outputIdOf, sameOutput } from "./output.ts";
import { decodePosition, formatPosition } from "./position.ts";
import { TRANSACTION_TYPE } from "./transaction.ts";
import type { Domain } from "./typedData.ts";

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
    kind: z.enum(["transaction", "feeClaim"]),
    /** Canonical bytes of what created the output. */
    body: bytesSchema,
    /** Empty for a fee claim. */
    witness: bytesSchema,
    inclusion: inclusionSchema,
  }),
]);

export type ExitProof = z.output<typeof exitProofSchema>;
export type ExitProofJson = z.input<typeof exitProofSchema>;
export type DepositProof = Extract<ExitProof, { kind: "deposit" }>;
export type InclusionProof = Exclude<ExitProof, { kind: "deposit" }>;

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
  if (proof.chainId !== domain.chainId || proof.contract !== domain.contract) {
    throw new ProtocolError(
      "PROOF_WRONG_CHAIN",
      `the proof is for contract ${proof.contract} on chain ${proof.chainId}, not ${domain.contract} on ${domain.chainId}`,
      { chainId: proof.chainId, contract: proof.contract },
    );
  }
  return proof.kind === "deposit"
    ? verifyDeposit(proof, crypto.keccak256)
    : verifyInclusionProof(proof, domain, crypto.keccak256);
}

function verifyDeposit(proof: DepositProof, keccak: Keccak256): ProofAnchor {
  const { owner, token, amount } = proof.output;
  const deposit = { index: proof.index, block: proof.block, owner, token, amount };
  if (depositPositionOf(deposit) !== proof.position) throw positionMismatch(proof, `deposit ${proof.index}`);
  checkOutput(proof, depositOutput(deposit), depositOutputId(deposit, keccak));
  const hash = nextDepositHash(proof.previousDepositHash, proof.outputId, keccak);
  return { kind: "deposit", index: proof.index, hash };
}

function verifyInclusionProof(proof: InclusionProof, domain: Domain, keccak: Keccak256): ProofAnchor {
  const { inclusion, position } = proof;
  const body = fromHex(proof.body);
  if (body[0] !== (proof.kind === "feeClaim" ? FEE_CLAIM_TYPE : TRANSACTION_TYPE)) {
    throw new ProtocolError("TX_TYPE_UNKNOWN", `the body is not that of a ${proof.kind}`, { type: body[0] });
  }
  checkWitness(proof.witness, inclusion, keccak);
  const { block, txIndex, outputIndex } = decodePosition(position);
  if (block !== inclusion.header.number || txIndex !== inclusion.txIndex) {
    throw positionMismatch(proof, `entry ${inclusion.txIndex} of block ${inclusion.header.number}`);
  }
  const entry = verifyIncludedEntry(body, inclusion, domain, keccak);
  const created = entry.outputs[outputIndex];
  if (created === undefined) throw positionMismatch(proof, `an entry with ${entry.outputs.length} outputs`);
  checkOutput(proof, created, outputIdOf(entry.txId, outputIndex, created, keccak));
  return { kind: "block", number: block, hash: entry.blockHash };
}

function checkWitness(witness: Hex, inclusion: Inclusion, keccak: Keccak256): void {
  const witnessHash = toHex(keccak(fromHex(witness)));
  if (witnessHash !== inclusion.witnessHash) {
    throw new ProtocolError("PROOF_WITNESS_MISMATCH", "the witness does not hash to the witness hash", { witnessHash });
  }
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
