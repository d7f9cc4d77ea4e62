import { type Hex, keccak256 } from "viem";
import { fromHex } from "../protocol/bytes.ts";
import { decodeSecret, hashOfSecret } from "../protocol/conditions/hashTimeLock.ts";
import { decodeWitness } from "../protocol/witness.ts";
import { type Client, requireWallet } from "./client.ts";
import { ClientError, clientError } from "./errors.ts";
import { listInFlightExits } from "./inFlightExits.ts";

/**
 * The secret of a hash time-lock, made of the wallet's own signature over a text with `salt` in it. So it is in no file: whoever has the key
 * and the salt has it again. Only for wallets whose signatures are deterministic (RFC 6979), as keys in a keystore are.
 */
export async function deriveSecret(client: Client, salt: Hex): Promise<Hex> {
  const { wallet } = requireWallet(client);
  const message = `Secret of a hash time-lock on a Plasma chain. Whoever has this signature can claim it.\n${salt}`;
  return keccak256(await wallet.signMessage({ account: wallet.account, message }));
}

/**
 * The secret of a lock, from whoever claimed it: from the block that holds the claim, as the operator shows it, or from an in-flight exit on L1.
 * Nobody is believed: the hash decides.
 * @throws SECRET_UNKNOWN
 */
export async function findSecret(
  client: Client,
  { outputId, hash }: { readonly outputId: Hex; readonly hash: Hex },
): Promise<Hex> {
  const spend = await client.operator.call("plasma_getSpend", outputId).catch((error: unknown) => {
    if (error instanceof ClientError) return null;
    throw error;
  });
  const exits = await listInFlightExits(client);
  const witnesses = [...(spend ? [spend.witness] : []), ...exits.map(({ witness }) => witness)];
  for (const witness of witnesses) {
    const secret = secretIn(witness, hash);
    if (secret !== undefined) return secret;
  }
  throw clientError("SECRET_UNKNOWN", `no claim that shows the secret with the hash ${hash} is known`, { hash });
}

/** The secret with this hash that a witness shows; undefined where it shows none. */
export function secretIn(witness: Hex, hash: Hex): Hex | undefined {
  for (const { args } of decodeWitness(fromHex(witness)).reveals) {
    const secret = args.length === 32 ? decodeSecret(args) : undefined;
    if (secret !== undefined && hashOfSecret(secret) === hash) return secret;
  }
  return undefined;
}
