// The operator service as a process of its own, for tests that kill it. argv: JSON of the options, private key.
import type { Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { operatorOptions } from "../../operator/options.ts";
import { startOperator } from "../../operator/service.ts";
import { createLogger } from "../../runtime/logger.ts";

const [options = "{}", key] = process.argv.slice(2);
const config = operatorOptions.parse(JSON.parse(options));
const operator = await startOperator(config, {
  account: privateKeyToAccount(key as Hex),
  logger: createLogger(config.logLevel),
  clock: Date.now,
});
process.stdout.write(`${operator.url}\n`);
process.once("SIGTERM", () => void operator.stop());
