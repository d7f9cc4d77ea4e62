import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as z from "zod";
import { headerHash } from "../../../protocol/block.ts";
import { fromHex, toHex } from "../../../protocol/bytes.ts";
import type { ProtocolErrorCode } from "../../../protocol/errors.ts";
import { portableCrypto } from "../../../protocol/hashing.ts";
import { leafHash, merkleTree } from "../../../protocol/merkle.ts";
import { outputIdOf } from "../../../protocol/output.ts";
import { encodePosition } from "../../../protocol/position.ts";
import { type ChallengedExit, type Spend, spendSchema, verifySpend } from "../../../protocol/spend.ts";
import { encodeBody } from "../../../protocol/transaction.ts";
import { txIdOf } from "../../../protocol/typedData.ts";
import { encodeWitness } from "../../../protocol/witness.ts";
import { join } from "../../support/arbitraries.ts";
import { createTestConditions, locked, NO_CONDITIONS, PASSWORD, unlock } from "../../support/conditions.ts";
import { codeOf, expectCode } from "../../support/expectCode.ts";
import { DOMAIN, pay, spend, TOKEN } from "../../support/ledger.ts";
import { alice, bob, carol, createSampleBlock, SAMPLE_SEALED_AT, signed } from "../../support/sampleBlock.ts";

const sample = await createSampleBlock(DOMAIN);
const [ether, token] = sample.deposits;
const received = sample.entries[0]?.created[0];
const second = sample.entries[2];
assert.ok(ether && token && received && second);
const NOW = SAMPLE_SEALED_AT + 100;
const verify = (evidence: Spend, exit: ChallengedExit = received, now = NOW) =>
  verifySpend(evidence, exit, { domain: DOMAIN, now, conditions: NO_CONDITIONS });

/** Pays what bob received in the first payment; nobody has included it. */
const loose = await signed(spend([received], [pay(alice.address, 60n)]), DOMAIN, [bob]);
const windowed = await signed(
  spend([received], [pay(alice.address, 60n)], { validAfter: NOW, validBefore: NOW + 10 }),
  DOMAIN,
  [bob],
);

test("a complete transaction in no block is a spend (R7)", () => {
  const { signers, blocks } = verify(sample.spend(loose, 0));
  assert.deepEqual(signers, [bob.address]);
  assert.deepEqual(blocks, []);
});

test("an expired transaction is a spend where it is shown included (R8)", () => {
  const evidence = sample.spend(second.raw, 0, { inclusion: sample.inclusion(2) });
  assert.deepEqual(verify(evidence), {
    txId: second.txId,
    signers: [bob.address, carol.address].sort(),
    blocks: [{ number: 1n, hash: headerHash(sample.header) }],
  });
  expectCode("SPEND_NOT_LIVE", () => verify(sample.spend(second.raw, 0)));
});

test("a transaction is live from validAfter to before validBefore (R8)", () => {
  const evidence = sample.spend(windowed, 0);
  for (const now of [NOW, NOW + 9]) assert.equal(verify(evidence, received, now).blocks.length, 0);
  for (const now of [NOW - 1, NOW + 10]) expectCode("SPEND_NOT_LIVE", () => verify(evidence, received, now));
});

test("a spend survives JSON", () => {
  const evidence = sample.spend(second.raw, 0, { inclusion: sample.inclusion(2) });
  const document: unknown = JSON.parse(JSON.stringify(z.encode(spendSchema, evidence)));
  assert.deepEqual(z.decode(spendSchema, document as z.input<typeof spendSchema>), evidence);
});

