import { createReader, createWriter } from "./bytes.ts";
import { encodeReveals, type Reveal, readReveals } from "./condition.ts";
import { ProtocolError } from "./errors.ts";
import { LIMITS } from "./limits.ts";

/** What unlocks the inputs of a transaction. */
export interface Witness {
  /** 64-byte EIP-2098 signatures, ascending by recovered signer. */
  readonly signatures: readonly Uint8Array[];
  /** What its conditions are and are told, for exactly the conditional inputs, ascending. */
  readonly reveals: readonly Reveal[];
}

const SIGNATURE_BYTES = 64;

/**
 * The canonical bytes of a witness: `nSig | nSig × 64`, and the reveals as `encodeReveals` writes them.
 * @throws WITNESS_SIGNATURE_COUNT, WITNESS_SIGNATURE_INVALID for a signature that has not 64 bytes, and what `encodeReveals` throws
 */
export function encodeWitness({ signatures, reveals }: Witness): Uint8Array {
  assertCount(signatures.length);
  const revealed = encodeReveals(reveals);
  const writer = createWriter(1 + signatures.length * SIGNATURE_BYTES + revealed.length);
  writer.number(signatures.length, 1, "signatures");
  for (const signature of signatures) {
    if (signature.length !== SIGNATURE_BYTES) {
      throw new ProtocolError("WITNESS_SIGNATURE_INVALID", "a compact signature (EIP-2098) has 64 bytes", {
        length: signature.length,
      });
    }
    writer.raw(signature);
  }
  return writer.raw(revealed).bytes;
}

/**
 * The witness that these bytes, and no others, encode. Signatures, params and args are views of `bytes` and are not checked.
 * @throws WITNESS_TRUNCATED, WITNESS_TRAILING_BYTES, WITNESS_SIGNATURE_COUNT, and what `readReveals` throws
 */
export function decodeWitness(bytes: Uint8Array): Witness {
  const reader = createReader(bytes, "WITNESS_TRUNCATED");
  const count = reader.number(1);
  assertCount(count);
  const signatures: Uint8Array[] = [];
  for (let index = 0; index < count; index++) signatures.push(reader.raw(SIGNATURE_BYTES));
  const reveals = readReveals(reader);
  if (reader.remaining() > 0) {
    throw new ProtocolError("WITNESS_TRAILING_BYTES", `${reader.remaining()} bytes follow the end of the witness`, {
      offset: reader.offset(),
    });
  }
  return { signatures, reveals };
}

function assertCount(count: number): void {
  if (count > LIMITS.maxSignatures) {
    throw new ProtocolError(
      "WITNESS_SIGNATURE_COUNT",
      `a witness has at most ${LIMITS.maxSignatures} signatures, not ${count}`,
      {
        count,
      },
    );
  }
}
