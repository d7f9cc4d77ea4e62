import { readdirSync, statSync } from "node:fs";
import path from "node:path";

const UNIT_BYTES = 512; // of st_blocks, whatever the file system

/** Bytes that the files of a directory, and of those in it, take on the disk. */
export function diskUsage(directory: string): number {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(path.join(parentPath, name)).blocks * UNIT_BYTES, 0);
}
