import { Command as CommanderCommand, Option } from "commander";
import { configOptions } from "../runtime/config.ts";
import type { Command, Parameters } from "./command.ts";
import { COMMANDS, GROUPS } from "./commands.ts";
import { type Context, createContext, type Globals } from "./context.ts";
import { describeFailure, EXIT_CODES } from "./failure.ts";
import { createOutput, type Streams } from "./output.ts";
import type { SecretSources } from "./password.ts";
import { settingsSchema } from "./settings.ts";

const DESCRIPTION = `Payments on a Plasma chain, and the way back to Ethereum that needs nobody's help.

Start here:
  plasma-cli dev                        a whole chain on this machine, with funded accounts
  plasma-cli deposit 1.5 eth            move money onto the chain
  plasma-cli send <to> 0.2 eth --wait   pay; wait for the block and keep the proof of the change
  plasma-cli exit start <position>      take an output back to Ethereum
  plasma-cli exit next                  what to do now, when, and at what cost

Every command explains itself with --help. Keys and passwords are never typed as arguments: a password comes from a line
of standard input with --password-stdin, from PLASMA_PASSWORD, from the password file, or from the terminal.

Exit codes: 0 done, 1 a bug, 2 bad usage, 3 refused by the rules, 4 network.`;

const SETTINGS = configOptions(settingsSchema);
const GLOBAL_FLAGS = [{ key: "data", flag: "--data" }, ...SETTINGS];

const VALUE_NAMES: Readonly<Record<string, string>> = {
  rpcUrl: "url",
  operatorUrl: "url",
  watcherUrl: "url",
  contract: "address",
  chainId: "number",
  fromBlock: "number",
  logRange: "count",
  account: "name",
  passwordFile: "path",
};

export type Surroundings = Streams & SecretSources & Pick<Context, "stopSignal">;

/** Runs `plasma-cli` with the words after its name and returns the exit code. Nothing is thrown. */
export async function runProgram(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const output = createOutput(argv.includes("--json"), surroundings);
  let run: (() => Promise<void>) | undefined;
  try {
    const program = buildProgram(surroundings, (command, values, globals) => {
      run = async () => {
        const result = await command.run(createContext(globals, output, surroundings), values);
        const next = result.next?.map((line) => withFlags(line, argv, globals));
        output.result({ ...result, ...(next ? { next } : {}) });
      };
    });
    program.parse([...argv], { from: "user" });
    await run?.();
    return EXIT_CODES.ok;
  } catch (error) {
    if (isHelp(error)) return EXIT_CODES.ok;
    const failure = describeFailure(error);
    output.failure(failure);
    return failure.exitCode;
  }
}

/** A next step as it must be typed: with the chain, directory and account that this one was told on its command line. */
function withFlags(line: string, argv: readonly string[], globals: Globals): string {
  const flags = GLOBAL_FLAGS.flatMap(({ key, flag }) =>
    argv.some((word) => word === flag || word.startsWith(`${flag}=`)) ? [`${flag} ${globals[key]}`] : [],
  );
  return line.replace(/^plasma-cli .*?(?=\s{3}|$)/, (step) => [step, ...flags].join(" "));
}

type OnCommand = (command: Command, values: Readonly<Record<string, unknown>>, globals: Globals) => void;

/** The commander program made from the table of commands. */
function buildProgram({ stdout, stderr }: Streams, onCommand: OnCommand): CommanderCommand {
  const program = configure(new CommanderCommand("plasma-cli"))
    // Subcommands inherit it. Refusals are printed once, with their code, by whoever runs the program.
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      outputError: () => {},
    })
    .description(unwrap(DESCRIPTION))
    .option("--data <directory>", "where accounts, proofs and the profile are kept (PLASMA_DATA, default ~/.plasma)");
  for (const { key, flag, environment, description, defaultValue } of SETTINGS) {
    const fallback = defaultValue === undefined ? "" : `, default ${defaultValue}`;
    program.addOption(new Option(`${flag} <${VALUE_NAMES[key]}>`, `${description} (${environment}${fallback})`));
  }
  program
    .option("--password-stdin", "read the password from standard input, one line")
    .option("--json", "print JSON and nothing else on standard output");

  for (const command of COMMANDS) {
    const [first = "", second] = command.name.split(" ");
    if (second === undefined) addCommand(program, first, command, onCommand);
    else addCommand(groupOf(program, first), second, command, onCommand);
  }
  return program;
}

/** The word that leads to commands of its own; made when the first of them is added, so that help keeps their order. */
function groupOf(program: CommanderCommand, name: string): CommanderCommand {
  const known = program.commands.find((command) => command.name() === name);
  if (known) return known;
  const { summary, description } = GROUPS[name] ?? { summary: "", description: "" };
  return configure(program.command(name)).summary(summary).description(unwrap(description));
}

function addCommand(parent: CommanderCommand, word: string, command: Command, onCommand: OnCommand): void {
  const added = configure(parent.command(word)).summary(command.summary).description(unwrap(command.description));
  for (const { syntax, description } of Object.values(command.arguments)) added.argument(syntax, description);
  for (const { syntax, description } of Object.values(command.options)) added.option(syntax, description);
  added.addHelpText("after", afterHelp(command));
  added.action(() => {
    const words: unknown[] = added.processedArgs;
    const given = added.opts();
    const values = {
      ...readAll(command.arguments, (_name, index) => words[index]),
      ...readAll(command.options, (name) => given[name]),
    };
    onCommand(command, values, added.optsWithGlobals());
  });
}

function readAll(
  parameters: Parameters,
  find: (name: string, index: number) => unknown,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, { read }], index) => [name, read(find(name, index))]),
  );
}

function afterHelp({ examples, next }: Command): string {
  const width = Math.max(0, ...examples.map(({ run }) => run.length));
  const lines = examples.map(({ run, does }) => `  plasma-cli ${run.padEnd(width)}  ${does}`);
  const parts = lines.length > 0 ? [["Examples:", ...lines].join("\n")] : [];
  if (next) parts.push(`Next step:\n  ${next}`);
  return parts.length > 0 ? `\n${parts.join("\n\n")}` : "";
}

/** A text that is wrapped in the source as one line a paragraph; indented lines stay as they are. */
function unwrap(wrapped: string): string {
  return wrapped.replace(/(?<=\S)\n(?=\S)/g, " ");
}

function configure(command: CommanderCommand): CommanderCommand {
  return command
    .exitOverride()
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .configureHelp({ helpWidth: 100, showGlobalOptions: true, sortSubcommands: false });
}

function isHelp(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "commander.helpDisplayed" || code === "commander.version";
}
