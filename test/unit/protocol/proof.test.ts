import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Hex } from "viem";
import { headerHash } from "../../../protocol/block.ts";
import { toHex } from "../../../protocol/bytes.ts";
import type { ProtocolErrorCode } from "../../../protocol/errors.ts";
import { leafHash, merkleTree } from "../../../protocol/merkle.ts";
import {
  type ExitProof,
  type InclusionProof,
  parseExitProof,
  serializeExitProof,
  verifyProof,
} from "../../../protocol/proof.ts";
import { encodeBody, type Transaction } from "../../../protocol/transaction.ts";
import { txIdOf } from "../../../protocol/typedData.ts";
import { codeOf, expectCode } from "../../support/expectCode.ts";
import { DOMAIN, pay, spend } from "../../support/ledger.ts";
import { bob, carol, createSampleBlock, SAMPLE_SEALED_AT } from "../../support/sampleBlock.ts";

const sample = await createSampleBlock(DOMAIN);
const { header, deposits } = sample;
const verify = (proof: ExitProof) => verifyProof(proof, { domain: DOMAIN });

const proofs: [name: string, proof: ExitProof][] = [
  ["a payment's output", sample.proof(0, 1)],
  ["the output of a payment with memo", sample.proof(1, 0)],
  ["the output of a payment with window and two owners", sample.proof(2, 0)],
  ["a fee claim's output", sample.proof(3, 0)],
  ["the first deposit", sample.depositProof(0)],
  ["a later deposit", sample.depositProof(2)],
];

for (const [name, proof] of proofs) {
  test(`the proof of ${name} names what L1 must hold, and survives JSON`, () => {
    const expected =
      proof.kind === "deposit"
        ? { kind: "deposit", index: proof.index }
        : { kind: "block", number: 1n, hash: headerHash(header) };
    assert.partialDeepStrictEqual(verify(proof), expected);
    const document: unknown = JSON.parse(JSON.stringify(serializeExitProof(proof)));
    assert.deepEqual(parseExitProof(document), proof);
  });

  test(`a change of any hex digit in the proof of ${name} is refused or needs another L1`, () => {
    const anchor = verify(proof);
    const text = JSON.stringify(serializeExitProof(proof));
    const changes = [...text.matchAll(/0x[0-9a-f]+/g)].flatMap((match) =>
      Array.from({ length: match[0].length - 2 }, (_, index) => match.index + 2 + index),
    );
    for (const at of changes) {
      const digit = ((Number.parseInt(text[at] as string, 16) + 1) % 16).toString(16);
      const changed = `${text.slice(0, at)}${digit}${text.slice(at + 1)}`;
      codeOf(() => assert.notDeepEqual(verify(parseExitProof(JSON.parse(changed))), anchor, `character ${at}`));
    }
    assert.ok(changes.length > 100);
  });
}

test("the last deposit's proof leads to the hash in the header (R4)", () => {
  assert.deepEqual(verify(sample.depositProof(2)), { kind: "deposit", index: 2, hash: header.depositHash });
});

/** A block with one transaction, whatever that is; its path is empty. */
function lonely(transaction: Transaction, changes: Partial<typeof header> = {}): InclusionProof {
  const txId = txIdOf(transaction, DOMAIN);
  const good = sample.proof(0, 0);
  const root = merkleTree([leafHash(txId, good.inclusion.witnessHash)]).root;
  const inclusion = { ...good.inclusion, txIndex: 0, path: [], header: { ...header, root, txCount: 1, ...changes } };
  return { ...good, body: toHex(encodeBody(transaction)), inclusion };
}

