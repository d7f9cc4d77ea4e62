import { defineCommand } from "../command.ts";
import { loadOperatorConfig, operatorParameters } from "../operatorConfig.ts";
import { unlockServiceAccount } from "../unlockedAccount.ts";

export const operatorStart = defineCommand({
  name: "operator start",
  summary: "run the operator service until it is told to end",
  description: `Takes payments, seals them into blocks and commits the blocks to L1 with the account's key, which must be the one that the
contract names as its operator. It keeps what it acknowledged through any crash. Its log goes to standard error. Every
option can also stand in operator.json in the data directory. SIGTERM or Ctrl-C ends it in order.`,
  arguments: {},
  options: operatorParameters,
  examples: [
    { run: "operator start --account operator", does: "with the settings of the profile" },
    { run: "operator start --account operator --port 9545 --finality safe", does: "with options" },
  ],
  next: "plasma-cli status",
  async run(context, flags) {
    const config = loadOperatorConfig(context, flags);
    const account = config.readOnly ? undefined : await unlockServiceAccount(context);
    // Loaded on first use: it brings a web server and a database that no other command needs.
    const [{ startOperator }, { createLogger }] = await Promise.all([
      import("../../operator/service.ts"),
      import("../../runtime/logger.ts"),
    ]);
    const logger = createLogger(config.logLevel);
    const signal = context.stopSignal();
    const operator = await startOperator(config, { ...(account ? { account } : {}), logger, clock: Date.now });
    context.progress(`The operator answers at ${operator.url}`);
    if (!signal.aborted) {
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    }
    await operator.stop();
    return { data: { url: operator.url }, text: "The operator has ended." };
  },
});