describe("when the exit has proven another position than the spend signs (R7)", () => {
  // The operator put the first payment into another block once more, and the exit starts from there.
  const exit = { outputId: received.outputId, position: received.position + (1n << 40n) };
  const source = { body: sample.proof(0, 0).body, inclusion: sample.inclusion(0) };

  test("the output must be shown where the spend means it", () => {
    const { blocks } = verify(sample.spend(loose, 0, { source }), exit);
    assert.deepEqual(blocks, [{ number: 1n, hash: headerHash(sample.header) }]);
  });

  test("a fee claim's output can be shown as well", async () => {
    const fee = sample.entries[3]?.created[0];
    assert.ok(fee);
    const raw = await signed(spend([fee], [pay(alice.address, 11n)]), DOMAIN, [carol]);
    const feeSource = { body: sample.proof(3, 0).body, inclusion: sample.inclusion(3) };
    const feeExit = { outputId: fee.outputId, position: fee.position + (1n << 40n) };
    assert.equal(verify(sample.spend(raw, 0, { source: feeSource }), feeExit).blocks.length, 1);
  });

  const cases: [name: string, code: ProtocolErrorCode, rest: Partial<Spend>][] = [
    ["nothing shown", "SPEND_SOURCE_MISMATCH", {}],
    [
      "another transaction shown",
      "SPEND_SOURCE_MISMATCH",
      { source: { body: sample.proof(1, 0).body, inclusion: sample.inclusion(1) } },
    ],
    ["a wrong path", "PROOF_PATH_INVALID", { source: { ...source, inclusion: { ...source.inclusion, path: [] } } }],
    ["another index", "PROOF_PATH_INVALID", { source: { ...source, inclusion: { ...source.inclusion, txIndex: 1 } } }],
  ];
  for (const [name, code, rest] of cases)
    test(name, () => expectCode(code, () => verify(sample.spend(loose, 0, rest), exit)));

  test("a position at which another output was created, or none", async () => {
    const atTwo = { ...received, position: encodePosition({ block: 1n, txIndex: 1, outputIndex: 0 }) };
    const atNone = { ...received, position: received.position + 1n };
    const another = { body: sample.proof(1, 0).body, inclusion: sample.inclusion(1) };
    for (const [moved, shown] of [
      [atTwo, another],
      [atTwo, source],
      [atNone, source],
    ] as const) {
      const raw = await signed(spend([moved], [pay(alice.address, 60n)]), DOMAIN, [bob]);
      expectCode("SPEND_SOURCE_MISMATCH", () => verify(sample.spend(raw, 0, { source: shown }), exit));
    }
  });
});