describe("refused", () => {
  const good = sample.proof(0, 1);
  const deposit = sample.depositProof(1);
  const [ether, , change] = deposits;
  assert.ok(ether && change);
  const payment = (rest: Partial<Transaction> = {}) => spend([ether], [pay(bob.address, 1n)], rest);
  const withInclusion = (changes: object): ExitProof => ({ ...good, inclusion: { ...good.inclusion, ...changes } });
  const cases: [name: string, code: ProtocolErrorCode, proof: ExitProof][] = [
    ["another chain", "PROOF_WRONG_CHAIN", { ...good, chainId: 1n }],
    ["another contract", "PROOF_WRONG_CHAIN", { ...good, contract: carol.address }],
    ["another block than the header's", "PROOF_POSITION_MISMATCH", { ...good, position: good.position + (1n << 40n) }],
    ["another index than the inclusion's", "PROOF_POSITION_MISMATCH", { ...good, position: good.position + 256n }],
    ["an output that the transaction has not", "PROOF_POSITION_MISMATCH", { ...good, position: good.position + 1n }],
    ["another output of the transaction", "PROOF_OUTPUT_MISMATCH", { ...good, position: good.position - 1n }],
    ["another amount", "PROOF_OUTPUT_MISMATCH", { ...good, output: { ...good.output, amount: 31n } }],
    ["another owner", "PROOF_OUTPUT_MISMATCH", { ...good, output: { ...good.output, owner: bob.address } }],
    ["another id", "PROOF_OUTPUT_MISMATCH", { ...good, outputId: ether.outputId }],
    ["another witness", "PROOF_WITNESS_MISMATCH", { ...good, witness: "0x0000" }],
    ["another root", "PROOF_PATH_INVALID", withInclusion({ header: { ...header, root: ether.outputId } })],
    ["a short path", "PROOF_PATH_INVALID", withInclusion({ path: good.inclusion.path.slice(1) })],
    ["a long path", "PROOF_PATH_INVALID", withInclusion({ path: [...good.inclusion.path, ether.outputId] })],
    [
      "fewer entries than the path has levels for",
      "PROOF_PATH_INVALID",
      withInclusion({ header: { ...header, txCount: 2 } }),
    ],
    ["a fee claim called a transaction", "TX_TYPE_UNKNOWN", { ...sample.proof(3, 0), kind: "transaction" }],
    ["a transaction called a fee claim", "TX_TYPE_UNKNOWN", { ...good, kind: "feeClaim" }],
    ["a fee claim with a witness", "PROOF_WITNESS_MISMATCH", { ...sample.proof(3, 0), witness: "0x0000" }],
    ["a body that goes on", "TX_TRAILING_BYTES", { ...good, body: `${good.body}00` }],
    ["a block sealed too early (R9)", "PROOF_OUTSIDE_WINDOW", lonely(payment({ validAfter: SAMPLE_SEALED_AT + 1 }))],
    ["a block sealed too late (R9)", "PROOF_OUTSIDE_WINDOW", lonely(payment({ validBefore: SAMPLE_SEALED_AT }))],
    [
      "an input as young as its spend (R9)",
      "PROOF_INPUT_NOT_LOWER",
      lonely(spend([sample.proof(0, 0)], [pay(bob.address, 1n)])),
    ],
    [
      "a deposit that the block has not seen (R9)",
      "PROOF_DEPOSIT_NOT_IN_BLOCK",
      lonely(spend([change], [pay(bob.address, 1n)]), { depositCount: 2 }),
    ],
    ["another number of the deposit", "PROOF_POSITION_MISMATCH", { ...deposit, index: 2 }],
    ["another block of the deposit", "PROOF_POSITION_MISMATCH", { ...deposit, block: 1n }],
    [
      "another amount of the deposit",
      "PROOF_OUTPUT_MISMATCH",
      { ...deposit, output: { ...deposit.output, amount: 51n } },
    ],
    [
      "a deposit with a condition",
      "PROOF_OUTPUT_MISMATCH",
      { ...deposit, output: { ...deposit.output, condition: ether.outputId } },
    ],
  ];
  for (const [name, code, proof] of cases) test(name, () => expectCode(code, () => verify(proof)));

  test("a fee claim in another block than its own (R5)", () => {
    const proof = sample.proof(3, 0);
    const inclusion = { ...proof.inclusion, header: { ...header, number: 2n } };
    expectCode("FEE_CLAIM_WRONG_BLOCK", () => verify({ ...proof, position: proof.position + (1n << 40n), inclusion }));
  });
});

test("documents that are no proof are refused", () => {
  const document = serializeExitProof(sample.proof(0, 0));
  const deposit = serializeExitProof(sample.depositProof(0));
  const bad: unknown[] = [
    null,
    [],
    "proof",
    {},
    { ...document, version: 2 },
    { ...document, kind: "receipt" },
    { ...document, kind: "deposit" },
    { ...deposit, kind: "transaction" },
    { ...document, position: "12:5:0" },
    { ...document, position: 5 },
    { ...document, position: "0x05" },
    { ...document, position: "-0x5" },
    { ...document, outputId: "0x12" },
    { ...document, output: { ...document.output, amount: "1.5" } },
    { ...document, output: { ...document.output, amount: `0x1${"0".repeat(64)}` } },
    { ...document, body: "0x123" },
    { ...document, body: "not hex" },
    { ...deposit, index: -1 },
    { ...deposit, index: 0.5 },
  ];
  for (const value of bad) expectCode("PROOF_MALFORMED", () => parseExitProof(value));
});

test("hex of either case is read", () => {
  const proof = sample.proof(0, 0);
  const document = serializeExitProof(proof);
  const upper = (hex: string): Hex => `0x${hex.slice(2).toUpperCase()}`;
  assert.deepEqual(
    parseExitProof({ ...document, contract: upper(document.contract), outputId: upper(document.outputId) }),
    proof,
  );
});

test("values beyond the width of their field are refused with a code", () => {
  const proof = sample.proof(0, 0);
  expectCode("POSITION_INVALID", () => verify({ ...proof, position: 1n << 104n }));
  const inclusion = { ...proof.inclusion, header: { ...header, timestamp: 2 ** 41 } };
  expectCode("UINT_OUT_OF_RANGE", () => verify({ ...proof, inclusion }));
});
