// The binary way out, for those who execute every block: a GET of DOWNLOAD_PATH/<number>?from=<index> is answered by the entries from that
// index on, as many as fit into an answer, `(length 4 | entry)*` as in a block. None: the service has no such entries.

/** Where blocks are got, below the URL of the service. */
export const DOWNLOAD_PATH = "/blocks";
export const DOWNLOAD_TYPE = "application/octet-stream";
/** Entries in an answer add up to no more bytes, unless the first alone does. */
export const MAX_DOWNLOAD_BYTES = 4 * 2 ** 20;

/** Where entries of a block are got, below the URL of the service. */
export const downloadPath = (number: bigint, from: number): string => `${DOWNLOAD_PATH}/${number}?from=${from}`;

/** The block and the index that a download asks for; undefined where it asks for none. */
export function parseDownload(number: string, from: string): { number: bigint; from: number } | undefined {
  return /^\d{1,15}$/.test(number) && /^\d{1,9}$/.test(from)
    ? { number: BigInt(number), from: Number(from) }
    : undefined;
}
