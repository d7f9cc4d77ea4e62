import type { Signer } from "../protocol/signature.ts";
import type { Wallet } from "./client.ts";
import { clientError } from "./errors.ts";

/**
 * Signs digests with the wallet's own key, without showing what they stand for: for what a person has agreed to once and signs thousands of
 * times.
 * @throws WALLET_NEEDED for a wallet that does not have its key here
 */
export function signerOf({ account }: Pick<Wallet, "account">): Pick<Signer, "sign"> {
  const { sign } = account;
  if (account.type !== "local" || !sign)
    throw clientError("WALLET_NEEDED", "this needs a wallet that has its key here");
  return { sign: ({ hash }) => sign({ hash }) };
}
