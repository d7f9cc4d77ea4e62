import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { z } from "zod";
import { CliError } from "./errors.ts";

/** Makes a directory, and those above it, readable by its owner only. */
export function makePrivateDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new CliError("FILE_NOT_WRITTEN", `cannot make the directory ${path}: ${reasonOf(cause)}`, { cause });
  }
}

/**
 * Writes a file readable by its owner only. Whoever reads it finds the old text or the new text, whole, whenever the
 * machine stops: the text reaches the disk under another name first.
 */
export function writePrivateFile(path: string, text: string): void {
  makePrivateDirectory(dirname(path));
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    const file = openSync(temporary, "wx", 0o600);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    syncDirectory(dirname(path));
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new CliError("FILE_NOT_WRITTEN", `cannot write ${path}: ${reasonOf(cause)}`, { cause });
  }
}

/** Puts a new name on the disk as well; systems that cannot open a directory do it by themselves. */
function syncDirectory(path: string): void {
  if (process.platform === "win32") return;
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

/** The text of a file, or undefined where there is none. */
export function readTextFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw new CliError("FILE_UNREADABLE", `cannot read ${path}: ${reasonOf(cause)}`, { cause });
  }
}

/** A JSON file checked against its schema, or undefined where there is none. Throws FILE_DAMAGED for anything else. */
export function readJsonFile<T>(path: string, schema: z.ZodType<T>): T | undefined {
  const text = readTextFile(path);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CliError("FILE_DAMAGED", `${path} is not JSON`, { cause });
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new CliError("FILE_DAMAGED", `${path} is damaged at "${issue?.path.join(".")}": ${issue?.message}`);
  }
  return parsed.data;
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
