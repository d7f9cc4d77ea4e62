import { type Address, type Hex, isAddress } from "viem";
import { fromHex } from "../protocol/bytes.ts";
import { ZERO_ADDRESS } from "../protocol/hashing.ts";
import { flag, optional, type Parameter, text } from "./command.ts";
import { CliError } from "./errors.ts";

/** Parameters that several commands share, so that they are spelled and read alike everywhere. */
export const dryRun: Parameter<boolean> = flag("--dry-run", "say what would be sent and what it costs; send nothing");

export const wait: Parameter<boolean> = flag("--wait", "wait until it is committed to L1, and keep the proofs");

export const timeout: Parameter<number | undefined> = optional(
  "--timeout <seconds>",
  "how long --wait waits (default 120)",
  readCount,
);

export const token: Parameter<string | undefined> = optional(
  "[token]",
  'symbol or address of the token (default "eth")',
  text,
);

export const anyway: Parameter<boolean> = flag(
  "--anyway",
  "do what is refused as unsafe; the refusal says what may be lost",
);

export const offline: Parameter<boolean> = flag(
  "--offline",
  'sign and keep it for "exit in-flight", with no fee; send nothing: for when the operator is gone',
);

export const trustOperator: Parameter<boolean> = flag(
  "--trust-operator",
  "rely on a block that no watcher of yours has executed",
);

export const out: Parameter<string | undefined> = optional(
  "--out <file>",
  "also write it to this file, to hand it over",
  text,
);

export const DEFAULT_WAIT_SECONDS = 120;

/** An L1 time as people write it: absolute, or so many seconds after the newest L1 block. */
export type When = { readonly at: number } | { readonly after: number };

const UNITS: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3_600, d: 86_400 };

/** "+90min", "+2h", "2027-01-31T12:00Z", or Unix seconds. */
export function readWhen(value: string): When {
  const [, count, unit = ""] = /^\+(\d{1,9})(s|min|h|d)$/.exec(value) ?? [];
  if (count !== undefined) return { after: Number(count) * (UNITS[unit] ?? 1) };
  const isDate = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?Z$/.test(value);
  const at = isDate ? Date.parse(value) / 1000 : /^[1-9]\d{0,11}$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isNaN(at)) {
    throw new CliError("USAGE", `"${value}" is not a time such as +2h, 2027-01-31T12:00Z or Unix seconds`);
  }
  return { at };
}

/** The L1 time that is meant, in seconds. */
export function timeOf(when: When, now: number): number {
  return "at" in when ? when.at : now + when.after;
}

/** A whole number above zero. */
export function readCount(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new CliError("USAGE", `"${value}" is not a whole number above zero`);
  return Number(value);
}

/** A whole number, zero included. */
export function readNumber(value: string): number {
  return value === "0" ? 0 : readCount(value);
}

/** Throws ADDRESS_MALFORMED, also for a wrong checksum (EIP-55) and for the zero address: money sent there is lost. */
export function readAddress(value: string): Address {
  if (!isAddress(value, { strict: false })) throw new CliError("ADDRESS_MALFORMED", `"${value}" is not an address`);
  if (!isAddress(value))
    throw new CliError("ADDRESS_MALFORMED", `the capitals in "${value}" do not fit: a digit is wrong`);
  if (value === ZERO_ADDRESS) throw new CliError("ADDRESS_MALFORMED", "nobody owns the zero address");
  return value.toLowerCase() as Address;
}

/** Bytes in hex. */
export function readBytes(value: string): Uint8Array {
  if (!/^0x([0-9a-fA-F]{2})*$/.test(value)) throw new CliError("USAGE", `"${value}" is not bytes as 0x and hex digits`);
  return fromHex(value.toLowerCase());
}

export function readHash(value: string): Hex {
  if (!isHash(value)) throw new CliError("USAGE", `"${value}" is not 32 bytes as 0x and 64 hex digits`);
  return value.toLowerCase() as Hex;
}

/** Whether a text is 32 bytes in hex, such as the id of a transaction. */
export function isHash(value: string): boolean {
  return /^0x[0-9a-fA-F]{64}$/.test(value);
}
