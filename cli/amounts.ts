import { CliError } from "./errors.ts";

/** What amounts are counted in: a token with its decimals. `address` is zero for ETH. */
export interface TokenUnit {
  readonly address: `0x${string}`;
  readonly symbol: string;
  readonly decimals: number;
}

export interface TokenAmount {
  /** In base units (wei for ETH), from 1 to 2^128 - 1. */
  readonly amount: bigint;
  readonly token: TokenUnit;
}

export const ETH_UNIT: TokenUnit = {
  address: "0x0000000000000000000000000000000000000000",
  symbol: "ETH",
  decimals: 18,
};

const ETH_DECIMALS: Readonly<Record<string, number>> = { wei: 0, gwei: 9, eth: 18 };
const MAX_AMOUNT = (1n << 128n) - 1n;

/**
 * Reads what a person typed: "1.5 eth", "5 gwei", "7 wei", "0.5 <symbol or address of a token>", or a bare whole number
 * of wei. Never rounds. Throws AMOUNT_MALFORMED, AMOUNT_ZERO, AMOUNT_TOO_LARGE, AMOUNT_TOO_PRECISE and whatever
 * `findToken` throws for a token it does not know.
 */
export async function parseAmount(text: string, findToken: (name: string) => Promise<TokenUnit>): Promise<TokenAmount> {
  const [, digits, named] = /^(\d+(?:\.\d+)?)(?:\s+(\S+))?$/.exec(text.trim()) ?? [];
  if (digits === undefined) throw new CliError("AMOUNT_MALFORMED", `"${text}" is not an amount`);
  if (named === undefined && digits.includes(".")) {
    throw new CliError("AMOUNT_MALFORMED", `"${text}" names no unit, and a bare number counts wei`);
  }
  const unit = named ?? "wei";
  const ethDecimals = ETH_DECIMALS[unit.toLowerCase()];
  const token = ethDecimals === undefined ? await findToken(unit) : ETH_UNIT;
  return { amount: toBaseUnits(digits, ethDecimals ?? token.decimals), token };
}

/** The same, of a token that is fixed. Throws AMOUNT_WRONG_TOKEN for an amount of another one. */
export async function toAmount(
  text: string,
  address: TokenUnit["address"],
  findToken: (name: string) => Promise<TokenUnit>,
): Promise<bigint> {
  const { amount, token } = await parseAmount(text, findToken);
  if (token.address === address) return amount;
  throw new CliError("AMOUNT_WRONG_TOKEN", `"${text}" is an amount of ${token.symbol}, and this is about ${address}`);
}

/** A decimal number as base units, exactly. Throws like `parseAmount`. */
export function toBaseUnits(digits: string, decimals: number): bigint {
  const [whole = "0", fraction = ""] = digits.split(".");
  if (fraction.length > decimals) {
    throw new CliError("AMOUNT_TOO_PRECISE", `${digits} has more than ${decimals} decimals`);
  }
  const amount = BigInt(whole + fraction.padEnd(decimals, "0"));
  if (amount === 0n) throw new CliError("AMOUNT_ZERO", "the amount is zero");
  if (amount > MAX_AMOUNT) throw new CliError("AMOUNT_TOO_LARGE", `${digits} does not fit into 128 bits`);
  return amount;
}

/** Base units for people: "1.5 ETH", exactly. */
export function formatAmount(amount: bigint, token: TokenUnit): string {
  const sign = amount < 0n ? "-" : "";
  const digits = (amount < 0n ? -amount : amount).toString().padStart(token.decimals + 1, "0");
  const whole = digits.slice(0, digits.length - token.decimals);
  const fraction = digits.slice(digits.length - token.decimals).replace(/0+$/, "");
  return `${sign}${whole}${fraction === "" ? "" : `.${fraction}`} ${token.symbol}`;
}
