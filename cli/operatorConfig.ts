import { type OperatorConfig, operatorOptions } from "../operator/options.ts";
import type { Context } from "./context.ts";
import { type Flags, loadServiceConfig, serviceParameters } from "./serviceConfig.ts";

export const operatorParameters = serviceParameters(operatorOptions);

/** Throws like `loadServiceConfig`. */
export function loadOperatorConfig(context: Context, flags: Flags): OperatorConfig {
  return loadServiceConfig(operatorOptions, { name: "operator", dataDir: context.paths.operator }, context, flags);
}
