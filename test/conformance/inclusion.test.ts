import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { toHex } from "../../protocol/bytes.ts";
import { encodeInclusion } from "../../protocol/evidence.ts";
import { type Inclusion, verifyInclusion } from "../../protocol/inclusion.ts";
import { leafHash, merkleTree } from "../../protocol/merkle.ts";
import { encodeBody, type Transaction } from "../../protocol/transaction.ts";
import { txIdOf } from "../../protocol/typedData.ts";
import { hashArb, headerArb, transactionArb } from "../support/arbitraries.ts";
import { createTestEvm } from "../support/evm.ts";
import { DOMAIN } from "../support/ledger.ts";
import { assertAgreement } from "./agreement.ts";

const evm = createTestEvm();
const harness = await evm.deploy("test/contracts/harness/ProtocolHarness.sol", "ProtocolHarness");

interface Case {
  readonly transaction: Transaction;
  readonly inclusion: Inclusion;
}

/** Both verdicts on whether the transaction is included; the committed header is always the one shown. */
async function compare({ transaction, inclusion }: Case): Promise<boolean> {
  const txId = txIdOf(transaction, DOMAIN);
  const outcome = await harness.call("included", [toHex(encodeBody(transaction)), txId, encodeInclusion(inclusion)]);
  return assertAgreement(outcome, () => verifyInclusion(txId, transaction, inclusion)) !== undefined;
}

/** A transaction in a tree of up to 40 entries, in a header with times and deposits that often suit it and often do not. */
const caseArb: fc.Arbitrary<Case> = fc
  .record({
    transaction: transactionArb,
    header: headerArb,
    others: fc.array(hashArb, { maxLength: 39 }),
    seed: fc.nat(),
    witnessHash: hashArb,
    suited: fc.boolean(),
  })
  .map(({ transaction, header, others, seed, witnessHash, suited }) => {
    const txIndex = seed % (others.length + 1);
    const leaf = leafHash(txIdOf(transaction, DOMAIN), witnessHash);
    const leaves = others.map((other) => leafHash(other, other)).toSpliced(txIndex, 0, leaf);
    const tree = merkleTree(leaves);
    const place = suited
      ? { number: (1n << 64n) - 1n, sealedAt: transaction.validAfter, depositCount: 2 ** 31 }
      : { number: header.number, sealedAt: header.sealedAt, depositCount: header.depositCount };
    const fields = { ...header, ...place, root: tree.root, txCount: leaves.length };
    return { transaction, inclusion: { header: fields, txIndex, witnessHash, path: [...tree.path(txIndex)] } };
  });

test("both find the same transactions included (R9)", async () => {
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(caseArb, async (shown) => {
      if (await compare(shown)) accepted++;
    }),
    { numRuns: 250 },
  );
  assert.ok(accepted > 20 && accepted < 230, `${accepted} of 250 were included, so both verdicts were seen`);
});

test("both refuse every change of path, index, count, witness and root", async () => {
  const changeArb = fc.constantFrom("path", "short", "long", "index", "count", "witness", "root");
  await fc.assert(
    fc.asyncProperty(caseArb, changeArb, fc.nat(), hashArb, async ({ transaction, inclusion }, change, seed, hash) => {
      const { header, path, txIndex } = inclusion;
      const changes = {
        path: { path: path.length === 0 ? [hash] : path.with(seed % path.length, hash) },
        short: { path: path.slice(1), witnessHash: path.length === 0 ? hash : inclusion.witnessHash },
        long: { path: [...path, hash] },
        index: { txIndex: (txIndex + 1 + (seed % (2 ** 32 - 2))) % 2 ** 32 },
        count: { header: { ...header, txCount: 2 * header.txCount + 1 + (seed % 1_000) } },
        witness: { witnessHash: hash },
        root: { header: { ...header, root: hash } },
      }[change];
      assert.equal(await compare({ transaction, inclusion: { ...inclusion, ...changes } }), false);
    }),
    { numRuns: 250 },
  );
});
