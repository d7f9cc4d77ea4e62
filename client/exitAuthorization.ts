import { type Address, concatHex, type Hex, numberToHex } from "viem";
import * as z from "zod";
import { fromHex, toHex } from "../protocol/bytes.ts";
import { ZERO_ADDRESS } from "../protocol/hashing.ts";
import { addressSchema, bytesSchema, hashSchema, quantitySchema, timestampSchema } from "../protocol/json.ts";
import type { ExitProof } from "../protocol/proof.ts";
import { toCompactSignature } from "../protocol/signature.ts";
import { exitAuthorizationDigest, exitAuthorizationTypedDataOf } from "../protocol/typedData.ts";
import { type Client, requireWallet } from "./client.ts";
import { clientError } from "./errors.ts";

/** An owner's signed permission that somebody else starts the exit of one output (R30), as a file carries it. */
export const exitAuthorizationSchema = z.strictObject({
  position: quantitySchema,
  outputId: hashSchema,
  /** Who may use it; zero = anyone. */
  starter: addressSchema,
  /** L1 timestamp in seconds; a later authorisation for the same output needs a later one. */
  deadline: timestampSchema,
  /** EIP-2098. */
  signature: bytesSchema,
});

export type SignedExitAuthorization = z.output<typeof exitAuthorizationSchema>;

export interface AuthorizationRequest {
  readonly proof: ExitProof;
  readonly starter?: Address | undefined;
  readonly deadline: number;
}

/**
 * Lets somebody else start the exit of one's output and pay gas and bond for it: the bond comes back to him, the money goes
 * to the owner. Nothing is sent. Throws NOT_OWNER.
 */
export async function authorizeExit(client: Client, request: AuthorizationRequest): Promise<SignedExitAuthorization> {
  const { wallet, address } = requireWallet(client);
  const { proof, starter = ZERO_ADDRESS, deadline } = request;
  const { position, outputId, output } = proof;
  if (output.owner !== address) throw clientError("NOT_OWNER", `the output belongs to ${output.owner}`);
  const authorization = { position, outputId, starter, deadline };
  const typedData = exitAuthorizationTypedDataOf(authorization, client.domain);
  const signature = await wallet.signTypedData({ account: wallet.account, ...typedData });
  return { ...authorization, signature: toHex(toCompactSignature(signature)) };
}

/** Refuses what the contract would refuse. Throws AUTHORIZATION_INVALID. */
export function checkAuthorization(
  { domain, crypto }: Client,
  authorization: SignedExitAuthorization,
  { proof, starter, now }: { readonly proof: ExitProof; readonly starter: Address; readonly now: number },
): void {
  const refuse = (reason: string) => clientError("AUTHORIZATION_INVALID", `the authorisation ${reason}`);
  if (authorization.outputId !== proof.outputId || authorization.position !== proof.position) {
    throw refuse("is for another output");
  }
  if (authorization.starter !== ZERO_ADDRESS && authorization.starter !== starter) {
    throw refuse(`is for ${authorization.starter}`);
  }
  if (authorization.deadline < now) throw refuse("has ended");
  const digest = fromHex(exitAuthorizationDigest(authorization, domain, crypto.keccak256));
  if (crypto.recoverSigner(digest, fromHex(authorization.signature)) !== proof.output.owner) {
    throw refuse("is not signed by the owner");
  }
}

/** starter 20 | deadline 5 | signature 64: what the contract takes. */
export function encodeAuthorization({ starter, deadline, signature }: SignedExitAuthorization): Hex {
  return concatHex([starter, numberToHex(deadline, { size: 5 }), signature]);
}
