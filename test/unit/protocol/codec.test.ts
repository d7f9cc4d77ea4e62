import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { ProtocolErrorCode } from "../../../protocol/errors.ts";
import { decodeFeeClaim, encodeFeeClaim } from "../../../protocol/feeClaim.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { ETH, PLAIN } from "../../../protocol/output.ts";
import {
  decodeBody,
  decodeSignedTransaction,
  encodeBody,
  encodeSignedTransaction,
  type Transaction,
} from "../../../protocol/transaction.ts";
import { txIdOf } from "../../../protocol/typedData.ts";
import { decodeWitness, encodeWitness } from "../../../protocol/witness.ts";
import { feeClaimArb, join, mutatedArb, revealsArb, signatureArb, transactionArb } from "../../support/arbitraries.ts";
import { badBigints, badHex, badNumbers } from "../../support/badValues.ts";
import { codeOf, expectCode } from "../../support/expectCode.ts";
import { DOMAIN } from "../../support/ledger.ts";

const BODY_CODES: readonly ProtocolErrorCode[] = [
  "TX_TYPE_UNKNOWN",
  "TX_TRUNCATED",
  "TX_TRAILING_BYTES",
  "TX_INPUT_COUNT",
  "TX_OUTPUT_COUNT",
  "TX_UNKNOWN_FLAGS",
  "TX_ZERO_FIELD",
  "TX_AMOUNT_ZERO",
  "TX_OWNER_ZERO",
  "TX_DUPLICATE_INPUT",
];
const WITNESS_CODES: readonly ProtocolErrorCode[] = [
  "WITNESS_TRUNCATED",
  "WITNESS_TRAILING_BYTES",
  "WITNESS_SIGNATURE_COUNT",
  "WITNESS_REVEAL_ORDER",
  "WITNESS_REVEAL_TOO_LONG",
];
const FEE_CLAIM_CODES: readonly ProtocolErrorCode[] = [
  "FEE_CLAIM_SIZE",
  "TX_TYPE_UNKNOWN",
  "FEE_CLAIM_AMOUNT_ZERO",
  "FEE_CLAIM_OWNER_ZERO",
];

const witnessArb = fc
  .tuple(fc.array(signatureArb, { maxLength: LIMITS.maxSignatures }), revealsArb(64))
  .map(([signatures, reveals]) => ({ signatures, reveals }));
const signedArb = fc.tuple(transactionArb, witnessArb).map(([transaction, witness]) => ({ transaction, ...witness }));

/** Every decoder with its encoder, what it may say no with, and bytes that it accepts. */
const codecs = [
  {
    name: "body",
    valid: transactionArb.map(encodeBody),
    recode: (bytes: Uint8Array) => encodeBody(decodeBody(bytes)),
    codes: BODY_CODES,
  },
  {
    name: "witness",
    valid: witnessArb.map(encodeWitness),
    recode: (bytes: Uint8Array) => encodeWitness(decodeWitness(bytes)),
    codes: WITNESS_CODES,
  },
  {
    name: "signed transaction",
    valid: signedArb.map(encodeSignedTransaction),
    recode: (bytes: Uint8Array) => encodeSignedTransaction(decodeSignedTransaction(bytes)),
    codes: [...BODY_CODES, ...WITNESS_CODES, "TX_TOO_LARGE"],
  },
  {
    name: "fee claim",
    valid: feeClaimArb.map(encodeFeeClaim),
    recode: (bytes: Uint8Array) => encodeFeeClaim(decodeFeeClaim(bytes)),
    codes: FEE_CLAIM_CODES,
  },
] as const;

