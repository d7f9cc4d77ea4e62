import { createReader, createWriter } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";
import { LIMITS } from "./limits.ts";

/** What unlocks the inputs of a transaction: 64-byte EIP-2098 signatures, ascending by recovered signer. */
export interface Witness {
  readonly signatures: readonly Uint8Array[];
}

const SIGNATURE_BYTES = 64;

/**
 * The canonical bytes of a witness: `nSig | nSig × 64 | nCond`, with nCond = 0.
 * @throws WITNESS_SIGNATURE_COUNT, WITNESS_SIGNATURE_INVALID for a signature that has not 64 bytes
 */
export function encodeWitness({ signatures }: Witness): Uint8Array {
  assertCount(signatures.length);
  const writer = createWriter(2 + signatures.length * SIGNATURE_BYTES).number(signatures.length, 1, "signatures");
  for (const signature of signatures) {
    if (signature.length !== SIGNATURE_BYTES) {
      throw new ProtocolError("WITNESS_SIGNATURE_INVALID", "a compact signature (EIP-2098) has 64 bytes", {
        length: signature.length,
      });
    }
    writer.raw(signature);
  }
  return writer.number(0, 1, "conditions").bytes;
}

/**
 * The witness that these bytes, and no others, encode. Signatures are views of `bytes` and are not checked.
 * @throws WITNESS_TRUNCATED, WITNESS_TRAILING_BYTES, WITNESS_SIGNATURE_COUNT, WITNESS_CONDITION_UNSUPPORTED
 */
export function decodeWitness(bytes: Uint8Array): Witness {
  const reader = createReader(bytes, "WITNESS_TRUNCATED");
  const count = reader.number(1);
  assertCount(count);
  const signatures: Uint8Array[] = [];
  for (let index = 0; index < count; index++) signatures.push(reader.raw(SIGNATURE_BYTES));
  if (reader.number(1) !== 0) {
    throw new ProtocolError("WITNESS_CONDITION_UNSUPPORTED", "spending conditions are not accepted", {
      offset: reader.offset() - 1,
    });
  }
  if (reader.remaining() > 0) {
    throw new ProtocolError("WITNESS_TRAILING_BYTES", `${reader.remaining()} bytes follow the end of the witness`, {
      offset: reader.offset(),
    });
  }
  return { signatures };
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
