import { randomBytes } from "node:crypto";
import type { Hex } from "viem";
import { z } from "zod";
import { lastSafeStart } from "../client/deadlines.ts";
import { type GuardedOutput, requireShipped } from "../client/guardedOutputs.ts";
import { deriveSecret } from "../client/secrets.ts";
import { toHex } from "../protocol/bytes.ts";
import { decodeHashTimeLock, type HashTimeLock, hashOfSecret } from "../protocol/conditions/hashTimeLock.ts";
import { hashSchema } from "../protocol/json.ts";
import { openGuarded, type ShownTerms } from "./guarded.ts";
import { describeTime } from "./names.ts";
import { readRequired } from "./proofFile.ts";
import type { WalletSession } from "./session.ts";

/** A hash time-lock that stands on its chain. */
export interface Lock {
  readonly output: GuardedOutput;
  readonly terms: HashTimeLock;
}

/** The file that carries a secret from one chain to the other. */
const secretSchema = z.object({ secret: hashSchema });

/** Throws CONDITION_MISMATCH, CONDITION_PARAMS_INVALID, and like `openGuarded`. */
export async function openLock(session: WalletSession, written: string): Promise<Lock> {
  const output = await openGuarded(session, written);
  await requireShipped(session.client, "hashTimeLock", output.guard);
  return { output, terms: decodeHashTimeLock(output.guard.params) };
}

/** The hash of a new secret of the wallet's; of what it is made is on disk, the secret itself is not. */
export async function makeSecret({ client, store }: WalletSession): Promise<Hex> {
  const salt = toHex(randomBytes(32));
  const hash = hashOfSecret(await deriveSecret(client, salt));
  store.saveSalt(hash, salt);
  return hash;
}

/** The secret with this hash, if this wallet made it. */
export async function ownSecret({ client, store }: WalletSession, hash: Hex): Promise<Hex | undefined> {
  const salt = store.salt(hash);
  return salt && deriveSecret(client, salt);
}

/** Throws FILE_UNREADABLE, FILE_DAMAGED. */
export function readSecretFile(path: string): Hex {
  return readRequired(path, secretSchema).secret;
}

export function secretDocument(secret: Hex): z.input<typeof secretSchema> {
  return { secret };
}

/** Terms of a lock for both readers; `now` is L1 time. */
export function lockTerms({ hash, receiver, timeout }: HashTimeLock, minExitPeriod: number, now: number): ShownTerms {
  const claimBefore = lastSafeStart(timeout, minExitPeriod);
  return {
    data: { hash, receiver, timeout, claimBefore },
    lines: [
      ["hash", hash],
      ["receiver", receiver],
      ["claimed before", describeTime(claimBefore, now)],
      ["goes back from", describeTime(timeout, now)],
    ],
  };
}
