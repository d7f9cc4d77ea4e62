import type { Address, Hex } from "viem";
import { fromHex, toHex } from "../bytes.ts";
import { ProtocolError } from "../errors.ts";
import { type Keccak256, portableCrypto, ZERO_ADDRESS } from "../hashing.ts";
import type { LedgerOutput } from "../ledger.ts";
import type { Output } from "../output.ts";
import { guardedOutput, plainOutput, spendGuarded, type UnsignedSpend } from "./guardedOutput.ts";
import { decodeParams, encodeParams, invalidParams } from "./params.ts";

/**
 * The receiver may spend with the secret, the sender, who is the output's owner, from the timeout on (contracts/conditions/HashTimeLock.sol).
 */
export interface HashTimeLock {
  /** keccak256 of the secret, 32 bytes. */
  readonly hash: Hex;
  readonly receiver: Address;
  /** Unix seconds. */
  readonly timeout: number;
}

const TYPES = [{ type: "bytes32" }, { type: "address" }, { type: "uint40" }] as const;

/**
 * Params of the condition.
 * @throws CONDITION_PARAMS_INVALID for no receiver, or a timeout of zero, at which the sender could always spend
 */
export function encodeHashTimeLock(terms: HashTimeLock): Uint8Array {
  assertTerms(terms);
  return encodeParams(TYPES, [terms.hash, terms.receiver, terms.timeout]);
}

/**
 * What params say, if they are the ones that `encodeHashTimeLock` makes.
 * @throws CONDITION_PARAMS_INVALID
 */
export function decodeHashTimeLock(params: Uint8Array): HashTimeLock {
  const [hash, receiver, timeout] = decodeParams(TYPES, params);
  const terms = { hash, receiver: receiver.toLowerCase() as Address, timeout };
  assertTerms(terms);
  return terms;
}

/**
 * Args of a claim.
 * @throws HEX_INVALID unless the secret has 32 bytes
 */
export function encodeSecret(secret: Hex): Uint8Array {
  return fromHex(secret, 32);
}

/**
 * The secret that a claim shows to everybody; undefined for a refund.
 * @throws CONDITION_ARGS_INVALID
 */
export function decodeSecret(args: Uint8Array): Hex | undefined {
  if (args.length === 0) return undefined;
  if (args.length === 32) return toHex(args);
  throw new ProtocolError("CONDITION_ARGS_INVALID", `a secret has 32 bytes, not ${args.length}`, {
    length: args.length,
  });
}

/**
 * What a lock names instead of its secret.
 * @throws HEX_INVALID unless the secret has 32 bytes
 */
export function hashOfSecret(secret: Hex, keccak: Keccak256 = portableCrypto.keccak256): Hex {
  return toHex(keccak(encodeSecret(secret)));
}

/**
 * Money that the receiver claims with the secret, or the sender takes back.
 * @throws CONDITION_PARAMS_INVALID, HEX_INVALID
 */
export function hashTimeLockOutput(
  condition: Address,
  terms: HashTimeLock,
  { sender, token, amount }: Pick<Output, "token" | "amount"> & { readonly sender: Address },
): Output {
  return guardedOutput({ condition, params: encodeHashTimeLock(terms) }, { owner: sender, token, amount });
}

/**
 * The receiver's claim, for him to sign. It never expires, and where it is not in a validated block in time he starts its in-flight exit more
 * than half a minimum exit period before the timeout.
 * @throws CONDITION_MISMATCH, CONDITION_PARAMS_INVALID, HEX_INVALID; CONDITION_ARGS_INVALID for a secret with another hash
 */
export function claimHashTimeLock(
  lock: LedgerOutput,
  condition: Address,
  terms: HashTimeLock,
  { secret, to = terms.receiver, fee }: { readonly secret: Hex; readonly to?: Address; readonly fee: bigint },
): UnsignedSpend {
  if (hashOfSecret(secret) !== terms.hash) {
    throw new ProtocolError("CONDITION_ARGS_INVALID", "the secret does not have the hash that the lock names", {
      hash: terms.hash,
    });
  }
  const guard = { condition, params: encodeHashTimeLock(terms) };
  const { token, amount } = lock.output;
  return spendGuarded(lock, guard, encodeSecret(secret), [plainOutput(to, token, amount - fee)]);
}

/**
 * The sender's refund, for her to sign: good in blocks from the timeout on.
 * @throws CONDITION_MISMATCH, CONDITION_PARAMS_INVALID, HEX_INVALID
 */
export function refundHashTimeLock(
  lock: LedgerOutput,
  condition: Address,
  terms: HashTimeLock,
  { to = lock.output.owner, fee }: { readonly to?: Address; readonly fee: bigint },
): UnsignedSpend {
  const guard = { condition, params: encodeHashTimeLock(terms) };
  const { token, amount } = lock.output;
  return spendGuarded(lock, guard, new Uint8Array(), [plainOutput(to, token, amount - fee)], {
    validAfter: terms.timeout,
  });
}

function assertTerms({ receiver, timeout }: HashTimeLock): void {
  if (receiver === ZERO_ADDRESS) throw invalidParams("nobody could claim: the receiver is the zero address");
  if (timeout === 0) throw invalidParams("the sender could take the money back at once: the timeout is zero");
}
