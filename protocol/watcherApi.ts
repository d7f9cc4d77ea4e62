import * as z from "zod";
import { API_LIMITS, API_METHODS, type MethodDefinition } from "./api.ts";
import { bytesSchema, countSchema, quantitySchema, timestampSchema } from "./json.ts";

/** What a watcher has to say. Times are L1's. */
export const alertSchema = z.object({
  id: countSchema,
  /** One of a closed list; the runbook has a section for each. */
  code: z.string(),
  severity: z.enum(["critical", "warning", "info"]),
  /** What it is about, such as "block 12". */
  subject: z.string(),
  /** What has happened, and what to do. */
  meaning: z.string(),
  action: z.string(),
  /** By when to act. */
  deadline: timestampSchema.nullable(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  raisedAt: timestampSchema,
  /** Null while it is the case. */
  resolvedAt: timestampSchema.nullable(),
});

/** What a watcher did on L1. */
export const moveSchema = z.object({
  id: countSchema,
  kind: z.enum([
    "challengeExit",
    "contest",
    "respond",
    "challengePiece",
    "challengeIncluded",
    "piggyback",
    "delete",
    "process",
    "startExit",
    "startInFlightExit",
  ]),
  subject: z.string(),
  deadline: timestampSchema.nullable(),
  decidedAt: timestampSchema,
  outcome: z.enum(["sent", "mined", "settled", "overtaken", "stood down"]),
});

/** How far the committed chain is verified. */
export const verificationSchema = z.object({
  /** Newest block of the valid chain, from the first block on. */
  validBlock: quantitySchema,
  committedBlock: quantitySchema,
  /** The first block that broke a rule. */
  fault: z
    .object({ block: quantitySchema, txIndex: countSchema.nullable(), rule: z.string(), message: z.string() })
    .nullable(),
  /** Committed blocks that nobody has shown. */
  missing: z.array(quantitySchema),
  /** The account that acts, or null. */
  account: z.string().nullable(),
});

const pageSchema = {
  limit: z.int().min(1).max(API_LIMITS.maxPageSize).optional(),
  cursor: z.string().max(200).optional(),
};

/** What a watcher answers besides the methods of every service. */
export const WATCHER_METHODS = {
  plasma_getAlerts: {
    summary: "Alerts, oldest first: those that are the case now, or all that were ever raised.",
    paramNames: ["query"],
    params: z.tuple([z.object({ all: z.boolean().optional(), ...pageSchema })]),
    result: z.object({ alerts: z.array(alertSchema), cursor: z.string().optional() }),
  },
  plasma_getMoves: {
    summary: "What the watcher did on L1 and what became of it, oldest first.",
    paramNames: ["page"],
    params: z.tuple([z.object(pageSchema)]),
    result: z.object({ moves: z.array(moveSchema), cursor: z.string().optional() }),
  },
  plasma_getVerification: {
    summary: "How far the committed chain is verified.",
    paramNames: [],
    params: z.tuple([]),
    result: verificationSchema,
  },
  plasma_keepTransaction: {
    summary:
      "Tells of a signed transaction that may be in no block: it is kept as evidence for challenges. Answers whether it is complete and spends what is known.",
    paramNames: ["raw"],
    params: z.tuple([bytesSchema]),
    result: z.boolean(),
  },
} as const satisfies Record<string, MethodDefinition>;

/** Everything that a watcher answers. */
export const WATCHER_API = { ...API_METHODS, ...WATCHER_METHODS } as const;

export type WatcherMethod = keyof typeof WATCHER_API;
export type WatcherParams<M extends WatcherMethod> = z.output<(typeof WATCHER_API)[M]["params"]>;
export type WatcherResult<M extends WatcherMethod> = z.output<(typeof WATCHER_API)[M]["result"]>;
