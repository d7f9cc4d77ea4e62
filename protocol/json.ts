import type { Address, Hex } from "viem";
import * as z from "zod";

/** How the protocol's values look in JSON. Each schema decodes a document and encodes a value back. */

const hexPattern = (bytes: number): RegExp => new RegExp(`^0x[0-9a-fA-F]{${2 * bytes}}$`);

/** Hex of either case outside, lowercase inside, so that values compare with ===. */
const lowercaseHex = (pattern: RegExp, description: string) =>
  z
    .codec(z.string().regex(pattern), z.custom<Hex>(), {
      decode: (text) => text.toLowerCase() as Hex,
      encode: (hex) => hex,
    })
    .meta({ description });

/** A bigint as a hex quantity without leading zeros, as in Ethereum's JSON-RPC. */
export const quantitySchema = z
  .codec(z.string().regex(/^0x(0|[1-9a-f][0-9a-f]{0,63})$/), z.bigint(), {
    decode: (text) => BigInt(text),
    encode: (value) => `0x${value.toString(16)}`,
  })
  .meta({ description: "Hex quantity without leading zeros" });

export const addressSchema: z.ZodType<Address, string> = lowercaseHex(hexPattern(20), "20-byte address");
export const hashSchema: z.ZodType<Hex, string> = lowercaseHex(hexPattern(32), "32-byte hash");
export const bytesSchema: z.ZodType<Hex, string> = lowercaseHex(/^0x([0-9a-fA-F]{2})*$/, "Bytes");

/** A count or an index: a whole number that JSON carries exactly. */
export const countSchema = z.int().min(0);

/** Unix seconds. */
export const timestampSchema = z
  .int()
  .min(0)
  .max(2 ** 40 - 1)
  .meta({ description: "Unix time in seconds" });

export const outputSchema = z.object({
  owner: addressSchema,
  token: addressSchema,
  amount: quantitySchema,
  condition: hashSchema,
});

export const headerSchema = z.object({
  number: quantitySchema,
  parentHash: hashSchema,
  root: hashSchema,
  txCount: countSchema,
  timestamp: timestampSchema,
  sealedAt: timestampSchema,
  depositCount: countSchema,
  depositHash: hashSchema,
});
