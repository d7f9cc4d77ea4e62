import { createInterface } from "node:readline";
import { CliError } from "./errors.ts";
import { readTextFile } from "./files.ts";

/** Where secrets come from: the environment, lines of standard input, a person at a terminal. Never an argument. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadStream;
  readonly stderr: { write(text: string): unknown };
}

export interface Secrets {
  /** The password of an account, asked for once a run. Throws PASSWORD_NEEDED. */
  password(prompt: string): Promise<string>;
  /** A password for something new: typed twice at a terminal. Throws PASSWORD_MISMATCH. */
  newPassword(prompt: string): Promise<string>;
  /** A secret that only standard input may carry, such as a key: a line of it, or typed unseen. */
  line(prompt: string): Promise<string>;
}

export interface SecretOptions {
  readonly fromStdin: boolean;
  /** Path of a file that holds the password. */
  readonly file: string | undefined;
}

/**
 * Reads secrets. A password is the next line of standard input where that was asked for, else PLASMA_PASSWORD, else the
 * content of the password file, else what a person types.
 */
export function createSecrets(sources: SecretSources, { fromStdin, file }: SecretOptions): Secrets {
  const nextLine = lineReader(sources.stdin);

  async function line(prompt: string): Promise<string> {
    if (sources.stdin.isTTY) return typeUnseen(sources, prompt);
    const text = await nextLine();
    if (text === undefined)
      throw new CliError("PASSWORD_NEEDED", `standard input ended where it should give: ${prompt}`);
    return text;
  }

  async function given(): Promise<string | undefined> {
    if (fromStdin) return line("password");
    if (sources.env.PLASMA_PASSWORD !== undefined) return sources.env.PLASMA_PASSWORD;
    if (file === undefined) return undefined;
    const text = readTextFile(file);
    if (text === undefined) throw new CliError("FILE_UNREADABLE", `the password file ${file} is missing`);
    return text.replace(/\r?\n$/, "");
  }

  let known: Promise<string> | undefined;
  async function ask(prompt: string): Promise<string> {
    const password = await given();
    if (password !== undefined) return password;
    if (!sources.stdin.isTTY) throw new CliError("PASSWORD_NEEDED", `${prompt} is needed and nobody is here to ask`);
    return typeUnseen(sources, prompt);
  }

  return {
    password(prompt) {
      known ??= ask(prompt);
      return known;
    },
    async newPassword(prompt) {
      const password = await given();
      if (password !== undefined) return password;
      const first = await ask(prompt);
      if (first !== (await typeUnseen(sources, `${prompt}, again`))) {
        throw new CliError("PASSWORD_MISMATCH", "the two passwords differ");
      }
      return first;
    },
    line,
  };
}

/** Lines of a stream that is not a terminal, one at a time, without losing what follows a line. */
function lineReader(stdin: NodeJS.ReadStream): () => Promise<string | undefined> {
  let lines: AsyncIterator<string> | undefined;
  return async () => {
    lines ??= createInterface({ input: stdin, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
    const { value, done } = await lines.next();
    return done ? undefined : value;
  };
}

/** Reads a line from a terminal in raw mode, so that nothing typed is shown or kept. */
function typeUnseen({ stdin, stderr }: SecretSources, prompt: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const finish = (settle: () => void) => {
      stdin.off("data", onData);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write("\n");
      settle();
    };
    const onData = (chunk: string) => {
      for (const character of chunk) {
        if (character === "\r" || character === "\n") return finish(() => resolve(text));
        if (character === "\u0003" || character === "\u0004") {
          return finish(() => reject(new CliError("PASSWORD_NEEDED", "nothing was typed")));
        }
        text = character === "\u007f" || character === "\b" ? text.slice(0, -1) : text + character;
      }
    };
    stderr.write(`${prompt}: `);
    stdin.setRawMode(true);
    stdin.setEncoding("utf8");
    stdin.on("data", onData);
    stdin.resume();
  });
}
