import type { Context } from "./context.ts";
import type { Result } from "./output.ts";

/** One thing a person may type: how it is written, what it means, and how its text is read. */
export interface Parameter<T> {
  /** "<to>", "[position]", "<amount...>" for an argument; "--wait", "--memo <hex>" for an option. */
  readonly syntax: string;
  readonly description: string;
  /** What commander hands over (text, words, true, or undefined when left out) as the command's own type. */
  readonly read: (given: unknown) => T;
}

export type Parameters = Readonly<Record<string, Parameter<unknown>>>;

export type ValuesOf<P extends Parameters> = {
  readonly [name in keyof P]: P[name] extends Parameter<infer T> ? T : never;
};

export interface Example {
  readonly run: string;
  readonly does: string;
}

/** A command is data: the program, its help and the reference are all made from it. */
export interface Command {
  /** The words typed, such as "exit start". */
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly arguments: Parameters;
  readonly options: Parameters;
  readonly examples: readonly Example[];
  /** What one usually does afterwards. */
  readonly next?: string;
  run(context: Context, values: Readonly<Record<string, unknown>>): Promise<Result>;
}

interface Definition<A extends Parameters, O extends Parameters>
  extends Omit<Command, "arguments" | "options" | "run"> {
  readonly arguments: A;
  readonly options: O;
  run(context: Context, values: ValuesOf<A> & ValuesOf<O>): Promise<Result>;
}

/** Declares a command: `run` is given every argument and option by name, already read. */
export function defineCommand<const A extends Parameters, const O extends Parameters>(
  definition: Definition<A, O>,
): Command {
  return {
    ...definition,
    // The program reads each value with the parameter's own `read`, so the record has the declared types.
    run: (context, values) => definition.run(context, values as ValuesOf<A> & ValuesOf<O>),
  };
}

/** A value that must be given. */
export function required<T>(syntax: string, description: string, read: (text: string) => T): Parameter<T> {
  return { syntax, description, read: (given) => read(asText(given)) };
}

/** A value that may be left out; words of a variadic one that are left out come as none. */
export function optional<T>(syntax: string, description: string, read: (text: string) => T): Parameter<T | undefined> {
  const isLeftOut = (given: unknown) => given === undefined || (Array.isArray(given) && given.length === 0);
  return { syntax, description, read: (given) => (isLeftOut(given) ? undefined : read(asText(given))) };
}

/** A switch. */
export function flag(syntax: string, description: string): Parameter<boolean> {
  return { syntax, description, read: (given) => given === true };
}

/** Several values, each a word of its own: `--and "bob 5 DEV" "carol 1 eth"`. */
export function list<T>(syntax: string, description: string, read: (text: string) => T): Parameter<readonly T[]> {
  return {
    syntax,
    description,
    read: (given) => (Array.isArray(given) ? given.map((word) => read(String(word))) : []),
  };
}

export const text = (value: string): string => value;

/** Words of a variadic argument are one text: `1.5 eth` needs no quotes. */
function asText(given: unknown): string {
  return Array.isArray(given) ? given.join(" ") : String(given);
}
