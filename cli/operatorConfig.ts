import { existsSync } from "node:fs";
import { join } from "node:path";
import { formatEther, formatGwei } from "viem";
import { type OperatorConfig, operatorOptions } from "../operator/options.ts";
import { configOptions, loadConfig } from "../runtime/config.ts";
import { optional, type Parameter, text } from "./command.ts";
import type { Context } from "./context.ts";
import { CliError } from "./errors.ts";

/** What the operator shares with every other command: the chain comes from the settings, the store from the data directory. */
const FROM_SETTINGS = new Set(["dataDir", "l1Url", "contract", "chainId", "fromBlock"]);

/** Every other option of the service, as options of a command. */
export const operatorParameters: Readonly<Record<string, Parameter<string | undefined>>> = Object.fromEntries(
  configOptions(operatorOptions)
    .filter(({ key }) => !FROM_SETTINGS.has(key))
    .map(({ key, flag, environment, description, defaultValue }) => {
      const isSaid = defaultValue === undefined || description.includes("default");
      const fallback = isSaid ? "" : `, default ${writtenValue(key, defaultValue)}`;
      return [key, optional(`${flag} <value>`, `${description} (${environment}${fallback})`, text)];
    }),
);

/** A value as it is written in a flag or a file: money in the unit that the option's name ends with. */
export function writtenValue(key: string, value: unknown): string {
  if (typeof value === "bigint" && key.endsWith("Gwei")) return formatGwei(value);
  if (typeof value === "bigint" && key.endsWith("Eth")) return formatEther(value);
  return typeof value === "object"
    ? JSON.stringify(value, (_name, item) => (typeof item === "bigint" ? item.toString() : item))
    : String(value);
}

/**
 * The operator's configuration from flags, environment and `operator.json` of the data directory. Throws CONTRACT_NOT_SET
 * and what `loadConfig` throws.
 */
export function loadOperatorConfig(
  { paths, settings, env }: Context,
  flags: Readonly<Record<string, string | undefined>>,
): OperatorConfig {
  const { contract, chainId, fromBlock, rpcUrl } = settings;
  if (contract === undefined) throw new CliError("CONTRACT_NOT_SET", "no root-chain contract is named");
  const file = join(paths.root, "operator.json");
  return loadConfig(operatorOptions, {
    flags: { ...flags, dataDir: paths.operator, l1Url: rpcUrl, contract, chainId, fromBlock },
    environment: env,
    ...(existsSync(file) ? { file } : {}),
  });
}
