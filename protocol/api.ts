import * as z from "zod";
import { PROTOCOL_ERRORS, type ProtocolErrorCode } from "./errors.ts";
import {
  addressSchema,
  bytesSchema,
  countSchema,
  hashSchema,
  headerSchema,
  outputSchema,
  quantitySchema,
  timestampSchema,
} from "./json.ts";
import { exitProofSchema } from "./proof.ts";
import { preimagesSchema, spendSchema } from "./spend.ts";

/** Limits of the service itself; those of consensus are LIMITS. */
export const API_LIMITS = {
  /** Transactions in one plasma_sendTransactions. */
  maxTransactionsPerCall: 1_000,
  /** Positions in one plasma_getProofs. */
  maxProofsPerCall: 1_000,
  /** Entries in one page. */
  maxPageSize: 1_000,
  defaultPageSize: 100,
} as const;

/** Refusals that are the service's own, in the form of PROTOCOL_ERRORS. Negative integers are JSON-RPC's. */
export const SERVICE_ERRORS = {
  PARSE_ERROR: [-32700, "The request is not JSON."],
  INVALID_REQUEST: [-32600, "The JSON is not a JSON-RPC 2.0 request."],
  METHOD_NOT_FOUND: [-32601, "There is no such method."],
  INVALID_PARAMS: [-32602, "The parameters do not have the shape that the method asks for."],
  INTERNAL_ERROR: [-32603, "The service failed; the request may be sent again."],
  FEE_TOO_LOW: [3001, "The transaction pays less than the operator's fee in every token that it takes."],
  BODY_TOO_LARGE: [3002, "The request has too many bytes."],
  BATCH_TOO_LARGE: [3003, "The batch has too many requests."],
  RATE_LIMITED: [3004, "Too many requests; send slower."],
  TOO_MANY_SUBSCRIPTIONS: [3005, "The connection has too many subscriptions."],
  SUBSCRIPTION_UNKNOWN: [3006, "The connection has no such subscription."],
  WEBSOCKET_REQUIRED: [3007, "Subscriptions need a WebSocket connection."],
  OUTPUT_UNKNOWN: [3008, "There is no output at this position."],
  NOT_COMMITTED: [3009, "The block is not committed on L1 yet; ask again later."],
  NOT_READY: [3010, "The service is not in step with L1; send again later."],
  SHUTTING_DOWN: [3011, "The service is stopping; send again later."],
  STORE_UNAVAILABLE: [3012, "The service cannot write to its disk; nothing was accepted."],
  RESPONSE_TOO_LARGE: [3014, "The answers of one batch have too many bytes; ask in parts."],
  OVERLOADED: [3013, "Too many transactions wait; send again later."],
  CONDITION_UNAVAILABLE: [3015, "A spending condition cannot be run now; send again later."],
} as const satisfies Record<string, readonly [number: number, meaning: string]>;

export type ApiErrorCode = ProtocolErrorCode | keyof typeof SERVICE_ERRORS;

/** All refusals of the API by name. */
export const API_ERRORS: Readonly<Record<ApiErrorCode, readonly [number: number, meaning: string]>> = {
  ...SERVICE_ERRORS,
  ...PROTOCOL_ERRORS,
};

/** An error object of JSON-RPC. Callers switch on `data.code`. */
export const rpcErrorSchema = z.object({
  code: z.int(),
  message: z.string(),
  data: z.object({ code: z.enum(Object.keys(API_ERRORS) as [ApiErrorCode, ...ApiErrorCode[]]) }).loose(),
});

/** How far an entry has come: acknowledged and on disk, in a sealed block, its root on L1. */
export const entryStatusSchema = z.enum(["pending", "sealed", "committed"]);

/** How far an output has come. A deposit is unconfirmed until L1 is final enough for the operator. */
export const outputStatusSchema = z.enum([
  "unconfirmed",
  "pending",
  "sealed",
  "committed",
  "exiting",
  "exited",
  "spent",
]);

export const receiptSchema = z.object({
  txId: hashSchema,
  blockNumber: quantitySchema,
  txIndex: countSchema,
  status: entryStatusSchema,
});

export const ledgerOutputSchema = outputSchema.extend({
  position: quantitySchema,
  outputId: hashSchema,
  status: outputStatusSchema,
});

export const transactionSchema = receiptSchema.extend({
  /** Of its first output. */
  position: quantitySchema,
  raw: bytesSchema,
  /** Null while pending. */
  sealedAt: timestampSchema.nullable(),
});

/** A sealed or committed block; what the commit decides is null before it. */
export const blockSchema = headerSchema.extend({
  parentHash: hashSchema.nullable(),
  timestamp: timestampSchema.nullable(),
  hash: hashSchema.nullable(),
  status: entryStatusSchema,
  /** L1 transaction of the commit. */
  commitTxHash: hashSchema.nullable(),
});

