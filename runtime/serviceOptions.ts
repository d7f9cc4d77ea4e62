import { availableParallelism } from "node:os";
import { parseEther, parseGwei } from "viem";
import * as z from "zod";
import { addressSchema } from "../protocol/json.ts";

/** Options that services share, each with its default. How they are read: config.ts. */

export const wholeNumber = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
export const switchOption = z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")]);
export const bigintOption = z.union([
  z.bigint(),
  z
    .string()
    .regex(/^(\d+|0x[0-9a-f]+)$/)
    .transform(BigInt),
]);

const decimal = z.string().regex(/^\d+(\.\d+)?$/, "must be a decimal number");

/** An amount of ether as text, in wei. */
export const etherOption = (amount: string) => decimal.default(amount).transform((text) => parseEther(text));

/** Which chain, where its data is kept and how L1 is followed. */
export const chainOptions = {
  dataDir: z.string().min(1).describe("directory of the service's own data"),
  l1Url: z
    .url({ protocol: /^https?$/ })
    .default("http://127.0.0.1:8545")
    .describe("JSON-RPC URL of the L1 node"),
  contract: addressSchema.describe("address of the root chain contract"),
  chainId: bigintOption.optional().describe("id of the L1 chain, checked against the node"),
  fromBlock: bigintOption.default(0n).describe("L1 block of the contract's deployment"),
  finality: z
    .union([z.enum(["safe", "finalized"]), wholeNumber(0, 256)])
    .default("finalized")
    .describe("when L1 counts as irreversible: safe, finalized, or a number of confirmations"),
  l1PollMs: wholeNumber(10, 60_000).default(1_000).describe("milliseconds between looks at L1"),
  l1MaxRange: wholeNumber(1, 100_000).default(2_000).describe("L1 blocks asked for at once"),
} as const;

export type ChainConfig = z.output<z.ZodObject<typeof chainOptions>>;

/** Where the API is served. */
export const listenOptions = (port: number) => ({
  host: z.string().min(1).default("127.0.0.1").describe("address to listen on"),
  port: wholeNumber(0, 65_535).default(port).describe("port to listen on; 0 = any free one"),
});

/** What L1 transactions may cost. */
export const spendingOptions = {
  maxFeePerGasGwei: decimal
    .default("300")
    .transform((text) => parseGwei(text))
    .describe("highest fee per gas offered on L1, in gwei"),
  maxCostEth: etherOption("1").describe("highest cost of one L1 transaction, in ETH"),
  maxDailyCostEth: etherOption("10").describe("highest cost of the L1 transactions of 24 hours, in ETH"),
  replaceAfterMs: wholeNumber(100, 3_600_000)
    .default(60_000)
    .describe("an L1 transaction not mined for this long is replaced"),
} as const;

/** Who recovers signatures. */
export const verifierOptions = {
  verifierThreads: wholeNumber(1, 64)
    .default(availableParallelism())
    .describe("threads that recover signatures; default: one per processor"),
} as const;

/** What callers may ask for. */
export const serverOptions = {
  maxBodyBytes: wholeNumber(1_024, 2 ** 28)
    .default(8 * 2 ** 20)
    .describe("largest request"),
  maxHeldBytes: wholeNumber(1_024, 2 ** 32)
    .default(64 * 2 ** 20)
    .describe(
      "bytes of requests that are held until they are answered, and as many of answers until they are read; beyond that the service says OVERLOADED, and disconnects who reads slowest",
    ),
  maxBatch: wholeNumber(1, 10_000).default(100).describe("requests in one JSON-RPC batch"),
  maxConnections: wholeNumber(1, 100_000).default(1_000).describe("connections open at once"),
  ratePerSecond: wholeNumber(1, 1_000_000).default(500).describe("calls a peer may make a second"),
  rateBurst: wholeNumber(1, 1_000_000).default(1_000).describe("calls a peer may make at once"),
} as const;

export const logOptions = {
  logLevel: z.enum(["debug", "info", "warn", "error", "silent"]).default("info").describe("least level that is logged"),
} as const;