for (const { name, valid, recode, codes } of codecs) {
  describe(name, () => {
    test("encode(decode(bytes)) = bytes", () => {
      fc.assert(
        fc.property(valid, (bytes) => assert.deepEqual(recode(bytes), bytes)),
        { numRuns: 500 },
      );
    });

    test("changed bytes are refused with a listed code, or are the only encoding of something else", () => {
      fc.assert(
        fc.property(mutatedArb(valid), (bytes) => {
          const code = codeOf(() => assert.deepEqual(recode(bytes), bytes));
          assert.ok(code === undefined || codes.some((known) => known === code), `unlisted code ${code}`);
        }),
        { numRuns: 3_000 },
      );
    });

    test("arbitrary bytes are refused with a listed code", () => {
      const bytesArb = fc.oneof(
        fc.uint8Array(),
        fc.uint8Array({ maxLength: 200 }).map((rest) => join(Uint8Array.of(1, 1, 1, 0), rest)),
      );
      fc.assert(
        fc.property(bytesArb, (bytes) => {
          const code = codeOf(() => recode(bytes));
          assert.ok(code === undefined || codes.some((known) => known === code), `unlisted code ${code}`);
        }),
        { numRuns: 2_000 },
      );
    });

    test("no prefix and no extension of valid bytes is valid", () => {
      fc.assert(
        fc.property(valid, fc.nat(255), (bytes, extra) => {
          for (let end = 0; end < bytes.length; end++)
            assert.notEqual(
              codeOf(() => recode(bytes.slice(0, end))),
              undefined,
            );
          assert.notEqual(
            codeOf(() => recode(join(bytes, Uint8Array.of(extra)))),
            undefined,
          );
        }),
        { numRuns: 30 },
      );
    });
  });
}

test("decode(encode(transaction)) = transaction, and the length says where the witness begins", () => {
  fc.assert(
    fc.property(signedArb, (signed) => {
      assert.deepEqual(decodeBody(encodeBody(signed.transaction)), signed.transaction);
      const { bodyLength, ...decoded } = decodeSignedTransaction(encodeSignedTransaction(signed));
      assert.deepEqual(decoded, signed);
      assert.equal(bodyLength, encodeBody(signed.transaction).length);
    }),
    { numRuns: 500 },
  );
});

test("decode(encode(fee claim)) = fee claim", () => {
  fc.assert(fc.property(feeClaimArb, (claim) => assert.deepEqual(decodeFeeClaim(encodeFeeClaim(claim)), claim)));
});

test("a flip of any byte of a body changes the transaction id or is refused (R1)", () => {
  fc.assert(
    fc.property(transactionArb, fc.integer({ min: 1, max: 255 }), (transaction, mask) => {
      const bytes = encodeBody(transaction);
      const txId = txIdOf(transaction, DOMAIN);
      for (let at = 0; at < bytes.length; at++) {
        const changed = bytes.map((byte, index) => (index === at ? byte ^ mask : byte));
        const code = codeOf(() => assert.notEqual(txIdOf(decodeBody(changed), DOMAIN), txId));
        assert.ok(code === undefined || BODY_CODES.includes(code), `unlisted code ${code}`);
      }
    }),
    { numRuns: 10 },
  );
});

