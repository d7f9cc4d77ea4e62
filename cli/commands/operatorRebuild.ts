import { defineCommand, required, text } from "../command.ts";
import { loadOperatorConfig, operatorParameters } from "../operatorConfig.ts";
import { counted } from "../output.ts";

export const operatorRebuild = defineCommand({
  name: "operator rebuild",
  summary: "fill an empty operator store from the blocks of somebody else",
  description: `After the loss of the operator's disk: takes every committed block from a directory of <number>.block files or from another
service, and believes only what executes to the roots that L1 has. What was acknowledged and not committed is not on L1 and
cannot come back.`,
  arguments: { source: required("<source>", "a directory, or the http address of a service", text) },
  options: operatorParameters,
  examples: [
    { run: "operator rebuild ./blocks", does: "from an archive" },
    { run: "operator rebuild http://watcher.example:9645", does: "from another service" },
  ],
  next: "plasma-cli operator start",
  async run(context, { source, ...flags }) {
    const config = loadOperatorConfig(context, flags);
    const [{ rebuildOperator }, { blockDirectory, blockService }, { createLogger }] = await Promise.all([
      import("../../operator/rebuild.ts"),
      import("../../runtime/blockSource.ts"),
      import("../../runtime/logger.ts"),
    ]);
    const blocks = /^https?:\/\//.test(source) ? blockService(source) : blockDirectory(source);
    const count = await rebuildOperator(config, blocks, createLogger(config.logLevel));
    return { data: { blocks: count }, text: `Rebuilt ${counted(count, "block")}`, next: ["plasma-cli operator start"] };
  },
});