/** What happened to a standard exit, or in the in-flight exit of a transaction. */
export const exitEventSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("standard"),
    outputId: hashSchema,
    position: quantitySchema,
    token: addressSchema,
    startedAt: timestampSchema,
    status: z.enum(["started", "challenged", "finalised"]),
  }),
  z.object({
    kind: z.literal("inFlight"),
    txId: hashSchema,
    startedAt: timestampSchema,
    move: z.enum(["started", "piggybacked", "contested", "answered", "pieceChallenged", "decided", "deleted", "ended"]),
  }),
]);

/** An in-flight exit with all that it takes to play it. Places are block << 32 | index, all ones for a competitor in no block. */
export const inFlightExitSchema = z.object({
  txId: hashSchema,
  /** The id of its entries, one in the queue of every token that has a piece. */
  entryId: hashSchema,
  terms: z.object({
    startedAt: timestampSchema,
    exitableAt: timestampSchema,
    /** Block behind which the last of the transaction's conditions was registered (R9). */
    registeredBehind: quantitySchema,
    position: quantitySchema,
    /** In wei, of the exit and of each piggyback. */
    bond: quantitySchema,
    starter: addressSchema,
  }),
  body: bytesSchema,
  witness: bytesSchema,
  /** What its inputs were, in order. */
  inputs: preimagesSchema,
  /** Piggybacked and not challenged, ascending: 0 to 7 are inputs, 8 + i is output i. */
  pieces: z.array(z.int().min(0).max(15)).readonly(),
  contested: z.boolean(),
  settled: z.boolean(),
  verdict: z.enum(["none", "canonical", "not canonical"]),
  /** Place of the oldest competitor, or of the transaction once it was shown included; null while nothing stands. */
  oldest: quantitySchema.nullable(),
  /** The competitor that stands. */
  competitorId: hashSchema.nullable(),
  /** Who gets the exit's bond as things are. */
  bondOwner: addressSchema,
  status: z.enum(["open", "deleted", "ended"]),
  /** L1 transaction of the start. */
  startTxHash: hashSchema,
});

const feeSchema = z.object({
  token: addressSchema,
  /** Least fee of a transaction, in the token's smallest unit. */
  amount: quantitySchema,
  /** Whether a transaction that merges one owner's outputs into one pays nothing. */
  mergeFree: z.boolean(),
});

export const statusSchema = z.object({
  chainId: quantitySchema,
  contract: addressSchema,
  clientVersion: z.string(),
  /** Newest sealed block. */
  latestBlock: quantitySchema,
  committedBlock: quantitySchema,
  pendingTransactions: countSchema,
  l1Head: z.object({ number: quantitySchema, timestamp: timestampSchema }),
  /** L1 blocks that the follower is behind. */
  followerLag: countSchema,
  feePolicy: z.array(feeSchema),
  limits: z.record(z.string(), z.number()),
  /** What recovers signatures: "secp256k1" (native) or "noble" (JavaScript). */
  signatureLibrary: z.string(),
});

const rawSchema = bytesSchema;
const pageSchema = {
  limit: z.int().min(1).max(API_LIMITS.maxPageSize).optional(),
  /** From the page before. */
  cursor: z.string().max(200).optional(),
};
const nextPageSchema = { cursor: z.string().optional() };
const topicSchema = z.enum(["blocks", "transactions", "exits"]);

