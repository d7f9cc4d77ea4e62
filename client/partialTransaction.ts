import type { Address } from "viem";
import { fromHex, toHex } from "../protocol/bytes.ts";
import { isConditional } from "../protocol/conditionalSpend.ts";
import type { UnsignedSpend } from "../protocol/conditions/guardedOutput.ts";
import { decodeMultiSignature, type MultiSignature } from "../protocol/conditions/multiSignature.ts";
import type { ExitProof } from "../protocol/proof.ts";
import { toCompactSignature } from "../protocol/signature.ts";
import { decodeSignedTransaction, encodeSignedTransaction, type SignedTransaction } from "../protocol/transaction.ts";
import { typedDataOf } from "../protocol/typedData.ts";
import { type Client, requireWallet } from "./client.ts";
import { clientError } from "./errors.ts";
import { shippedAddress } from "./guardedOutputs.ts";
import { verifyProofOnL1 } from "./proofs.ts";
import { openTransaction, type SavedTransaction } from "./savedTransaction.ts";
import type { SignedPayment } from "./transactions.ts";

/**
 * A transaction that several wallets sign one after the other, each from the file of the one before. It is a saved transaction whose witness has some of its
 * signatures, so that the last one has all that an in-flight exit needs.
 */
export interface PartialTransaction extends SignedPayment {
  readonly saved: SavedTransaction;
  readonly signed: SignedTransaction;
  /** In the order of the signatures. */
  readonly signers: readonly Address[];
}

/** A transaction with the signatures that it has so far, and the proofs of its inputs. */
export function partialTransaction(
  { transaction, reveals }: UnsignedSpend,
  inputs: readonly ExitProof[],
  signatures: readonly Uint8Array[] = [],
): SavedTransaction {
  return { raw: toHex(encodeSignedTransaction({ transaction, signatures, reveals })), inputs: [...inputs] };
}

/**
 * Reads one that somebody handed over, and compares its inputs with L1: they are what the transaction says they are.
 * @throws INPUT_PROOF_MISSING, WITNESS_SIGNATURE_INVALID, and like `verifyProofOnL1`
 */
export async function openPartial(client: Client, saved: SavedTransaction): Promise<PartialTransaction> {
  const { proofs, transaction, txId } = openTransaction(client, saved);
  for (const proof of proofs) await verifyProofOnL1(client, proof);
  return describePartial(client, saved, { transaction, txId });
}

function describePartial(
  { crypto }: Client,
  saved: SavedTransaction,
  { transaction, txId }: Pick<SignedPayment, "transaction" | "txId">,
): PartialTransaction {
  const signed = decodeSignedTransaction(fromHex(saved.raw));
  const signers = signed.signatures.map((signature, index) => {
    const signer = crypto.recoverSigner(fromHex(txId), signature);
    if (signer) return signer;
    throw clientError("NOT_SIGNER", `signature ${index} is nobody's`, { index });
  });
  return { txId, raw: saved.raw, transaction, saved, signed, signers };
}

/** Adds the wallet's signature; the transaction comes back as it was where the wallet has signed it before. */
export async function signPartial(client: Client, partial: PartialTransaction): Promise<PartialTransaction> {
  const { wallet, address } = requireWallet(client);
  const { saved, signed, signers, transaction, txId } = partial;
  if (signers.includes(address)) return partial;
  const typedData = typedDataOf(transaction, client.domain);
  const signature = toCompactSignature(await wallet.signTypedData({ account: wallet.account, ...typedData }));
  const ascending = [
    ...signers.map((signer, index) => [signer, signed.signatures[index]] as const),
    [address, signature],
  ]
    .toSorted(([a], [b]) => ((a as Address) < (b as Address) ? -1 : 1))
    .map(([, bytes]) => bytes as Uint8Array);
  const raw = toHex(encodeSignedTransaction({ ...signed, signatures: ascending }));
  return describePartial(client, { ...saved, raw }, { transaction, txId });
}

/** Who may still sign for an input under m of n, and how many of them it takes. */
export interface MissingSignatures {
  readonly input: number;
  readonly terms: MultiSignature;
  /** Zero or less where it has enough. */
  readonly needed: number;
}

/** What the inputs under m of n lack; inputs under anything else are left out. */
export async function missingSignatures(
  client: Client,
  { saved, signed, signers, transaction }: PartialTransaction,
): Promise<MissingSignatures[]> {
  const condition = await shippedAddress(client, "multiSignature");
  return signed.reveals.flatMap((reveal) => {
    const { outputId } = transaction.inputs[reveal.inputIndex] ?? {};
    const proof = saved.inputs.find((candidate) => candidate.outputId === outputId);
    if (reveal.condition !== condition || !proof || !isConditional(proof.output)) return [];
    const terms = decodeMultiSignature(reveal.params);
    const count = signers.filter((signer) => terms.owners.includes(signer)).length;
    return [{ input: reveal.inputIndex, terms, needed: terms.threshold - count }];
  });
}

/**
 * Requires that every input under m of n is signed by enough of its owners.
 * @throws MULTISIG_INCOMPLETE
 */
export async function requireComplete(client: Client, partial: PartialTransaction): Promise<void> {
  for (const { input, terms, needed } of await missingSignatures(client, partial)) {
    if (needed <= 0) continue;
    const message = `input ${input} lacks ${needed} of ${terms.threshold} signatures`;
    throw clientError("MULTISIG_INCOMPLETE", message, { input, needed, signers: partial.signers });
  }
}
