// The watcher service as a process of its own, for tests that kill it. argv: JSON of the options, private key.
import type { Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { createLogger } from "../../runtime/logger.ts";
import { watcherOptions } from "../../watcher/options.ts";
import { startWatcher } from "../../watcher/service.ts";

const [options = "{}", key] = process.argv.slice(2);
const config = watcherOptions.parse(JSON.parse(options));
const watcher = await startWatcher(config, {
  ...(key === undefined ? {} : { account: privateKeyToAccount(key as Hex) }),
  logger: createLogger(config.logLevel),
  clock: Date.now,
});
process.stdout.write(`${watcher.url}\n`);
process.once("SIGTERM", () => void watcher.stop());
