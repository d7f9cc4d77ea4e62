import { defineCommand } from "../command.ts";
import { printConfig } from "../serviceConfig.ts";
import { loadWatcherConfig, watcherParameters } from "../watcherConfig.ts";

export const watcherConfig = defineCommand({
  name: "watcher config",
  summary: "show what the watcher would run with",
  description: `Reads flags, environment, watcher.json and the profile as "watcher start" does, checks every value, and prints the
result. Keys and what an address may carry behind its host are not shown.`,
  arguments: {},
  options: watcherParameters,
  examples: [{ run: "watcher config", does: "check before a start" }],
  next: "plasma-cli watcher start",
  run: async (context, flags) => printConfig(loadWatcherConfig(context, flags)),
});