describe("refused", () => {
  const good = sample.spend(loose, 0);
  const [preimage] = good.preimages;
  assert.ok(preimage);
  const cases: [name: string, code: ProtocolErrorCode, evidence: () => Promise<Spend> | Spend][] = [
    ["an input index beyond the inputs", "SPEND_INPUT_INDEX", () => ({ ...good, inputIndex: 1 })],
    [
      "a spend of another output",
      "SPEND_INPUT_MISMATCH",
      async () => sample.spend(await signed(spend([ether], [pay(bob.address, 1n)]), DOMAIN, [alice]), 0),
    ],
    ["no preimage", "SPEND_PREIMAGE_MISMATCH", () => ({ ...good, preimages: [] })],
    ["a preimage too many", "SPEND_PREIMAGE_MISMATCH", () => ({ ...good, preimages: [preimage, preimage] })],
    [
      "a preimage of another origin",
      "SPEND_PREIMAGE_MISMATCH",
      () => ({ ...good, preimages: [{ ...preimage, originId: ether.outputId }] }),
    ],
    [
      "a preimage of another output index",
      "SPEND_PREIMAGE_MISMATCH",
      () => ({ ...good, preimages: [{ ...preimage, outputIndex: 1 }] }),
    ],
    [
      "a preimage with another owner",
      "SPEND_PREIMAGE_MISMATCH",
      () => ({ ...good, preimages: [{ ...preimage, output: pay(carol.address, 60n) }] }),
    ],
    ["a witness of nobody", "TX_SIGNERS_MISMATCH", () => ({ ...good, witness: "0x0000" })],
    [
      "another signer",
      "TX_SIGNERS_MISMATCH",
      async () => sample.spend(await signed(spend([received], [pay(alice.address, 60n)]), DOMAIN, [alice]), 0),
    ],
    [
      "a signer too many",
      "TX_SIGNERS_MISMATCH",
      async () => sample.spend(await signed(spend([received], [pay(alice.address, 60n)]), DOMAIN, [alice, bob]), 0),
    ],
    [
      "one of two owners",
      "TX_SIGNERS_MISMATCH",
      async () => sample.spend(await signed(spend([received, ether], [pay(alice.address, 60n)]), DOMAIN, [bob]), 0),
    ],
    [
      "more out than in",
      "TX_OVERSPEND",
      async () => sample.spend(await signed(spend([received], [pay(alice.address, 61n)]), DOMAIN, [bob]), 0),
    ],
    [
      "another token out than in",
      "TX_OVERSPEND",
      async () => sample.spend(await signed(spend([received], [pay(alice.address, 1n, TOKEN)]), DOMAIN, [bob]), 0),
    ],
    ["a body that goes on", "TX_TRAILING_BYTES", () => ({ ...good, body: `${good.body}00` })],
    ["a witness that goes on", "WITNESS_TRAILING_BYTES", () => ({ ...good, witness: `${good.witness}00` })],
    [
      "a witness beyond the limit",
      "TX_TOO_LARGE",
      () => ({ ...good, witness: toHex(join(fromHex(good.witness), new Uint8Array(16_384))) }),
    ],
    ["an inclusion that is none", "PROOF_PATH_INVALID", () => ({ ...good, inclusion: sample.inclusion(0) })],
  ];
  for (const [name, code, evidence] of cases) {
    test(name, async () => {
      const shown = await evidence();
      expectCode(code, () => verify(shown));
    });
  }

  test("a spend of a conditional output that is in no block (R16)", async () => {
    const conditions = createTestConditions();
    const condition = conditions.register(PASSWORD, 0n);
    const output = locked(condition, "word", 5n, bob.address);
    const guarded = { position: 9n, outputId: outputIdOf(ether.outputId, 3, output), output };
    const reveals = [unlock(condition, 0, "word")];
    const body = encodeBody(spend([guarded], [pay(alice.address, 5n)]));
    const preimages = [{ originId: ether.outputId, outputIndex: 3, output }];
    const witness = toHex(encodeWitness({ signatures: [], reveals }));
    const evidence = { body: toHex(body), witness, preimages, inputIndex: 0 };
    await conditions.prepare({ body, spent: [output], signers: [], reveals });
    expectCode("SPEND_NOT_INCLUDED", () => verifySpend(evidence, guarded, { domain: DOMAIN, now: NOW, conditions }));
  });

  test("an inclusion outside the window, or before the inputs (R9)", async () => {
    const place = async (transaction: ReturnType<typeof spend>, changes: object = {}) => {
      const raw = await signed(transaction, DOMAIN, [bob]);
      const bodyLength = encodeBody(transaction).length;
      const { witnessHash } = sample.inclusion(0);
      const witness = toHex(raw, bodyLength);
      const leaf = leafHash(txIdOf(transaction, DOMAIN), toHex(portableCrypto.keccak256(raw.subarray(bodyLength))));
      const header = { ...sample.header, number: 2n, root: merkleTree([leaf]).root, txCount: 1, ...changes };
      return { ...sample.spend(raw, 0), witness, inclusion: { header, txIndex: 0, witnessHash, path: [] } };
    };
    const payment = (window: object) => spend([received], [pay(alice.address, 60n)], window);
    assert.equal(
      verify(await place(payment({}))).blocks[0]?.number,
      2n,
      "the hash of the witness shown is used, not the one stated",
    );
    const late = await place(payment({ validBefore: SAMPLE_SEALED_AT }));
    expectCode("PROOF_OUTSIDE_WINDOW", () => verify(late));
    const early = await place(payment({}), { number: 1n });
    expectCode("PROOF_INPUT_NOT_LOWER", () => verify(early));
    const tokens = await place(spend([token], [pay(alice.address, 50n, TOKEN)]), { depositCount: 1 });
    expectCode("PROOF_DEPOSIT_NOT_IN_BLOCK", () => verify(tokens, token));
  });
});

test("a flip of any byte of body or witness is no spend of the exit (I3)", () => {
  const good = sample.spend(loose, 0);
  for (const field of ["body", "witness"] as const) {
    const bytes = fromHex(good[field]);
    for (let at = 0; at < bytes.length; at++) {
      const changed = toHex(bytes.map((byte, index) => (index === at ? byte ^ 1 : byte)));
      assert.notEqual(
        codeOf(() => verify({ ...good, [field]: changed })),
        undefined,
        `byte ${at} of the ${field}`,
      );
    }
  }
});