describe("refused with the code that says why", () => {
  const owner = `0x${"11".repeat(20)}` as const;
  const input = { position: 1n, outputId: `0x${"22".repeat(32)}` } as const;
  const output = { owner, token: ETH, amount: 5n, condition: PLAIN } as const;
  const transaction: Transaction = { inputs: [input], outputs: [output], memo: PLAIN, validAfter: 0, validBefore: 0 };
  const body = encodeBody(transaction);
  const at = (index: number, ...bytes: number[]): Uint8Array =>
    join(body.slice(0, index), Uint8Array.of(...bytes), body.slice(index + bytes.length));
  const OUTPUT_AT = 4 + 45;
  const AMOUNT_AT = OUTPUT_AT + 1 + 20;
  const withFlag = (flag: number, length: number, byte: number): Uint8Array =>
    join(at(3, flag), new Uint8Array(length).fill(byte));
  const withOutputFlag = (flag: number, before: Uint8Array, after: Uint8Array): Uint8Array =>
    join(
      body.slice(0, OUTPUT_AT),
      Uint8Array.of(flag),
      body.slice(OUTPUT_AT + 1, AMOUNT_AT),
      before,
      body.slice(AMOUNT_AT),
      after,
    );

  const bodies: [name: string, code: ProtocolErrorCode, bytes: Uint8Array][] = [
    ["nothing", "TX_TRUNCATED", new Uint8Array(0)],
    ["type 0", "TX_TYPE_UNKNOWN", at(0, 0)],
    ["a fee claim's type", "TX_TYPE_UNKNOWN", at(0, 2)],
    ["no input", "TX_INPUT_COUNT", at(1, 0)],
    ["nine inputs", "TX_INPUT_COUNT", at(1, 9)],
    ["no output", "TX_OUTPUT_COUNT", at(2, 0)],
    ["nine outputs", "TX_OUTPUT_COUNT", at(2, 9)],
    ["a ninth flag", "TX_UNKNOWN_FLAGS", at(3, 8)],
    ["the highest flag", "TX_UNKNOWN_FLAGS", at(3, 0x80)],
    ["an unknown output flag", "TX_UNKNOWN_FLAGS", at(OUTPUT_AT, 4)],
    ["a flagged memo of zero", "TX_ZERO_FIELD", withFlag(1, 32, 0)],
    ["a flagged validAfter of zero", "TX_ZERO_FIELD", withFlag(2, 5, 0)],
    ["a flagged validBefore of zero", "TX_ZERO_FIELD", withFlag(4, 5, 0)],
    ["a flagged token of zero", "TX_ZERO_FIELD", withOutputFlag(1, new Uint8Array(20), new Uint8Array(0))],
    ["a flagged condition of zero", "TX_ZERO_FIELD", withOutputFlag(2, new Uint8Array(0), new Uint8Array(32))],
    ["an amount of zero", "TX_AMOUNT_ZERO", at(AMOUNT_AT + 15, 0)],
    ["a plain output without owner", "TX_OWNER_ZERO", at(OUTPUT_AT + 1, ...new Uint8Array(20))],
    ["a byte too many", "TX_TRAILING_BYTES", join(body, Uint8Array.of(0))],
    ["a flag without its field", "TX_TRUNCATED", at(3, 1)],
    ["a memo without its flag", "TX_TRAILING_BYTES", join(body, new Uint8Array(32).fill(1))],
    ["an input twice", "TX_DUPLICATE_INPUT", join(at(1, 2).slice(0, 49), body.slice(4))],
    [
      "an output id twice at two positions",
      "TX_DUPLICATE_INPUT",
      join(at(1, 2).slice(0, 49), new Uint8Array(13).fill(9), body.slice(17)),
    ],
  ];
  for (const [name, code, bytes] of bodies) test(name, () => expectCode(code, () => decodeBody(bytes)));

  const witness = encodeWitness({ signatures: [new Uint8Array(64).fill(7)], reveals: [] });
  const witnesses: [name: string, code: ProtocolErrorCode, bytes: Uint8Array][] = [
    ["no witness", "WITNESS_TRUNCATED", new Uint8Array(0)],
    ["no count of conditions", "WITNESS_TRUNCATED", witness.slice(0, -1)],
    ["half a signature", "WITNESS_TRUNCATED", witness.slice(0, 40)],
    ["seventeen signatures", "WITNESS_SIGNATURE_COUNT", join(Uint8Array.of(17), new Uint8Array(17 * 64 + 1))],
    ["a condition without its bytes", "WITNESS_TRUNCATED", join(witness.slice(0, -1), Uint8Array.of(1))],
    ["a byte after the witness", "WITNESS_TRAILING_BYTES", join(witness, Uint8Array.of(0))],
  ];
  for (const [name, code, bytes] of witnesses) {
    test(name, () => {
      expectCode(code, () => decodeWitness(bytes));
      expectCode(code, () => decodeSignedTransaction(join(body, bytes)));
    });
  }

  test("more than 16 KiB", () => {
    expectCode("TX_TOO_LARGE", () => decodeSignedTransaction(new Uint8Array(LIMITS.maxTransactionBytes + 1)));
    expectCode("TX_TYPE_UNKNOWN", () => decodeSignedTransaction(new Uint8Array(LIMITS.maxTransactionBytes)));
  });

  const claim = encodeFeeClaim({ blockNumber: 1n, token: ETH, owner, amount: 1n });
  const claims: [name: string, code: ProtocolErrorCode, bytes: Uint8Array][] = [
    ["no fee claim", "FEE_CLAIM_SIZE", new Uint8Array(0)],
    ["a short fee claim", "FEE_CLAIM_SIZE", claim.slice(0, -1)],
    ["a long fee claim", "FEE_CLAIM_SIZE", join(claim, Uint8Array.of(0))],
    ["a fee claim of a transaction's type", "TX_TYPE_UNKNOWN", join(Uint8Array.of(1), claim.slice(1))],
    ["a fee claim of zero", "FEE_CLAIM_AMOUNT_ZERO", join(claim.slice(0, -1), Uint8Array.of(0))],
    ["a fee claim of nobody", "FEE_CLAIM_OWNER_ZERO", join(claim.slice(0, 29), new Uint8Array(20), claim.slice(49))],
  ];
  for (const [name, code, bytes] of claims) test(name, () => expectCode(code, () => decodeFeeClaim(bytes)));

  test("encoders refuse what no decoder accepts", () => {
    const encode = (changes: Partial<Transaction>) => () => encodeBody({ ...transaction, ...changes });
    const encodeInput = (changes: object) => encode({ inputs: [{ ...input, ...changes }] });
    const encodeOutput = (changes: object) => encode({ outputs: [{ ...output, ...changes }] });
    const distinct = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ position: 1n, outputId: `0x${`0${index}`.repeat(32)}` as const }));
    expectCode("TX_INPUT_COUNT", encode({ inputs: [] }));
    expectCode("TX_INPUT_COUNT", encode({ inputs: distinct(9) }));
    expectCode("TX_OUTPUT_COUNT", encode({ outputs: [] }));
    expectCode("TX_OUTPUT_COUNT", encode({ outputs: Array(9).fill(output) }));
    expectCode("TX_DUPLICATE_INPUT", encode({ inputs: [input, { ...input, position: 2n }] }));
    expectCode("TX_AMOUNT_ZERO", encodeOutput({ amount: 0n }));
    expectCode("TX_OWNER_ZERO", encodeOutput({ owner: ETH }));
    for (const value of badBigints(104)) expectCode("UINT_OUT_OF_RANGE", encodeInput({ position: value }));
    for (const value of badBigints(128)) expectCode("UINT_OUT_OF_RANGE", encodeOutput({ amount: value }));
    for (const value of badNumbers(40)) {
      expectCode("UINT_OUT_OF_RANGE", encode({ validAfter: value as number }));
      expectCode("UINT_OUT_OF_RANGE", encode({ validBefore: value as number }));
    }
    for (const value of badHex(32)) {
      expectCode("HEX_INVALID", encodeInput({ outputId: value }));
      expectCode("HEX_INVALID", encodeOutput({ condition: value }));
      expectCode("HEX_INVALID", encode({ memo: value as "0x" }));
    }
    for (const value of badHex(20)) {
      expectCode("HEX_INVALID", encodeOutput({ owner: value }));
      expectCode("HEX_INVALID", encodeOutput({ token: value }));
    }
    const feeClaim = { blockNumber: 1n, token: ETH, owner, amount: 1n } as const;
    for (const value of badBigints(64)) {
      expectCode("UINT_OUT_OF_RANGE", () => encodeFeeClaim({ ...feeClaim, blockNumber: value as bigint }));
    }
    for (const value of badBigints(128)) {
      expectCode("UINT_OUT_OF_RANGE", () => encodeFeeClaim({ ...feeClaim, amount: value as bigint }));
    }
    expectCode("FEE_CLAIM_AMOUNT_ZERO", () => encodeFeeClaim({ ...feeClaim, amount: 0n }));
    expectCode("FEE_CLAIM_OWNER_ZERO", () => encodeFeeClaim({ ...feeClaim, owner: ETH }));
    expectCode("WITNESS_SIGNATURE_COUNT", () =>
      encodeWitness({ signatures: Array(17).fill(new Uint8Array(64)), reveals: [] }),
    );
    for (const length of [0, 63, 65]) {
      expectCode("WITNESS_SIGNATURE_INVALID", () =>
        encodeWitness({ signatures: [new Uint8Array(length)], reveals: [] }),
      );
    }
  });
});
