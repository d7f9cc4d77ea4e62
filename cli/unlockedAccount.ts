import type { LocalAccount } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { Context } from "./context.ts";
import { findAccount, unlockAccount } from "./keystore.ts";

/** The account that a service acts with, opened. Throws like `findAccount` and `unlockAccount`. */
export async function unlockServiceAccount({ paths, settings, secrets }: Context): Promise<LocalAccount> {
  const { name } = findAccount(paths, settings.account);
  return privateKeyToAccount(await unlockAccount(paths, name, await secrets.password(`Password of account "${name}"`)));
}
