import * as z from "zod";
import { addressSchema, quantitySchema } from "../protocol/json.ts";
import { type ExitProof, exitProofSchema } from "../protocol/proof.ts";
import { type Client, requireWallet } from "./client.ts";
import { type AuthorizationRequest, authorizeExit, exitAuthorizationSchema } from "./exitAuthorization.ts";
import { type SavedTransaction, savedTransactionSchema } from "./savedTransaction.ts";

/**
 * All that somebody else needs to guard an owner, and no key: the transactions that he signed or relies on, with which wrong exits of
 * their inputs are challenged and which leave in flight; and, where he signed that, permissions to start his exits (R30), which pay
 * nobody but him.
 */
export const guardKitSchema = z.strictObject({
  version: z.literal(1),
  chainId: quantitySchema,
  contract: addressSchema,
  owner: addressSchema,
  transactions: z.array(savedTransactionSchema),
  exits: z.array(z.object({ proof: exitProofSchema, authorization: exitAuthorizationSchema })),
});

export type GuardKit = z.output<typeof guardKitSchema>;

export interface KitRequest {
  readonly transactions: readonly SavedTransaction[];
  /** Outputs whose exits may be started, by whom and until when; the wallet signs one permission each. */
  readonly exits: readonly AuthorizationRequest[];
}

/** Puts together the kit of the wallet's owner. Throws NOT_OWNER. */
export async function makeGuardKit(client: Client, { transactions, exits }: KitRequest): Promise<GuardKit> {
  const { address } = requireWallet(client);
  const permitted: GuardKit["exits"] = [];
  for (const request of exits) {
    permitted.push({ proof: request.proof, authorization: await authorizeExit(client, request) });
  }
  return {
    version: 1,
    ...client.domain,
    owner: address,
    transactions: transactions.map(({ raw, inputs, inclusion }) => ({
      raw,
      inputs: [...inputs],
      ...(inclusion && { inclusion }),
    })),
    exits: permitted,
  };
}

/** The JSON document of a kit. */
export function serializeGuardKit(kit: GuardKit): z.input<typeof guardKitSchema> {
  return z.encode(guardKitSchema, kit);
}

/** Every proof in a kit: of inputs of its transactions, and of outputs that may exit. */
export function proofsIn({ transactions, exits }: GuardKit): ExitProof[] {
  return [...transactions.flatMap(({ inputs }) => inputs), ...exits.map(({ proof }) => proof)];
}
