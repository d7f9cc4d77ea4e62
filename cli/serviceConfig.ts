import { existsSync } from "node:fs";
import { join } from "node:path";
import { formatEther, formatGwei } from "viem";
import type { z } from "zod";
import { configOptions, loadConfig, printableConfig } from "../runtime/config.ts";
import { optional, type Parameter, text } from "./command.ts";
import type { Context } from "./context.ts";
import { CliError } from "./errors.ts";
import { fields } from "./output.ts";

type Options = z.ZodObject<Readonly<Record<string, z.ZodType>>>;
export type Flags = Readonly<Record<string, string | undefined>>;

/** What a service shares with every other command: the chain comes from the settings, the store from the data directory. */
const FROM_SETTINGS = new Set(["dataDir", "l1Url", "contract", "chainId", "fromBlock"]);

/** Every other option of a service, as options of a command. */
export function serviceParameters(options: Options): Readonly<Record<string, Parameter<string | undefined>>> {
  return Object.fromEntries(
    configOptions(options)
      .filter(({ key }) => !FROM_SETTINGS.has(key))
      .map(({ key, flag, environment, description, defaultValue }) => {
        const isSaid = defaultValue === undefined || description.includes("default");
        const fallback = isSaid ? "" : `, default ${writtenValue(key, defaultValue)}`;
        return [key, optional(`${flag} <value>`, `${description} (${environment}${fallback})`, text)];
      }),
  );
}

/** A value as it is written in a flag or a file: money in the unit that the option's name ends with. */
export function writtenValue(key: string, value: unknown): string {
  if (typeof value === "bigint" && key.endsWith("Gwei")) return formatGwei(value);
  if (typeof value === "bigint" && key.endsWith("Eth")) return formatEther(value);
  return typeof value === "object"
    ? JSON.stringify(value, (_name, item) => (typeof item === "bigint" ? item.toString() : item))
    : String(value);
}

/**
 * A service's configuration from flags, environment and `<name>.json` of the data directory. Throws CONTRACT_NOT_SET and what
 * `loadConfig` throws.
 */
export function loadServiceConfig<O extends Options>(
  options: O,
  service: { readonly name: string; readonly dataDir: string },
  { paths, settings, env }: Context,
  flags: Flags,
): z.output<O> {
  const { contract, chainId, fromBlock, rpcUrl } = settings;
  if (contract === undefined) throw new CliError("CONTRACT_NOT_SET", "no root-chain contract is named");
  const file = join(paths.root, `${service.name}.json`);
  return loadConfig(options, {
    flags: { ...flags, dataDir: service.dataDir, l1Url: rpcUrl, contract, chainId, fromBlock },
    environment: env,
    ...(existsSync(file) ? { file } : {}),
  });
}

/** What a service would run with, as `<service> config` prints it: without keys, and of an address nothing behind its host. */
export function printConfig(config: Readonly<Record<string, unknown>>) {
  const written = Object.entries(config).map(([key, value]): [string, unknown] =>
    typeof value === "bigint" ? [key, writtenValue(key, value)] : [key, value],
  );
  const data = printableConfig(Object.fromEntries(written));
  const rows = Object.entries(data).map(([key, value]): [string, string] => [key, writtenValue(key, value)]);
  return { data, text: fields(rows) };
}
