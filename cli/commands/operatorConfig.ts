import { printableConfig } from "../../runtime/config.ts";
import { defineCommand } from "../command.ts";
import { loadOperatorConfig, operatorParameters } from "../operatorConfig.ts";
import { fields } from "../output.ts";

export const operatorConfig = defineCommand({
  name: "operator config",
  summary: "show what the operator would run with",
  description: `Reads flags, environment, operator.json and the profile as "operator start" does, checks every value, and prints the
result. Keys and what an address may carry behind its host are not shown.`,
  arguments: {},
  options: operatorParameters,
  examples: [{ run: "operator config", does: "check before a start" }],
  next: "plasma-cli operator start",
  async run(context, flags) {
    const config = printableConfig(loadOperatorConfig(context, flags));
    const rows = Object.entries(config).map(([key, value]): [string, string] => [
      key,
      typeof value === "string"
        ? value
        : JSON.stringify(value, (_, item) => (typeof item === "bigint" ? `${item}` : item)),
    ]);
    return { data: config, text: fields(rows) };
  },
});
