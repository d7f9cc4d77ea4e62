import { defineCommand } from "../command.ts";
import { loadOperatorConfig, operatorParameters } from "../operatorConfig.ts";
import { printConfig } from "../serviceConfig.ts";

export const operatorConfig = defineCommand({
  name: "operator config",
  summary: "show what the operator would run with",
  description: `Reads flags, environment, operator.json and the profile as "operator start" does, checks every value, and prints the
result. Keys and what an address may carry behind its host are not shown.`,
  arguments: {},
  options: operatorParameters,
  examples: [{ run: "operator config", does: "check before a start" }],
  next: "plasma-cli operator start",
  run: async (context, flags) => printConfig(loadOperatorConfig(context, flags)),
});
