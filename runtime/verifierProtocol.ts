import type { VerifiedTransaction } from "../protocol/blockEntry.ts";
import { ProtocolError, type ProtocolErrorCode } from "../protocol/errors.ts";
import type { Domain } from "../protocol/typedData.ts";
import { toBlob, toHexText } from "./bytes.ts";

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

/** Packed verdicts `(signers 1 | txId 32 | leaf 32 | signers × 20)*`; refused ones have REFUSED and nothing else. */
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

export function packVerdicts(verdicts: readonly Verdict[]): VerifierReply {
  const size = (verdict: Verdict) => (verdict instanceof ProtocolError ? 1 : 65 + 20 * verdict.signers.length);
  const packed = new Uint8Array(verdicts.reduce((sum, verdict) => sum + size(verdict), 0));
  const refusals: VerifierReply["refusals"][number][] = [];
  let offset = 0;
  for (const verdict of verdicts) {
    if (verdict instanceof ProtocolError) {
      packed[offset] = REFUSED;
      refusals.push({ code: verdict.code, message: verdict.message, details: verdict.details });
    } else {
      packed[offset] = verdict.signers.length;
      packed.set(toBlob(verdict.txId), offset + 1);
      packed.set(verdict.leaf, offset + 33);
      for (const [index, signer] of verdict.signers.entries()) packed.set(toBlob(signer), offset + 65 + 20 * index);
    }
    offset += size(verdict);
  }
  return { verdicts: packed, refusals };
}

export function* unpackVerdicts({ verdicts, refusals }: VerifierReply): Generator<Verdict> {
  const refused = refusals.values();
  for (let offset = 0; offset < verdicts.length; ) {
    const count = verdicts[offset] as number;
    if (count === REFUSED) {
      const { code, message, details } = refused.next().value as VerifierReply["refusals"][number];
      yield new ProtocolError(code, message, details as Record<string, unknown>);
      offset += 1;
      continue;
    }
    const at = (start: number, length: number) => verdicts.subarray(offset + start, offset + start + length);
    const signers = Array.from({ length: count }, (_, index) => toHexText(at(65 + 20 * index, 20)));
    yield { txId: toHexText(at(1, 32)), leaf: at(33, 32).slice(), signers };
    offset += 65 + 20 * count;
  }
}
