import { existsSync } from "node:fs";
import { join } from "node:path";
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
      const isPlain = ["string", "number", "boolean"].includes(typeof defaultValue) && !description.includes("default");
      const fallback = isPlain ? `, default ${defaultValue}` : "";
      return [key, optional(`${flag} <value>`, `${description} (${environment}${fallback})`, text)];
    }),
);

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
