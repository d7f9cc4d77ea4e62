import { z } from "zod";
import { CliError } from "./errors.ts";
import { readJsonFile, writePrivateFile } from "./files.ts";
import type { DataPaths } from "./paths.ts";

const url = z.url({ protocol: /^https?$/ });
const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .transform((text) => text.toLowerCase() as `0x${string}`);

/** Each setting once: its flag, its variable, its default. Precedence: flag, environment, profile file, default. */
export const SETTINGS = {
  rpcUrl: {
    flag: "--rpc-url <url>",
    env: "PLASMA_RPC_URL",
    description: "the Ethereum node",
    schema: url,
    fallback: "http://127.0.0.1:8545",
  },
  operatorUrl: {
    flag: "--operator-url <url>",
    env: "PLASMA_OPERATOR_URL",
    description: "the operator's service",
    schema: url,
    fallback: "http://127.0.0.1:8650",
  },
  contract: {
    flag: "--contract <address>",
    env: "PLASMA_CONTRACT",
    description: "the root-chain contract",
    schema: address,
    fallback: undefined,
  },
  chainId: {
    flag: "--chain-id <number>",
    env: "PLASMA_CHAIN_ID",
    description: "refuse an Ethereum node of any other chain",
    schema: z.coerce.bigint().positive(),
    fallback: undefined,
  },
  account: {
    flag: "--account <name>",
    env: "PLASMA_ACCOUNT",
    description: "which account acts: its name or address",
    schema: z.string().min(1),
    fallback: undefined,
  },
} as const;

export type SettingName = keyof typeof SETTINGS;

export interface Settings {
  readonly rpcUrl: string;
  readonly operatorUrl: string;
  readonly contract: `0x${string}` | undefined;
  readonly chainId: bigint | undefined;
  readonly account: string | undefined;
}

/** What a profile file may hold: any of the settings, as text. */
const profileSchema = z.strictObject({
  rpcUrl: z.string().optional(),
  operatorUrl: z.string().optional(),
  contract: z.string().optional(),
  chainId: z.string().optional(),
  account: z.string().optional(),
});

export type Profile = { readonly [name in SettingName]?: string };

export function readProfile(paths: DataPaths): Profile {
  const { rpcUrl, operatorUrl, contract, chainId, account } = readJsonFile(paths.profile, profileSchema) ?? {};
  return {
    ...(rpcUrl === undefined ? {} : { rpcUrl }),
    ...(operatorUrl === undefined ? {} : { operatorUrl }),
    ...(contract === undefined ? {} : { contract }),
    ...(chainId === undefined ? {} : { chainId }),
    ...(account === undefined ? {} : { account }),
  };
}

export function writeProfile(paths: DataPaths, profile: Profile): void {
  writePrivateFile(paths.profile, `${JSON.stringify(profile, null, 2)}\n`);
}

/** Resolves every setting once, naming where a bad value came from. Throws SETTING_MALFORMED. */
export function resolveSettings(
  flags: Profile,
  env: Readonly<Record<string, string | undefined>>,
  profile: Profile,
): Settings {
  function resolve<T>(name: SettingName, schema: z.ZodType<T>, fallback: T): T {
    const { flag, env: variable } = SETTINGS[name];
    const sources = [
      [flags[name], flag.split(" ")[0]],
      [env[variable] || undefined, variable],
      [profile[name], "profile.json"],
    ] as const;
    const [text, source] = sources.find(([value]) => value !== undefined) ?? [];
    if (text === undefined) return fallback;
    const parsed = schema.safeParse(text);
    if (!parsed.success) throw new CliError("SETTING_MALFORMED", `${name} "${text}" (from ${source}) is not valid`);
    return parsed.data;
  }
  return {
    rpcUrl: resolve("rpcUrl", SETTINGS.rpcUrl.schema, SETTINGS.rpcUrl.fallback),
    operatorUrl: resolve("operatorUrl", SETTINGS.operatorUrl.schema, SETTINGS.operatorUrl.fallback),
    contract: resolve("contract", SETTINGS.contract.schema.optional(), SETTINGS.contract.fallback),
    chainId: resolve("chainId", SETTINGS.chainId.schema.optional(), SETTINGS.chainId.fallback),
    account: resolve("account", SETTINGS.account.schema.optional(), SETTINGS.account.fallback),
  };
}
