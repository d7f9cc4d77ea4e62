import { readFile } from "node:fs/promises";
import path from "node:path";
import { decodeBlock } from "../protocol/block.ts";
import { downloadPath, MAX_DOWNLOAD_BYTES } from "../protocol/download.ts";
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
/** Of one answer: what a service puts into it, its entries' lengths too. */
const MAX_ANSWER_BYTES = 2 * MAX_DOWNLOAD_BYTES;

/**
 * Another service, which gives blocks in binary. It may be hostile: what it sends is bounded in size and time.
 * Throws where it does not answer as it should.
 */
export function blockService(url: string): BlockSource {
  const page = async (number: bigint, from: number, signal: AbortSignal) => {
    const response = await fetch(new URL(downloadPath(number, from), url), { signal });
    if (!response.ok) throw new RangeError(`the answer has the status ${response.status}`);
    return decodeBlock(await readBytes(response, MAX_ANSWER_BYTES));
  };
  return async (number) => {
    const signal = AbortSignal.timeout(BLOCK_TIMEOUT_MS);
    const entries: Uint8Array[] = [];
    let bytes = 0;
    let found: readonly Uint8Array[];
    do {
      found = await page(number, entries.length, signal);
      for (const entry of found) bytes += entries[entries.push(entry) - 1]?.length ?? 0;
    } while (found.length > 0 && entries.length <= LIMITS.maxBlockTransactions && bytes <= LIMITS.maxBlockBytes);
    return entries.length === 0 ? undefined : entries;
  };
}

/** The bytes of an answer, at most so many. Throws RangeError for a longer one. */
async function readBytes({ body }: Response, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > maxBytes) throw new RangeError(`the answer has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
