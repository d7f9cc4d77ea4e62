import { existsSync } from "node:fs";
import type { Address } from "viem";
import { z } from "zod";
import { loadConfig } from "../runtime/config.ts";
import { writePrivateFile } from "./files.ts";
import type { DataPaths } from "./paths.ts";

/**
 * What every command needs to know. Each has a flag (`--rpc-url`), a variable (`PLASMA_RPC_URL`) and a place in
 * `profile.json`, in that order of precedence.
 */
export const settingsSchema = z.strictObject({
  rpcUrl: z
    .url({ protocol: /^https?$/ })
    .default("http://127.0.0.1:8545")
    .describe("the Ethereum node"),
  operatorUrl: z
    .url({ protocol: /^https?$/ })
    .default("http://127.0.0.1:9545")
    .describe("the operator's service"),
  watcherUrl: z
    .url({ protocol: /^https?$/ })
    .default("http://127.0.0.1:9645")
    .describe("a watcher's service"),
  contract: z
    .string()
    .regex(/^0x[0-9a-fA-F]{40}$/, "must be 0x and 40 hex digits")
    .transform((text) => text.toLowerCase() as Address)
    .optional()
    .describe("the root-chain contract"),
  chainId: z.coerce.bigint().positive().optional().describe("refuse an Ethereum node of any other chain"),
  fromBlock: z.coerce.bigint().nonnegative().default(0n).describe("L1 block of the contract's deployment, or earlier"),
  logRange: z.coerce
    .bigint()
    .positive()
    .default(10_000n)
    .describe("L1 blocks whose events are asked for at once; providers cap it"),
  account: z.string().min(1).optional().describe("which account acts: its name or address"),
  passwordFile: z.string().min(1).optional().describe("file that holds the account's password"),
});

export type Settings = z.output<typeof settingsSchema>;
export type Profile = { readonly [name in keyof Settings]?: string };

/** Resolves and checks every setting once. Throws what `loadConfig` throws. */
export function loadSettings(
  paths: DataPaths,
  flags: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string | undefined>>,
): Settings {
  const file = existsSync(paths.profile) ? { file: paths.profile } : {};
  return loadConfig(settingsSchema, { flags, environment, ...file });
}

export function writeProfile(paths: DataPaths, profile: Profile): void {
  writePrivateFile(paths.profile, `${JSON.stringify(profile, null, 2)}\n`);
}
