import { availableParallelism } from "node:os";
import { parseEther, parseGwei } from "viem";
import * as z from "zod";
import { MAX_BLOCKS_PER_CALL } from "../protocol/generated/constants.ts";
import { ZERO_ADDRESS } from "../protocol/hashing.ts";
import { addressSchema } from "../protocol/json.ts";
import { LIMITS } from "../protocol/limits.ts";
import { ETH } from "../protocol/output.ts";

const amount = z.union([
  z.bigint(),
  z
    .string()
    .regex(/^(\d+|0x[0-9a-f]+)$/)
    .transform(BigInt),
]);

/** A token that is taken as a fee. */
const feeSchema = z.strictObject({ token: addressSchema.default(ETH), amount, mergeFree: z.boolean().default(true) });

const feesSchema = z.preprocess(
  (value) => (typeof value === "string" ? parseJson(value) : value),
  z.array(feeSchema, { error: 'must be a JSON array such as [{"token":"0x…","amount":"1000"}]' }),
);

const whole = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const flag = z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")]);
const decimal = z.string().regex(/^\d+(\.\d+)?$/, "must be a decimal number");

/** Every option of the operator service with its default. Sources and precedence: runtime/config.ts. */
export const operatorOptions = z.object({
  dataDir: z.string().min(1).describe("directory of the store and the write-ahead log"),
  l1Url: z
    .url({ protocol: /^https?$/ })
    .default("http://127.0.0.1:8545")
    .describe("JSON-RPC URL of the L1 node"),
  contract: addressSchema.describe("address of the root chain contract"),
  chainId: amount.optional().describe("id of the L1 chain, checked against the node"),
  fromBlock: amount.default(0n).describe("L1 block of the contract's deployment"),
  finality: z
    .union([z.enum(["safe", "finalized"]), whole(0, 256)])
    .default("finalized")
    .describe("when L1 counts as irreversible: safe, finalized, or a number of confirmations"),
  l1PollMs: whole(10, 60_000).default(1_000).describe("milliseconds between looks at L1"),
  l1MaxRange: whole(1, 100_000).default(2_000).describe("L1 blocks asked for at once"),
  host: z.string().min(1).default("127.0.0.1").describe("address to listen on"),
  port: whole(0, 65_535).default(9545).describe("port to listen on; 0 = any free one"),
  blockIntervalMs: whole(10, 3_600_000)
    .default(5_000)
    .describe("a block is sealed this long after its first transaction"),
  maxBlockTransactions: whole(16, LIMITS.maxBlockTransactions)
    .default(100_000)
    .describe("a block is sealed at this size"),
  maxBlockBytes: whole(2 ** 20, LIMITS.maxBlockBytes)
    .default(64 * 2 ** 20)
    .describe("a block is sealed at this many bytes"),
  maxBlocksPerCommit: whole(1, MAX_BLOCKS_PER_CALL).default(64).describe("blocks committed by one L1 transaction"),
  maxWaitingTransactions: whole(1, 1_000_000)
    .default(50_000)
    .describe("transactions taken in before the service says OVERLOADED"),
  fees: feesSchema.default([]).describe("tokens taken as fees: JSON array of {token, amount, mergeFree}"),
  feeRecipient: addressSchema
    .refine((address) => address !== ZERO_ADDRESS, "must not be the zero address")
    .optional()
    .describe("owner of the collected fees; default: the operator's account"),
  verifierThreads: whole(1, 64)
    .default(Math.max(1, availableParallelism() - 1))
    .describe("threads that recover signatures; default: one less than the processors"),
  maxFeePerGasGwei: decimal
    .default("300")
    .transform((text) => parseGwei(text))
    .describe("highest fee per gas offered on L1, in gwei"),
  maxCommitCostEth: decimal
    .default("1")
    .transform((text) => parseEther(text))
    .describe("highest cost of one L1 transaction, in ETH"),
  maxDailyCostEth: decimal
    .default("10")
    .transform((text) => parseEther(text))
    .describe("highest cost of the L1 transactions of 24 hours, in ETH"),
  replaceAfterMs: whole(100, 3_600_000)
    .default(60_000)
    .describe("an L1 transaction not mined for this long is replaced"),
  maxBodyBytes: whole(1_024, 2 ** 28)
    .default(8 * 2 ** 20)
    .describe("largest request"),
  maxBatch: whole(1, 10_000).default(100).describe("requests in one JSON-RPC batch"),
  maxConnections: whole(1, 100_000).default(1_000).describe("connections open at once"),
  ratePerSecond: whole(1, 1_000_000).default(500).describe("calls a peer may make a second"),
  rateBurst: whole(1, 1_000_000).default(1_000).describe("calls a peer may make at once"),
  readOnly: flag.default(false).describe("serve the API without taking transactions or committing blocks"),
  logLevel: z.enum(["debug", "info", "warn", "error", "silent"]).default("info").describe("least level that is logged"),
});

export type OperatorConfig = z.output<typeof operatorOptions>;
export type FeePolicy = OperatorConfig["fees"];

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
