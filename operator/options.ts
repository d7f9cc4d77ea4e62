import * as z from "zod";
import { MAX_BLOCKS_PER_CALL } from "../protocol/generated/constants.ts";
import { ZERO_ADDRESS } from "../protocol/hashing.ts";
import { addressSchema } from "../protocol/json.ts";
import { LIMITS } from "../protocol/limits.ts";
import { ETH } from "../protocol/output.ts";
import {
  bigintOption,
  chainOptions,
  listenOptions,
  logOptions,
  serverOptions,
  spendingOptions,
  switchOption,
  verifierOptions,
  wholeNumber,
} from "../runtime/serviceOptions.ts";

/** A token that is taken as a fee. */
const feeSchema = z.strictObject({
  token: addressSchema.default(ETH),
  amount: bigintOption,
  mergeFree: z.boolean().default(true),
});

const feesSchema = z.preprocess(
  (value) => (typeof value === "string" ? parseJson(value) : value),
  z.array(feeSchema, { error: 'must be a JSON array such as [{"token":"0x…","amount":"1000"}]' }),
);

/** Every option of the operator service with its default. Sources and precedence: runtime/config.ts. */
export const operatorOptions = z.object({
  ...chainOptions,
  ...listenOptions(9545),
  blockIntervalMs: wholeNumber(10, 3_600_000)
    .default(5_000)
    .describe("a block is sealed this long after its first transaction"),
  maxBlockTransactions: wholeNumber(16, LIMITS.maxBlockTransactions)
    .default(100_000)
    .describe("a block is sealed at this size"),
  maxBlockBytes: wholeNumber(2 ** 20, LIMITS.maxBlockBytes)
    .default(64 * 2 ** 20)
    .describe("a block is sealed at this many bytes"),
  maxBlocksPerCommit: wholeNumber(1, MAX_BLOCKS_PER_CALL)
    .default(64)
    .describe("blocks committed by one L1 transaction"),
  maxWaitingTransactions: wholeNumber(1, 1_000_000)
    .default(50_000)
    .describe("transactions taken in before the service says OVERLOADED"),
  maxWaitMs: wholeNumber(10, 600_000)
    .default(1_000)
    .describe("nothing is taken in that would wait longer than this; the service says OVERLOADED"),
  fees: feesSchema.default([]).describe("tokens taken as fees: JSON array of {token, amount, mergeFree}"),
  feeRecipient: addressSchema
    .refine((address) => address !== ZERO_ADDRESS, "must not be the zero address")
    .optional()
    .describe("owner of the collected fees; default: the operator's account"),
  ...verifierOptions,
  maxFeePerGasGwei: spendingOptions.maxFeePerGasGwei,
  maxCommitCostEth: spendingOptions.maxCostEth,
  maxDailyCostEth: spendingOptions.maxDailyCostEth,
  replaceAfterMs: spendingOptions.replaceAfterMs,
  ...serverOptions,
  readOnly: switchOption.default(false).describe("serve the API without taking transactions or committing blocks"),
  ...logOptions,
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
