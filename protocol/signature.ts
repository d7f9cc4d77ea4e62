import type { Address, Hex } from "viem";
import { fromHex } from "./bytes.ts";
import type { Reveal } from "./condition.ts";
import { ProtocolError } from "./errors.ts";
import { type Crypto, portableCrypto, splitCompactSignature } from "./hashing.ts";
import { encodeBody, type SignedTransaction, type Transaction } from "./transaction.ts";
import { type Domain, txIdOf } from "./typedData.ts";

/** Whoever can sign a digest; a viem local account is one. */
export interface Signer {
  readonly address: Address;
  sign(parameters: { hash: Hex }): Promise<Hex>;
}

/** A transaction with what its bytes imply. */
export interface RecoveredTransaction extends SignedTransaction {
  readonly txId: Hex;
  /** Ascending, without repetition. */
  readonly signers: readonly Address[];
  /** Ids of its outputs, where they were computed before. */
  readonly outputIds?: readonly Hex[];
}

/**
 * The 64-byte EIP-2098 form of a 65-byte signature r ‖ s ‖ v with v of 0, 1, 27 or 28.
 * @throws WITNESS_SIGNATURE_INVALID for another length or v, or a high s
 */
export function toCompactSignature(signature: Hex | Uint8Array): Uint8Array {
  const bytes = typeof signature === "string" ? fromHex(signature) : signature;
  const parity = [0, 1, 27, 28].indexOf(bytes[64] ?? -1) % 2;
  const compact = new Uint8Array(bytes.subarray(0, 64));
  if (bytes.length !== 65 || parity < 0 || ((compact[32] as number) & 0x80) !== 0) {
    throw invalidSignature("a signature has 65 bytes, a low s and a v of 0, 1, 27 or 28");
  }
  if (parity === 1) compact[32] = (compact[32] as number) | 0x80;
  if (splitCompactSignature(compact) === undefined) throw invalidSignature("the signature's s is high");
  return compact;
}

/**
 * Signs a transaction with every account, once each, and sorts the signatures as R6 wants them. `reveals` are for its conditional
 * inputs; nobody signs them.
 * @throws what `encodeBody` and `toCompactSignature` throw
 */
export async function signTransaction(
  transaction: Transaction,
  domain: Domain,
  accounts: readonly Signer[],
  reveals: readonly Reveal[] = [],
): Promise<SignedTransaction> {
  encodeBody(transaction); // refuses what no decoder would accept, before anyone signs it
  const hash = txIdOf(transaction, domain);
  const byAddress = new Map(accounts.map((account) => [account.address.toLowerCase(), account]));
  const sorted = [...byAddress.keys()].sort().flatMap((address) => byAddress.get(address) ?? []);
  const signatures = await Promise.all(sorted.map(async (account) => toCompactSignature(await account.sign({ hash }))));
  return { transaction, signatures, reveals };
}

/**
 * The signers of a digest, in the order of their signatures (R6).
 * @throws WITNESS_SIGNATURE_INVALID, WITNESS_SIGNER_ORDER
 */
export function signersOf(
  digest: Hex | Uint8Array,
  signatures: readonly Uint8Array[],
  crypto: Crypto = portableCrypto,
): readonly Address[] {
  const digestBytes = typeof digest === "string" ? fromHex(digest) : digest;
  const signers: Address[] = [];
  let previous = "";
  for (const [index, signature] of signatures.entries()) {
    const signer = crypto.recoverSigner(digestBytes, signature);
    if (signer === undefined) throw invalidSignature(`signature ${index} recovers no signer`, { index });
    if (signer <= previous) {
      throw new ProtocolError("WITNESS_SIGNER_ORDER", `signature ${index} is not in ascending order of signers`, {
        index,
        signer,
      });
    }
    signers.push(signer);
    previous = signer;
  }
  return signers;
}

/**
 * Computes the id of a decoded transaction and recovers its signers.
 * @throws what `signersOf` throws
 */
export function recoverTransaction(
  signed: SignedTransaction,
  domain: Domain,
  crypto: Crypto = portableCrypto,
): RecoveredTransaction {
  const txId = txIdOf(signed.transaction, domain, crypto.keccak256);
  return { ...signed, txId, signers: signersOf(txId, signed.signatures, crypto) };
}

function invalidSignature(message: string, details: Readonly<Record<string, unknown>> = {}): ProtocolError {
  return new ProtocolError("WITNESS_SIGNATURE_INVALID", message, details);
}
