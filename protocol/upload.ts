import { API_ERRORS, type ApiErrorCode } from "./api.ts";
import { decodeBlock } from "./block.ts";
import { createReader, createWriter } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";

// The binary way in, for those who send thousands: a POST of `(length 4 | transaction)*`, which is also how a block holds its entries,
// answered by one record per transaction, in order. It promises what plasma_sendTransactions promises and costs a tenth.

/** Where transactions are posted, below the URL of the service. */
export const UPLOAD_PATH = "/transactions";
export const UPLOAD_TYPE = "application/octet-stream";
/** Transactions in one upload. */
export const MAX_UPLOAD_TRANSACTIONS = 4_096;

/** What became of one transaction: its final place, or the reason why it has none. */
export type UploadAnswer = { readonly blockNumber: bigint; readonly txIndex: number } | { readonly code: ApiErrorCode };

/**
 * The transactions of an upload, as views of its bytes.
 * @throws BLOCK_TRUNCATED, BLOCK_ENTRY_SIZE, UPLOAD_TOO_LARGE
 */
export function decodeUpload(bytes: Uint8Array): Uint8Array[] {
  const transactions = decodeBlock(bytes);
  if (transactions.length > MAX_UPLOAD_TRANSACTIONS) {
    const message = `an upload has at most ${MAX_UPLOAD_TRANSACTIONS} transactions, not ${transactions.length}`;
    throw new ProtocolError("UPLOAD_TOO_LARGE", message, { count: transactions.length });
  }
  return transactions;
}

const RECORD_BYTES = 4 + 8 + 4;
const ACCEPTED = 0;

const CODE_OF_NUMBER = new Map(
  Object.entries(API_ERRORS).map(([code, [number]]) => [number, code as ApiErrorCode] as const),
);

/** Records `number of the error, 0 for none 4 | blockNumber 8 | txIndex 4`. */
export function encodeUploadAnswers(answers: readonly UploadAnswer[]): Uint8Array {
  const writer = createWriter(RECORD_BYTES * answers.length);
  for (const answer of answers) {
    if ("code" in answer) writer.number(API_ERRORS[answer.code][0], 4, "code").skip(12);
    else
      writer
        .number(ACCEPTED, 4, "code")
        .uint(answer.blockNumber, 8, "blockNumber")
        .number(answer.txIndex, 4, "txIndex");
  }
  return writer.bytes;
}

/** The answers to an upload of `count` transactions; undefined where these bytes are none. */
export function decodeUploadAnswers(bytes: Uint8Array, count: number): UploadAnswer[] | undefined {
  if (bytes.length !== RECORD_BYTES * count) return undefined;
  const reader = createReader(bytes, "BLOCK_TRUNCATED");
  const answers: UploadAnswer[] = [];
  while (answers.length < count) {
    const number = reader.number(4);
    const place = { blockNumber: reader.uint(8), txIndex: reader.number(4) };
    const code = CODE_OF_NUMBER.get(number);
    if (number !== ACCEPTED && code === undefined) return undefined;
    answers.push(code === undefined ? place : { code });
  }
  return answers;
}
