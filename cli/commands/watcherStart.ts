import { readFileSync } from "node:fs";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { CliError } from "../errors.ts";
import { unlockServiceAccount } from "../unlockedAccount.ts";
import { loadWatcherConfig, watcherParameters } from "../watcherConfig.ts";

export const watcherStart = defineCommand({
  name: "watcher start",
  summary: "run the watcher service until it is told to end",
  description: `Executes every block that is on L1, judges every exit, and raises an alert for what is wrong. With --act true it
challenges wrong exits, answers wrong challenges and processes what has matured, with the account's key and ETH; the bonds that it wins
are its own. Without a key it tells only. Its log goes to standard error. Every option can also stand in watcher.json in the data
directory. SIGTERM or Ctrl-C ends it in order.`,
  arguments: {},
  options: watcherParameters,
  examples: [
    { run: "watcher start", does: "tell only" },
    { run: "watcher start --act true --account guard", does: "act as well" },
    {
      run: "watcher start --sources http://operator.example:9545,http://watcher.example:9645",
      does: "with a second source",
    },
  ],
  next: "plasma-cli watch",
  async run(context, flags) {
    const config = loadWatcherConfig(context, flags);
    const account = config.act ? await unlockServiceAccount(context) : undefined;
    const webhookSecret = readWebhookSecret(context, config.webhookSecretFile);
    // Loaded on first use: it brings a web server and a database that no other command needs.
    const [{ startWatcher }, { createLogger }] = await Promise.all([
      import("../../watcher/service.ts"),
      import("../../runtime/logger.ts"),
    ]);
    const logger = createLogger(config.logLevel);
    const signal = context.stopSignal();
    const watcher = await startWatcher(config, {
      ...(account && { account }),
      ...(webhookSecret && { webhookSecret }),
      logger,
      clock: Date.now,
    });
    context.progress(`The watcher answers at ${watcher.url}`);
    if (!signal.aborted) {
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    }
    await watcher.stop();
    return { data: { url: watcher.url }, text: "The watcher has ended." };
  },
});

/** Throws FILE_UNREADABLE. */
function readWebhookSecret({ env }: Context, file: string | undefined): string | undefined {
  if (file === undefined) return env.PLASMA_WEBHOOK_SECRET;
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    throw new CliError("FILE_UNREADABLE", `cannot read ${file}`, { cause });
  }
}
