import * as z from "zod";
import { addressSchema } from "../protocol/json.ts";
import {
  chainOptions,
  listenOptions,
  logOptions,
  serverOptions,
  spendingOptions,
  switchOption,
  verifierOptions,
  wholeNumber,
} from "../runtime/serviceOptions.ts";

const webUrl = z.url({ protocol: /^https?$/ });

/** A list in JSON, or in text with commas. */
const listOf = <T extends z.ZodType>(item: T) =>
  z.preprocess(
    (value) => (typeof value === "string" ? value.split(",").filter((word) => word !== "") : value),
    z.array(item),
  );

/** Every option of the watcher service with its default. Sources and precedence: runtime/config.ts. */
export const watcherOptions = z.object({
  ...chainOptions,
  ...listenOptions(9645),
  sources: listOf(webUrl)
    .default(["http://127.0.0.1:9545"])
    .describe("services that blocks are fetched from, in this order: the operator, other watchers; with commas"),
  owners: listOf(addressSchema).default([]).describe("addresses whose in-flight exits are pointed out; with commas"),
  act: switchOption.default(false).describe("send what defends the chain to L1, with the account's key"),
  exitOwn: switchOption
    .default(false)
    .describe(
      "take the account's own outputs to L1 when the chain has gone bad, and join its in-flight exits; needs --act",
    ),
  exitKits: switchOption
    .default(false)
    .describe("the same with the outputs of guarded owners who permit it, for their kits; needs --act"),
  kits: z.string().min(1).optional().describe("directory with the kits of owners who are guarded"),
  exitDelaySeconds: wholeNumber(0, 31_536_000)
    .default(3_600)
    .describe("L1 time that a chain is bad, seen by this run, before outputs exit"),
  ...verifierOptions,
  ...spendingOptions,
  webhookUrl: webUrl.optional().describe("where alerts are posted"),
  webhookSecretFile: z
    .string()
    .min(1)
    .optional()
    .describe("file with the secret that signs what is posted; or the variable PLASMA_WEBHOOK_SECRET"),
  ...serverOptions,
  ...logOptions,
});

export type WatcherConfig = z.output<typeof watcherOptions>;
