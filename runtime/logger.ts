import { type DestinationStream, pino } from "pino";

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Structured log: a constant message and fields, one JSON object a line.
 * error = act now, warn = may become an error, info = milestones, debug = everything.
 * Never a key or password at any level, never a peer's bytes above debug.
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to every line. */
  child(fields: LogFields): Logger;
}

/** A logger that writes to `destination`, by default standard error: standard output belongs to the program's answer. */
export function createLogger(level: LogLevel, destination: DestinationStream = pino.destination(2)): Logger {
  return wrap(
    pino(
      {
        level,
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
      },
      destination,
    ),
  );
}

type Pino = ReturnType<typeof pino>;

function wrap(target: Pino): Logger {
  return {
    debug: (message, fields) => target.debug(fields === undefined ? {} : loggable(fields), message),
    info: (message, fields) => target.info(fields === undefined ? {} : loggable(fields), message),
    warn: (message, fields) => target.warn(fields === undefined ? {} : loggable(fields), message),
    error: (message, fields) => target.error(fields === undefined ? {} : loggable(fields), message),
    child: (fields) => wrap(target.child(loggable(fields))),
  };
}

/** bigint as decimal text (a JSON number would lose digits) and errors as code and text, which JSON would drop. */
function loggable(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (typeof value === "bigint") return [name, value.toString()];
      if (value instanceof Error) return [name, describe(value)];
      return [name, value];
    }),
  );
}

function describe(error: Error): Record<string, unknown> {
  const code = "code" in error ? error.code : undefined;
  return { code, message: error.message, ...(code === undefined && { stack: error.stack }) };
}
