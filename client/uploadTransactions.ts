import * as z from "zod";
import { rpcErrorSchema } from "../protocol/api.ts";
import { encodeBlock } from "../protocol/block.ts";
import { decodeUploadAnswers, UPLOAD_PATH, UPLOAD_TYPE, type UploadAnswer } from "../protocol/upload.ts";
import { clientError } from "./errors.ts";
import { operatorRefusal } from "./operatorApi.ts";

const REQUEST_TIMEOUT_MS = 30_000;

const refusalSchema = z.object({ error: rpcErrorSchema });

/**
 * Sends up to MAX_UPLOAD_TRANSACTIONS signed transactions in one binary request: the way for who sends thousands. What has a place in the
 * answers, which are in the order of the transactions, is on the operator's disk; the same bytes get the same place again.
 * Throws OPERATOR_UNREACHABLE, OPERATOR_ANSWER_INVALID, or a ClientError with the operator's own code, and then nothing is known of any.
 */
export async function uploadTransactions(
  operatorUrl: string,
  transactions: readonly Uint8Array[],
): Promise<readonly UploadAnswer[]> {
  const { host } = new URL(operatorUrl);
  const response = await post(new URL(UPLOAD_PATH, operatorUrl), encodeBlock(transactions)).catch((cause: unknown) => {
    throw clientError("OPERATOR_UNREACHABLE", `the operator at ${host} does not answer`, {}, { cause });
  });
  if (!response.ok) {
    const refusal = refusalSchema.safeParse(JSON.parse(new TextDecoder().decode(response.body)));
    if (refusal.success) throw operatorRefusal(refusal.data.error.data.code, refusal.data.error.message);
  }
  const answers = response.ok ? decodeUploadAnswers(response.body, transactions.length) : undefined;
  if (answers === undefined) {
    throw clientError(
      "OPERATOR_ANSWER_INVALID",
      `the operator's answer to ${transactions.length} transactions cannot be used`,
    );
  }
  return answers;
}

async function post(url: URL, body: Uint8Array): Promise<{ readonly ok: boolean; readonly body: Uint8Array }> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": UPLOAD_TYPE },
    body: body as Uint8Array<ArrayBuffer>,
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  return { ok: response.ok, body: new Uint8Array(await response.arrayBuffer()) };
}
