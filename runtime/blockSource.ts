import { readFile } from "node:fs/promises";
import path from "node:path";
import * as z from "zod";
import { API_METHODS } from "../protocol/api.ts";
import { decodeBlock } from "../protocol/block.ts";
import { fromHex } from "../protocol/bytes.ts";
import { LIMITS } from "../protocol/limits.ts";
import { systemCodeOf } from "./errors.ts";

/** Where the bytes of committed blocks come from when an operator is rebuilt; undefined = the source does not have the block. */
export type BlockSource = (number: bigint) => Promise<readonly Uint8Array[] | undefined>;

/** Files `<number>.block` of one directory, each the bytes of one block. */
export function blockDirectory(directory: string): BlockSource {
  return async (number) => {
    try {
      return decodeBlock(await readFile(path.join(directory, `${number}.block`)));
    } catch (error) {
      if (systemCodeOf(error) === "ENOENT") return undefined;
      throw error;
    }
  };
}

/** A block that takes longer than this is one that the source does not have. */
const BLOCK_TIMEOUT_MS = 120_000;
/** Bytes of one answer: a page of the largest size that services give, in hex. */
const MAX_ANSWER_BYTES = 32 * 2 ** 20;

const pageSchema = z.object({ result: API_METHODS.plasma_getBlockTransactions.result });

/**
 * Another service that answers plasma_getBlockTransactions. It may be hostile: what it sends is bounded in size and time.
 * Throws where it does not answer as it should.
 */
export function blockService(url: string): BlockSource {
  const page = async (number: bigint, cursor: string | undefined, signal: AbortSignal) => {
    const query = { number: `0x${number.toString(16)}`, limit: 1_000, ...(cursor !== undefined && { cursor }) };
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "plasma_getBlockTransactions", params: [query] }),
      signal,
    });
    return pageSchema.parse(JSON.parse(await readText(response, MAX_ANSWER_BYTES))).result;
  };
  return async (number) => {
    const signal = AbortSignal.timeout(BLOCK_TIMEOUT_MS);
    const entries: Uint8Array[] = [];
    let bytes = 0;
    let next: string | undefined;
    do {
      const { entries: found, cursor } = await page(number, next, signal);
      for (const entry of found) bytes += entries[entries.push(fromHex(entry)) - 1]?.length ?? 0;
      next = found.length === 0 ? undefined : cursor;
    } while (next !== undefined && entries.length <= LIMITS.maxBlockTransactions && bytes <= LIMITS.maxBlockBytes);
    return entries.length === 0 ? undefined : entries;
  };
}

/** The text of an answer of at most so many bytes. Throws RangeError for a longer one. */
async function readText({ body }: Response, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > maxBytes) throw new RangeError(`the answer has more than ${maxBytes} bytes`);
  }
  return text + decoder.decode();
}
