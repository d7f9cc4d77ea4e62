import Table from "cli-table3";
import type { Failure } from "./failure.ts";

/** What a command hands back: `data` is its stable JSON, `text` the same for people, `next` what to do now. */
export interface Result {
  readonly data: unknown;
  readonly text: string;
  readonly next?: readonly string[];
}

export interface Output {
  /** Progress of what takes long, on standard error. */
  progress(text: string): void;
  result(result: Result): void;
  failure(failure: Failure): void;
}

export interface Streams {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/** Prints for people, or JSON and nothing but JSON on standard output. Amounts and positions are decimal strings in it. */
export function createOutput(json: boolean, { stdout, stderr }: Streams): Output {
  return {
    progress(text) {
      stderr.write(`${text}\n`);
    },
    result({ data, text, next = [] }) {
      if (json) {
        stdout.write(`${toJson(data)}\n`);
        return;
      }
      stdout.write(`${text}\n`);
      if (next.length > 0) stdout.write(`\nNext:\n${next.map((line) => `  ${line}\n`).join("")}`);
    },
    failure({ code, message, next, details = {}, stack }) {
      if (json) stdout.write(`${toJson({ error: { code, message, next: next ?? null, details } })}\n`);
      stderr.write(stack ? `${stack}\n` : `error ${code}: ${message}.${next ? ` Next: ${next}.` : ""}\n`);
    },
  };
}

/** "1 exit", "2 exits". */
export function counted(count: number | bigint, noun: string): string {
  return `${count} ${noun}${BigInt(count) === 1n ? "" : "s"}`;
}

function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, item) => (typeof item === "bigint" ? item.toString() : item), 2);
}

/** Rows under headings, without borders. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const none = { top: "", "top-mid": "", "top-left": "", "top-right": "", bottom: "", "bottom-mid": "" };
  const chars = {
    ...none,
    "bottom-left": "",
    "bottom-right": "",
    left: "",
    "left-mid": "",
    mid: "",
    "mid-mid": "",
    right: "",
    "right-mid": "",
    middle: "  ",
  };
  const style = { head: [], border: [], "padding-left": 0, "padding-right": 0 };
  const grid = new Table({ head: [...head], chars, style });
  grid.push(...rows.map((row) => [...row]));
  return grid
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/** Names and values, one a line. */
export function fields(entries: readonly (readonly [string, string])[]): string {
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
}
