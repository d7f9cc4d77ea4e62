import { type Address, erc20Abi } from "viem";
import { z } from "zod";
import type { Client } from "../client/client.ts";
import { ClientError, clientError } from "../client/errors.ts";
import { atL1 } from "../client/l1.ts";
import { ETH_UNIT, formatAmount, type TokenUnit } from "./amounts.ts";
import { CliError } from "./errors.ts";
import { readJsonFile, writePrivateFile } from "./files.ts";
import { readAddress } from "./parameters.ts";

/** Symbols and decimals of tokens, read from L1 once and kept in a file. */
export interface Tokens {
  /** By address. Throws TOKEN_INVALID where no token answers there. */
  unitOf(address: Address): Promise<TokenUnit>;
  /** By what a person types: address, "eth", or the symbol of a token met before. Throws TOKEN_UNKNOWN, ADDRESS_MALFORMED. */
  find(name: string): Promise<TokenUnit>;
  /** Every token met before. */
  addresses(): Address[];
}

const addressSchema = z.custom<Address>((value) => typeof value === "string" && /^0x[0-9a-f]{40}$/.test(value));
const cacheSchema = z.array(
  z.strictObject({ address: addressSchema, symbol: z.string().min(1), decimals: z.int().min(0).max(255) }),
);

export function createTokens(client: Client, cacheFile: string): Tokens {
  const known = knownTokens(cacheFile);

  async function unitOf(address: Address): Promise<TokenUnit> {
    const cached = known.find((unit) => unit.address === address);
    if (cached) return cached;
    const erc20 = { address, abi: erc20Abi } as const;
    const [symbol, decimals] = await atL1(
      Promise.all([
        client.l1.readContract({ ...erc20, functionName: "symbol" }),
        client.l1.readContract({ ...erc20, functionName: "decimals" }),
      ]),
    ).catch((cause: unknown) => {
      if (cause instanceof ClientError && cause.code === "L1_UNREACHABLE") throw cause;
      throw clientError("TOKEN_INVALID", `there is no ERC-20 token at ${address}`, { address }, { cause });
    });
    const unit = { address, symbol: printable(symbol), decimals };
    known.push(unit);
    writePrivateFile(cacheFile, `${JSON.stringify(known.slice(1), null, 2)}\n`);
    return unit;
  }

  return {
    unitOf,
    addresses: () => known.map(({ address }) => address),
    async find(name) {
      if (name.startsWith("0x")) return unitOf(readAddress(name));
      const matches = known.filter(({ symbol }) => symbol.toLowerCase() === name.toLowerCase());
      const [match, other] = matches;
      if (match && !other) return match;
      const problem = other ? `several tokens call themselves "${name}"` : `no token "${name}" has been met`;
      throw new CliError("TOKEN_UNKNOWN", problem);
    },
  };
}

/** ETH and every token that the cache file has. */
export function knownTokens(cacheFile: string): TokenUnit[] {
  return [ETH_UNIT, ...(readJsonFile(cacheFile, cacheSchema) ?? [])];
}

/** An amount for people, in the token's own units where it is known. */
export function showAmount(amount: bigint, token: Address, known: readonly TokenUnit[]): string {
  const unit = known.find(({ address }) => address === token);
  return unit ? formatAmount(amount, unit) : `${amount} base units of ${token}`;
}

/** A symbol is a stranger's text: only short plain ones are shown, so that none can pass for something else. */
function printable(symbol: string): string {
  return /^[A-Za-z0-9.$_-]{1,16}$/.test(symbol) && symbol.toUpperCase() !== "ETH" ? symbol : "token";
}
