import fc from "fast-check";
import type { Address, Hex } from "viem";
import type { BlockHeader } from "../../protocol/block.ts";
import { toHex } from "../../protocol/bytes.ts";
import type { Reveal } from "../../protocol/condition.ts";
import type { Deposit } from "../../protocol/deposit.ts";
import type { FeeClaim } from "../../protocol/feeClaim.ts";
import { DEPOSIT_INDEX_BASE } from "../../protocol/generated/constants.ts";
import { ZERO_HASH } from "../../protocol/hashing.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { ETH, type Output, PLAIN } from "../../protocol/output.ts";
import { encodePosition } from "../../protocol/position.ts";
import type { Input, Transaction } from "../../protocol/transaction.ts";
import type { Domain } from "../../protocol/typedData.ts";

const hexOf = (bytes: number): fc.Arbitrary<Hex> =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((value) => toHex(value));
/** Plain objects, as the decoders make them. */
const record = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
const nonZero = <T>(arbitrary: fc.Arbitrary<T>, zero: T): fc.Arbitrary<T> =>
  arbitrary.filter((value) => value !== zero);

/** Values near the ends of a width come up often. */
export const uintArb = (bits: number, min = 0n): fc.Arbitrary<bigint> =>
  fc.oneof(
    fc.bigInt({ min, max: (1n << BigInt(bits)) - 1n }),
    fc.bigInt({ min, max: min + 300n }),
    fc.constant((1n << BigInt(bits)) - 1n),
  );

export const hashArb = hexOf(32);
export const addressArb: fc.Arbitrary<Address> = nonZero(hexOf(20), ETH);
export const tokenArb = fc.oneof(fc.constant(ETH), addressArb);
export const timeArb = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2 ** 40 - 1 }));

export const positionArb: fc.Arbitrary<bigint> = record({
  block: uintArb(64),
  txIndex: fc.oneof(
    fc.nat(LIMITS.maxBlockTransactions - 1),
    fc.nat(2 ** 31 - 1).map((k) => DEPOSIT_INDEX_BASE + k),
  ),
  outputIndex: fc.nat(255),
}).map(encodePosition);

/** Any output that the codec accepts. */
export const outputArb: fc.Arbitrary<Output> = fc.oneof(
  { arbitrary: plainOutputArb(), weight: 3 },
  {
    arbitrary: record({
      owner: tokenArb,
      token: tokenArb,
      amount: uintArb(128, 1n),
      condition: nonZero(hashArb, PLAIN),
    }),
    weight: 1,
  },
);

export function plainOutputArb(): fc.Arbitrary<Output> {
  return record({ owner: addressArb, token: tokenArb, amount: uintArb(128, 1n), condition: fc.constant(PLAIN) });
}

const inputArb: fc.Arbitrary<Input> = record({ position: positionArb, outputId: hashArb });

/** Any transaction that the codec accepts. */
export const transactionArb: fc.Arbitrary<Transaction> = record({
  inputs: fc.uniqueArray(inputArb, { minLength: 1, maxLength: LIMITS.maxInputs, selector: ({ outputId }) => outputId }),
  outputs: fc.array(outputArb, { minLength: 1, maxLength: LIMITS.maxOutputs }),
  memo: fc.oneof(fc.constant<Hex>(ZERO_HASH), hashArb),
  validAfter: timeArb,
  validBefore: timeArb,
});

export const feeClaimArb: fc.Arbitrary<FeeClaim> = record({
  blockNumber: uintArb(64),
  token: tokenArb,
  owner: addressArb,
  amount: uintArb(128, 1n),
});

export const depositArb: fc.Arbitrary<Deposit> = record({
  index: fc.nat(2 ** 31 - 1),
  block: uintArb(64),
  owner: addressArb,
  token: tokenArb,
  amount: uintArb(128, 1n),
});

export const headerArb: fc.Arbitrary<BlockHeader> = record({
  number: uintArb(64, 1n),
  parentHash: hashArb,
  root: hashArb,
  txCount: fc.nat(LIMITS.maxBlockTransactions),
  timestamp: timeArb,
  sealedAt: timeArb,
  depositCount: fc.nat(2 ** 31),
  depositHash: hashArb,
});

export const domainArb: fc.Arbitrary<Domain> = record({ chainId: uintArb(256, 1n), contract: addressArb });

/** Any reveals that the codec accepts, with at most `maxLength` bytes of params and of args each. */
export function revealsArb(maxLength: number = LIMITS.maxRevealBytes): fc.Arbitrary<Reveal[]> {
  const bytesArb = fc.uint8Array({ maxLength, size: "max" });
  const revealArb: fc.Arbitrary<Reveal> = record({
    inputIndex: fc.nat(LIMITS.maxInputs - 1),
    condition: addressArb,
    params: bytesArb,
    args: bytesArb,
  });
  return fc
    .uniqueArray(revealArb, { maxLength: LIMITS.maxInputs, selector: ({ inputIndex }) => inputIndex })
    .map((reveals) => reveals.sort((a, b) => a.inputIndex - b.inputIndex));
}

export const signatureArb = fc.uint8Array({ minLength: 64, maxLength: 64 });

/** Bytes made from valid ones by one small change: a flipped bit, a cut, a doubled, dropped or inserted stretch. */
export function mutatedArb(valid: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(
      valid,
      fc.constantFrom("flip", "cut", "double", "drop", "insert", "set"),
      fc.nat(),
      fc.nat(255),
      fc.integer({ min: 1, max: 33 }),
    )
    .map(([bytes, kind, seed, byte, length]) => {
      const at = bytes.length === 0 ? 0 : seed % bytes.length;
      const before = bytes.slice(0, at);
      const after = bytes.slice(at);
      switch (kind) {
        case "flip":
          return join(
            before,
            after.slice(0, 1).map((value) => value ^ (1 << (byte % 8))),
            after.slice(1),
          );
        case "set":
          return join(before, Uint8Array.of(byte), after.slice(1));
        case "cut":
          return before;
        case "double":
          return join(before, after.slice(0, length), after);
        case "drop":
          return join(before, after.slice(length));
        default:
          return join(before, new Uint8Array(length).fill(byte), after);
      }
    });
}

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}
