// The process that sends. Its parent hands it signed payments and a load, says go, and is told how long it took.
import { once } from "node:events";
import { decodeBlock, encodeBlock } from "../../protocol/block.ts";
import { toHex } from "../../protocol/bytes.ts";
import { decodeUploadAnswers, UPLOAD_PATH, UPLOAD_TYPE } from "../../protocol/upload.ts";
import { dueTime } from "../support/pace.ts";
import type { Load, LoadResult, SenderOrder } from "./load.ts";
import { encodeRequest, openRawConnection, type RawConnection } from "./rawHttp.ts";

const [{ url, payments, load }] = (await once(process, "message")) as [SenderOrder];
const raws = decodeBlock(payments);
process.send?.("ready");
await once(process, "message");
const result = await sendAll(load);
process.send?.(result, () => process.exit());

async function sendAll({ form, perCall, callsAtOnce, perSecond }: Load): Promise<LoadResult> {
  const calls = Array.from({ length: Math.ceil(raws.length / perCall) }, (_, index) =>
    raws.slice(index * perCall, (index + 1) * perCall),
  );
  // Requests are written before the clock starts: making them is not what is measured.
  const requests = calls.map((transactions) => (form === "binary" ? toUpload(transactions) : toJsonCall(transactions)));
  const isAccepted = form === "binary" ? isUploadAccepted : isJsonCallAccepted;
  const connections = await Promise.all(Array.from({ length: callsAtOnce }, () => openRawConnection(new URL(url))));
  const latencies: number[] = [];
  let busy = 0;
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  let next = 0;
  /** Sends a call until it is taken. */
  const send = async (connection: RawConnection, index: number) => {
    for (;;) {
      const answer = await connection.send(requests[index] as Buffer);
      if (isAccepted(answer, (calls[index] ?? []).length)) return;
      const retryAfterMs = /"retryAfterMs":(\d+)/.exec(answer)?.[1];
      if (retryAfterMs === undefined) throw new Error(`a payment was refused: ${answer}`);
      busy += 1;
      await new Promise((resolve) => setTimeout(resolve, Number(retryAfterMs)));
    }
  };
  const run = async (connection: RawConnection) => {
    for (let index = next++; index < calls.length; index = next++) {
      const from = perSecond === undefined ? performance.now() : await dueTime(started, index, perSecond / perCall);
      await send(connection, index);
      latencies.push(performance.now() - from);
    }
  };
  await Promise.all(connections.map(run));
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    seconds: (performance.now() - started) / 1000,
    latencies: latencies.sort((a, b) => a - b),
    busy,
    cpuSeconds: (user + system) / 1e6,
  };
}

function toUpload(transactions: readonly Uint8Array[]): Buffer {
  return encodeRequest(new URL(UPLOAD_PATH, url), UPLOAD_TYPE, encodeBlock(transactions));
}

function isUploadAccepted(answer: string, count: number): boolean {
  const answers = decodeUploadAnswers(Buffer.from(answer, "latin1"), count);
  return answers?.every((place) => !("code" in place)) ?? false;
}

function toJsonCall(transactions: readonly Uint8Array[]): Buffer {
  const call = transactions.map((raw) => toHex(raw));
  const [method, params] = call.length === 1 ? ["plasma_sendTransaction", call] : ["plasma_sendTransactions", [call]];
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  return encodeRequest(new URL(url), "application/json", body);
}

/** Reading thousands of answers as JSON would be the sender's work, not the service's. */
function isJsonCallAccepted(answer: string): boolean {
  return answer.includes('"txId"') && !answer.includes('"error"');
}
