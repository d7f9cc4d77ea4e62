import { printableConfig } from "../../runtime/config.ts";
import { defineCommand } from "../command.ts";
import { loadOperatorConfig, operatorParameters, writtenValue } from "../operatorConfig.ts";
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
    const config = loadOperatorConfig(context, flags);
    const written = Object.entries(config).map(([key, value]): [string, unknown] =>
      typeof value === "bigint" ? [key, writtenValue(key, value)] : [key, value],
    );
    const data = printableConfig(Object.fromEntries(written));
    const rows = Object.entries(data).map(([key, value]): [string, string] => [key, writtenValue(key, value)]);
    return { data, text: fields(rows) };
  },
});
