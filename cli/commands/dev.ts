import { defineCommand, optional } from "../command.ts";
import { DEV_DEFAULTS, startDevNetwork } from "../devNetwork.ts";
import { CliError } from "../errors.ts";
import { describeDuration } from "../names.ts";
import { fields } from "../output.ts";
import { readCount } from "../parameters.ts";

export const dev = defineCommand({
  name: "dev",
  summary: "run a whole chain on this machine, with funded accounts",
  description: `Starts an Ethereum node for development, deploys the contracts and a token called DEV, makes encrypted accounts with money
on L1, starts the operator and a watcher that tells and does not act, and writes a profile, so that in another terminal every command works with the same --data. Its
chain is gone when it ends. It wants an empty data directory, or one of an earlier development network, which it clears.`,
  arguments: {},
  options: {
    rpcPort: optional("--rpc-port <port>", `of the Ethereum node (default ${DEV_DEFAULTS.rpcPort})`, readCount),
    operatorPort: optional(
      "--operator-port <port>",
      `of the operator (default ${DEV_DEFAULTS.operatorPort})`,
      readCount,
    ),
    watcherPort: optional("--watcher-port <port>", `of the watcher (default ${DEV_DEFAULTS.watcherPort})`, readCount),
    minExitPeriod: optional(
      "--min-exit-period <seconds>",
      `how long an exit is open to challenge (default ${DEV_DEFAULTS.minExitPeriod})`,
      readCount,
    ),
    blockIntervalMs: optional(
      "--block-interval-ms <ms>",
      `a block is sealed so long after its first transaction (default ${DEV_DEFAULTS.blockIntervalMs})`,
      readCount,
    ),
  },
  examples: [
    { run: "dev", does: "then, in another terminal: plasma-cli balance" },
    { run: "dev --data ./chain --min-exit-period 60", does: "elsewhere, with quick exits" },
  ],
  next: "In another terminal: plasma-cli deposit 1.5 eth --wait",
  async run(context, { rpcPort, operatorPort, watcherPort, minExitPeriod, blockIntervalMs }) {
    const options = {
      ...DEV_DEFAULTS,
      ...(rpcPort === undefined ? {} : { rpcPort }),
      ...(operatorPort === undefined ? {} : { operatorPort }),
      ...(watcherPort === undefined ? {} : { watcherPort }),
      ...(minExitPeriod === undefined ? {} : { minExitPeriod }),
      ...(blockIntervalMs === undefined ? {} : { blockIntervalMs }),
    };
    const signal = context.stopSignal();
    const network = await startDevNetwork(options, { ...context, signal });
    const { rpcUrl, operatorUrl, watcherUrl = "", contract, token, accounts } = network;
    context.progress(
      [
        "",
        fields([
          ["L1", rpcUrl],
          ["operator", operatorUrl],
          ["watcher", watcherUrl],
          ["contract", contract],
          ["DEV token", token],
          ["exit period", describeDuration(options.minExitPeriod)],
          ["data", context.paths.root],
          ...accounts.map(({ name, address }): [string, string] => ["account", `${name} ${address}`]),
        ]),
        "",
        "In another terminal:",
        `  export PLASMA_DATA=${context.paths.root}`,
        "  plasma-cli deposit 1.5 eth --wait",
        "  plasma-cli send bob 0.2 eth --wait",
        "  plasma-cli outputs --account bob",
        "  plasma-cli exit start <position> --account bob",
        "  plasma-cli exit next --account bob",
        "  plasma-cli watch",
        "",
        "Ctrl-C ends it.",
      ].join("\n"),
    );
    const stopped = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    const ended = await Promise.race([
      stopped.then(() => undefined),
      network.l1.ended.then(() => "the L1 node"),
      network.operator.ended.then(() => "the operator"),
      network.watcher?.ended.then(() => "the watcher") ?? stopped.then(() => undefined),
    ]);
    await network.stop();
    if (ended !== undefined) throw new CliError("PROGRAM_ENDED", `${ended} ended (${context.paths.dev})`);
    return { data: { rpcUrl, operatorUrl, watcherUrl, contract, token, accounts }, text: "The network has ended." };
  },
});
