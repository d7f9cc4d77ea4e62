import { readFileSync } from "node:fs";
import { z } from "zod";
import { RuntimeError } from "./errors.ts";

/** Where option values come from. An earlier source wins: flag, environment, file, default. */
export interface ConfigSources {
  /** Values by option name; undefined counts as not given. */
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Path of a JSON file with one object of option names. */
  readonly file?: string;
}

/** One option as a command line shows it. */
export interface ConfigOption {
  readonly key: string;
  readonly flag: string;
  readonly environment: string;
  readonly description: string;
  /** What holds when nothing is given; undefined when a value is required or the option is optional. */
  readonly defaultValue: unknown;
  readonly required: boolean;
}

type Shape = z.ZodObject<Readonly<Record<string, z.ZodType>>>;

/** `l1Url` -> `--l1-url`. */
const flagOf = (key: string) => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** `l1Url` -> `PLASMA_L1_URL`. */
const environmentOf = (key: string) => `PLASMA_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

/** The options of a schema, for a command line and its help. */
export function configOptions(schema: Shape): ConfigOption[] {
  return Object.entries(schema.shape).map(([key, field]) => {
    const absent = field.safeParse(undefined);
    return {
      key,
      flag: flagOf(key),
      environment: environmentOf(key),
      description: field.description ?? "",
      defaultValue: absent.success ? absent.data : undefined,
      required: !absent.success,
    };
  });
}

/**
 * Reads every option of `schema` from the first source that has it and validates the whole once.
 * Throws RuntimeError CONFIG_FILE_UNREADABLE, CONFIG_UNKNOWN_KEY, CONFIG_MISSING or CONFIG_INVALID.
 */
export function loadConfig<S extends Shape>(schema: S, sources: ConfigSources): z.output<S> {
  const file = sources.file === undefined ? {} : readConfigFile(sources.file);
  const flags = sources.flags ?? {};
  const environment = sources.environment ?? {};
  rejectUnknownKeys(schema, flags, "flag");
  rejectUnknownKeys(schema, file, sources.file ?? "file");

  const values: Record<string, unknown> = {};
  for (const key of Object.keys(schema.shape)) {
    const value = flags[key] ?? environment[environmentOf(key)] ?? file[key];
    if (value !== undefined) values[key] = value;
  }
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;

  const issue = parsed.error.issues[0];
  const key = String(issue?.path[0] ?? "");
  const hint = `give ${flagOf(key)}, ${environmentOf(key)} or "${key}" in the configuration file`;
  if (!(key in values)) throw new RuntimeError("CONFIG_MISSING", `No value for ${key}: ${hint}`, { key });
  throw new RuntimeError("CONFIG_INVALID", `${key} cannot be used: ${issue?.message}; ${hint}`, { key });
}

/** The configuration as it may be printed: of an URL only scheme, host and port, since paths and queries carry keys. */
export function printableConfig(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, printable(value)]));
}

function printable(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "string" || !/^(https?|wss?):\/\//.test(value)) return value;
  const url = new URL(value);
  const bare = `${url.protocol}//${url.host}`;
  return url.href === `${bare}/` ? bare : `${bare}/…`;
}

function readConfigFile(path: string): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    const message = `Cannot read configuration from ${path}: it must be a file with one JSON object`;
    throw new RuntimeError("CONFIG_FILE_UNREADABLE", message, { path }, { cause });
  }
}

function rejectUnknownKeys(schema: Shape, values: Readonly<Record<string, unknown>>, source: string): void {
  for (const key of Object.keys(values)) {
    if (key in schema.shape) continue;
    const known = Object.keys(schema.shape).join(", ");
    throw new RuntimeError("CONFIG_UNKNOWN_KEY", `${source} names ${key}, which is not an option; options: ${known}`, {
      key,
      source,
    });
  }
}
