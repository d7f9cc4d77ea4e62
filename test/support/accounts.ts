import type { Address } from "viem";
import { keccak256, stringToHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { Signer } from "../../protocol/signature.ts";

/** Account number `index` of the tests: the same key in every run, worth nothing anywhere. */
export function testAccount(index: number): Signer {
  const account = privateKeyToAccount(keccak256(stringToHex(`plasma test account ${index}`)));
  return { address: account.address.toLowerCase() as Address, sign: (parameters) => account.sign(parameters) };
}

/** The first `count` accounts, in ascending order of address. */
export function testAccounts(count: number): Signer[] {
  return Array.from({ length: count }, (_, index) => testAccount(index)).sort((a, b) =>
    a.address < b.address ? -1 : 1,
  );
}
