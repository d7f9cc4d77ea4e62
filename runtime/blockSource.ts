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

const REQUEST_TIMEOUT_MS = 60_000;

const pageSchema = z.object({ result: API_METHODS.plasma_getBlockTransactions.result });

/** Another service that answers plasma_getBlockTransactions. */
export function blockService(url: string): BlockSource {
  const page = async (number: bigint, cursor: string | undefined) => {
    const query = { number: `0x${number.toString(16)}`, limit: 1_000, ...(cursor !== undefined && { cursor }) };
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "plasma_getBlockTransactions", params: [query] }),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    return pageSchema.parse(await response.json()).result;
  };
  return async (number) => {
    const entries: Uint8Array[] = [];
    let next: string | undefined;
    do {
      const { entries: found, cursor } = await page(number, next);
      for (const entry of found) entries.push(fromHex(entry));
      next = found.length === 0 ? undefined : cursor;
    } while (next !== undefined && entries.length <= LIMITS.maxBlockTransactions);
    return entries.length === 0 ? undefined : entries;
  };
}
