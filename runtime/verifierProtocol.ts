import type { Hex } from "viem";
import type { VerifiedBytes, VerifiedTransaction } from "../protocol/blockEntry.ts";
import { writeHex } from "../protocol/bytes.ts";
import { ProtocolError, type ProtocolErrorCode } from "../protocol/errors.ts";
import type { Domain } from "../protocol/typedData.ts";

/** What a verifier thread finds out about a transaction's bytes alone, or why they are none. */
export type Verdict = VerifiedTransaction | ProtocolError;

/** What a thread is started with. */
export interface VerifierSetup {
  readonly domain: Domain;
  /** One word, shared: 1 once no job is wanted any more. */
  readonly stopping: Int32Array;
}

/** Packed transactions `(length 4 | bytes)*`, whose buffer is handed over to the thread. */
export interface VerifierJob {
  readonly transactions: Uint8Array<ArrayBuffer>;
}

/**
 * Packed verdicts `(signers 1 | outputs 1 | txId 32 | leaf 32 | signers × 20 | outputs × 32)*`; refused ones have REFUSED and
 * nothing else.
 */
export interface VerifierReply {
  readonly verdicts: Uint8Array<ArrayBuffer>;
  readonly refusals: readonly {
    readonly code: ProtocolErrorCode;
    readonly message: string;
    readonly details: object;
  }[];
}

const REFUSED = 0xff;

export function packTransactions(transactions: readonly Uint8Array[]): VerifierJob {
  const packed = new Uint8Array(transactions.reduce((sum, raw) => sum + 4 + raw.length, 0));
  const view = new DataView(packed.buffer);
  let offset = 0;
  for (const raw of transactions) {
    view.setUint32(offset, raw.length);
    packed.set(raw, offset + 4);
    offset += 4 + raw.length;
  }
  return { transactions: packed };
}

export function* unpackTransactions({ transactions }: VerifierJob): Generator<Uint8Array> {
  const view = new DataView(transactions.buffer, transactions.byteOffset);
  for (let offset = 0; offset < transactions.length; ) {
    const end = offset + 4 + view.getUint32(offset);
    yield transactions.subarray(offset + 4, end);
    offset = end;
  }
}

/** Bytes before the signers. */
const FIXED_BYTES = 1 + 1 + 32 + 32;

export function packVerdicts(verdicts: readonly (VerifiedBytes | ProtocolError)[]): VerifierReply {
  const size = (verdict: VerifiedBytes | ProtocolError) =>
    verdict instanceof ProtocolError ? 1 : FIXED_BYTES + 20 * verdict.signers.length + 32 * verdict.outputIds.length;
  const packed = new Uint8Array(verdicts.reduce((sum, verdict) => sum + size(verdict), 0));
  const refusals: VerifierReply["refusals"][number][] = [];
  let offset = 0;
  for (const verdict of verdicts) {
    if (verdict instanceof ProtocolError) {
      packed[offset++] = REFUSED;
      refusals.push({ code: verdict.code, message: verdict.message, details: verdict.details });
      continue;
    }
    const { txId, leaf, signers, outputIds } = verdict;
    packed[offset] = signers.length;
    packed[offset + 1] = outputIds.length;
    packed.set(txId, offset + 2);
    packed.set(leaf, offset + 34);
    offset += FIXED_BYTES;
    for (const signer of signers) {
      writeHex(packed, offset, signer, 20, "signer");
      offset += 20;
    }
    for (const outputId of outputIds) {
      packed.set(outputId, offset);
      offset += 32;
    }
  }
  return { verdicts: packed, refusals };
}

export function* unpackVerdicts({ verdicts, refusals }: VerifierReply): Generator<Verdict> {
  const text = Buffer.from(verdicts.buffer, verdicts.byteOffset, verdicts.byteLength);
  const hexAt = (start: number, length: number): Hex => `0x${text.toString("hex", start, start + length)}`;
  const refused = refusals.values();
  for (let offset = 0; offset < verdicts.length; ) {
    const signerCount = verdicts[offset] as number;
    if (signerCount === REFUSED) {
      const { code, message, details } = refused.next().value as VerifierReply["refusals"][number];
      yield new ProtocolError(code, message, details as Record<string, unknown>);
      offset += 1;
      continue;
    }
    const outputCount = verdicts[offset + 1] as number;
    const signersAt = offset + FIXED_BYTES;
    const outputsAt = signersAt + 20 * signerCount;
    const signers: Hex[] = [];
    for (let index = 0; index < signerCount; index++) signers.push(hexAt(signersAt + 20 * index, 20));
    const outputIds: Hex[] = [];
    for (let index = 0; index < outputCount; index++) outputIds.push(hexAt(outputsAt + 32 * index, 32));
    yield { txId: hexAt(offset + 2, 32), leaf: verdicts.slice(offset + 34, offset + 66), signers, outputIds };
    offset = outputsAt + 32 * outputCount;
  }
}
