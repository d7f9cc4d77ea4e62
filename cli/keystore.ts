import { readdirSync } from "node:fs";
import { basename } from "node:path";
import type { Address, Hex } from "viem";
import { generatePrivateKey, privateKeyToAddress } from "viem/accounts";
import { z } from "zod";
import { CliError } from "./errors.ts";
import { isMissing, readJsonFile, readTextFile, writePrivateFile } from "./files.ts";
import type { DataPaths } from "./paths.ts";

export interface AccountEntry {
  readonly name: string;
  /** Lowercase. */
  readonly address: Address;
}

/** How much work a guess at the password costs (scrypt N): `light` is for development chains and tests only. */
export type KeystoreStrength = "standard" | "light";

const SCRYPT_N: Readonly<Record<KeystoreStrength, number>> = { standard: 131_072, light: 4_096 };

// Of a keystore only the address is read here; everything else is for whoever decrypts it.
const keystoreSchema = z.looseObject({ address: z.string().regex(/^(0x)?[0-9a-fA-F]{40}$/) });

/** Makes a key from the system's randomness and stores it encrypted. Throws ACCOUNT_EXISTS. */
export function createAccount(
  paths: DataPaths,
  name: string,
  password: string,
  strength: KeystoreStrength,
): Promise<AccountEntry> {
  return importAccount(paths, name, generatePrivateKey(), password, strength);
}

/** Stores a key encrypted under `name`. Throws ACCOUNT_EXISTS, KEY_MALFORMED. */
export async function importAccount(
  paths: DataPaths,
  name: string,
  privateKey: Hex,
  password: string,
  strength: KeystoreStrength,
): Promise<AccountEntry> {
  const address = addressOf(privateKey);
  const path = paths.account(checkedName(name));
  if (readTextFile(path) !== undefined) throw new CliError("ACCOUNT_EXISTS", `there is an account "${name}" already`);
  const twin = listAccounts(paths).find((account) => account.address === address);
  if (twin) throw new CliError("ACCOUNT_EXISTS", `this key is stored already, as "${twin.name}"`);
  // Loaded on first use: most commands never touch a key.
  const { encryptKeystoreJson } = await import("ethers/wallet");
  const scrypt = { N: SCRYPT_N[strength], r: 8, p: 1 };
  writePrivateFile(path, `${await encryptKeystoreJson({ address, privateKey }, password, { scrypt })}\n`);
  return { name, address };
}

/** Every account of the data directory, by name. */
export function listAccounts(paths: DataPaths): AccountEntry[] {
  return fileNames(paths.accounts)
    .filter((file) => file.endsWith(".json"))
    .map((file) => basename(file, ".json"))
    .sort()
    .map((name) => readEntry(paths, name));
}

/**
 * The account a person means: by name or by address, or the only one there is. Throws ACCOUNT_NONE, ACCOUNT_UNKNOWN,
 * ACCOUNT_AMBIGUOUS.
 */
export function findAccount(paths: DataPaths, nameOrAddress: string | undefined): AccountEntry {
  const accounts = listAccounts(paths);
  const [first, ...others] = accounts;
  if (!first) throw new CliError("ACCOUNT_NONE", `there is no account in ${paths.root}`);
  if (nameOrAddress === undefined) {
    if (others.length > 0) throw new CliError("ACCOUNT_AMBIGUOUS", `there are ${accounts.length} accounts`);
    return first;
  }
  const found = accounts.find(({ name, address }) => name === nameOrAddress || address === nameOrAddress.toLowerCase());
  if (!found) throw new CliError("ACCOUNT_UNKNOWN", `there is no account "${nameOrAddress}" in ${paths.root}`);
  return found;
}

/** Decrypts an account's key. Throws PASSWORD_WRONG, FILE_DAMAGED. */
export async function unlockAccount(paths: DataPaths, name: string, password: string): Promise<Hex> {
  const json = readTextFile(paths.account(name));
  if (json === undefined) throw new CliError("ACCOUNT_UNKNOWN", `there is no account "${name}" in ${paths.root}`);
  const { decryptKeystoreJson } = await import("ethers/wallet");
  let privateKey: string;
  try {
    ({ privateKey } = await decryptKeystoreJson(json, password));
  } catch (cause) {
    if (cause instanceof Error && cause.message.includes("incorrect password")) {
      throw new CliError("PASSWORD_WRONG", `the password does not open account "${name}"`);
    }
    throw new CliError("FILE_DAMAGED", `${paths.account(name)} is not a keystore that can be opened`);
  }
  return checkedKey(privateKey);
}

/** A private key as typed: 64 hex digits, with or without 0x. The text never appears in an error. */
export function checkedKey(text: string): Hex {
  const digits = text.trim().replace(/^0x/, "");
  if (!/^[0-9a-fA-F]{64}$/.test(digits)) throw new CliError("KEY_MALFORMED", "that is not a private key");
  return `0x${digits.toLowerCase()}`;
}

function addressOf(privateKey: Hex): Address {
  try {
    return privateKeyToAddress(privateKey).toLowerCase() as Address;
  } catch {
    // The cause is dropped on purpose: libraries quote the key.
    throw new CliError("KEY_MALFORMED", "that is not a private key of secp256k1");
  }
}

function checkedName(name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) {
    throw new CliError("USAGE", `"${name}" is not a name: letters, digits, dot, dash and underscore only`);
  }
  return name;
}

function readEntry(paths: DataPaths, name: string): AccountEntry {
  const keystore = readJsonFile(paths.account(name), keystoreSchema);
  if (!keystore) throw new CliError("ACCOUNT_UNKNOWN", `there is no account "${name}" in ${paths.root}`);
  return { name, address: `0x${keystore.address.replace(/^0x/, "").toLowerCase()}` };
}

function fileNames(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (cause) {
    if (isMissing(cause)) return [];
    throw new CliError("FILE_UNREADABLE", `cannot read ${directory}`, { cause });
  }
}