/** Every method: what it is for, its positional parameters and its result. */
export const API_METHODS = {
  plasma_sendTransaction: {
    summary:
      "Submits a signed transaction. The answer names its final place; the same bytes get the same answer again.",
    paramNames: ["raw"],
    params: z.tuple([rawSchema]),
    result: receiptSchema,
  },
  plasma_sendTransactions: {
    summary: "Submits up to 1,000 signed transactions in order; each has an answer of its own.",
    paramNames: ["raws"],
    params: z.tuple([z.array(rawSchema).max(API_LIMITS.maxTransactionsPerCall)]),
    result: z.array(z.union([receiptSchema, z.object({ error: rpcErrorSchema })])),
  },
  plasma_getOutputs: {
    summary: "Unspent outputs of an address, oldest first; those with a condition name it as their refund address.",
    paramNames: ["query"],
    params: z.tuple([z.object({ address: addressSchema, token: addressSchema.optional(), ...pageSchema })]),
    result: z.object({ outputs: z.array(ledgerOutputSchema), ...nextPageSchema }),
  },
  plasma_getOutput: {
    summary: "The output created at a position, spent or not.",
    paramNames: ["position"],
    params: z.tuple([quantitySchema]),
    result: ledgerOutputSchema.nullable(),
  },
  plasma_getBalance: {
    summary: "Sums of the plain unspent outputs of an address per token: committed, and not yet committed.",
    paramNames: ["address"],
    params: z.tuple([addressSchema]),
    result: z.array(z.object({ token: addressSchema, confirmed: quantitySchema, pending: quantitySchema })),
  },
  plasma_getTransaction: {
    summary: "A transaction by its id.",
    paramNames: ["txId"],
    params: z.tuple([hashSchema]),
    result: transactionSchema.nullable(),
  },
  plasma_getTransactions: {
    summary: "Transactions that spend from or pay to an address, newest first.",
    paramNames: ["query"],
    params: z.tuple([z.object({ address: addressSchema, ...pageSchema })]),
    result: z.object({ transactions: z.array(transactionSchema), ...nextPageSchema }),
  },
  plasma_getProof: {
    summary: "The proof file of a committed output: all that its owner needs to exit.",
    paramNames: ["position"],
    params: z.tuple([quantitySchema]),
    result: exitProofSchema,
  },
  plasma_getProofs: {
    summary: "The proof files of up to 1,000 committed outputs, in the order of the positions.",
    paramNames: ["positions"],
    params: z.tuple([z.array(quantitySchema).max(API_LIMITS.maxProofsPerCall)]),
    result: z.array(exitProofSchema),
  },
  plasma_getSpend: {
    summary: "The transaction that spends an output, with all that a challenge has to show.",
    paramNames: ["outputId"],
    params: z.tuple([hashSchema]),
    result: spendSchema.extend({ txId: hashSchema, blockNumber: quantitySchema, txIndex: countSchema }).nullable(),
  },
  plasma_getSpends: {
    summary:
      "Every known transaction that spends an output: the one in the chain, and those that L1 was shown in flight, whose place is null.",
    paramNames: ["outputId"],
    params: z.tuple([hashSchema]),
    result: z.array(
      spendSchema.extend({
        txId: hashSchema,
        blockNumber: quantitySchema.nullable(),
        txIndex: countSchema.nullable(),
      }),
    ),
  },
  plasma_getInFlightExit: {
    summary: "The open in-flight exit of a transaction, or else its last one.",
    paramNames: ["txId"],
    params: z.tuple([hashSchema]),
    result: inFlightExitSchema.nullable(),
  },
  plasma_getInFlightExits: {
    summary: "The open in-flight exits, oldest first.",
    paramNames: ["page"],
    params: z.tuple([z.object(pageSchema)]),
    result: z.object({ inFlightExits: z.array(inFlightExitSchema), ...nextPageSchema }),
  },
  plasma_getBlock: {
    summary: "A sealed block by number, or the latest.",
    paramNames: ["number"],
    params: z.tuple([z.union([quantitySchema, z.literal("latest")])]),
    result: blockSchema.nullable(),
  },
  plasma_getBlockTransactions: {
    summary: "The entries of a sealed block as they stand in it, fee claims included.",
    paramNames: ["query"],
    params: z.tuple([z.object({ number: quantitySchema, ...pageSchema })]),
    result: z.object({ entries: z.array(bytesSchema), ...nextPageSchema }),
  },
  plasma_status: {
    summary: "Which chain this is, how far it has come and what the operator asks for.",
    paramNames: [],
    params: z.tuple([]),
    result: statusSchema,
  },
  plasma_fees: {
    summary: "The tokens that the operator takes as fees, and how much of each.",
    paramNames: [],
    params: z.tuple([]),
    result: z.array(feeSchema),
  },
  plasma_subscribe: {
    summary:
      "WebSocket only. Sends blocks, transactions of an address, or exits, as plasma_subscription notifications.",
    paramNames: ["topic", "filter"],
    params: z
      .tuple([topicSchema, z.object({ address: addressSchema }).optional()])
      .refine(([topic, filter]) => (topic === "transactions") === (filter !== undefined), {
        error: "a filter belongs to the topic transactions, and only there",
      }),
    result: z.string(),
  },
  plasma_unsubscribe: {
    summary: "WebSocket only. Ends a subscription.",
    paramNames: ["subscription"],
    params: z.tuple([z.string()]),
    result: z.boolean(),
  },
} as const satisfies Record<string, MethodDefinition>;

/** What the notifications of each topic carry in `params.result`. */
export const SUBSCRIPTION_RESULTS = {
  blocks: blockSchema,
  transactions: transactionSchema,
  exits: exitEventSchema,
} as const satisfies Record<z.output<typeof topicSchema>, z.ZodType>;

/** A method as its callers, its service and its documentation know it. */
export interface MethodDefinition {
  readonly summary: string;
  readonly paramNames: readonly string[];
  readonly params: z.ZodType<readonly unknown[], readonly unknown[]> & {
    readonly def: { readonly items: readonly z.ZodType[] };
  };
  readonly result: z.ZodType;
}

export type ApiMethod = keyof typeof API_METHODS;
/** Parameters and result as the program has them: bigint amounts, lowercase hex. */
export type ApiParams<M extends ApiMethod> = z.output<(typeof API_METHODS)[M]["params"]>;
export type ApiResult<M extends ApiMethod> = z.output<(typeof API_METHODS)[M]["result"]>;
/** The same as JSON. */
export type ApiParamsJson<M extends ApiMethod> = z.input<(typeof API_METHODS)[M]["params"]>;
export type ApiResultJson<M extends ApiMethod> = z.input<(typeof API_METHODS)[M]["result"]>;

export type Receipt = z.output<typeof receiptSchema>;
export type RpcError = z.output<typeof rpcErrorSchema>;
